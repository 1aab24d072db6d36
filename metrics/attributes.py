"""Does a text name the right kind of item, main colour and pattern?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metrics.base import TEXT, TEXTS, LocalMetric, mean
from metrics.lexicon import PLAIN, lexicon, word_lemmas
from models.words import spelled_words

NOT_NAMEABLE = "другое"
ANNOTATED: dict[str, object] = {
    "predictions": TEXT,
    "references": {"item": TEXT, "colours": TEXTS, "pattern": TEXT},
}


def names_item(text: str, item: str) -> bool:
    """Is the first kind of clothes that ``text`` names the annotated one, or a synonym of it?

    The first, because a text that lists many kinds would otherwise be right by chance. A kind the table does not know
    counts when its word stands in the text in any form.
    """
    table = lexicon()
    wanted, named = table.kinds(item), table.kinds(text)
    if wanted:
        return bool(named) and table.same_kind(named[0], wanted[0])
    head = word_lemmas(next(reversed(list(spelled_words(item)))))
    return any(head & word_lemmas(word) for word in spelled_words(text))


def names_main_colour(text: str, colour: str) -> bool:
    """Is the first colour that ``text`` gives the item the annotated main one, or a shade of its family?

    Raises:
        ValueError: the table does not know the annotated colour.
    """
    table = lexicon()
    wanted, named = table.colour(colour), table.colours(text)
    if wanted is None:
        raise ValueError(f"the colour {colour!r} is not in metrics/synonyms.json")
    return bool(named) and named[0].matches(wanted)


def names_pattern(text: str, pattern: str) -> bool | None:
    """Does ``text`` name the annotated pattern? Plain is right when none is named; None for one that has no name."""
    table = lexicon()
    if pattern == NOT_NAMEABLE:
        return None
    named = table.patterns_named(text)
    if pattern == PLAIN:
        return PLAIN in named or not named
    return any(pattern == other or frozenset((pattern, other)) in table.meeting for other in named)


class AttributeAccuracy(LocalMetric):
    """``compute(predictions=texts, references=[{"item", "colours", "pattern"}, …])``: annotations as in the data.

    ``colours`` has the main one first. One annotation a text: with several annotators, repeat the text for each.
    """

    about = "Share of texts that name the annotated kind of item, main colour, pattern, by lemmas and a synonym table."
    range = (0.0, 1.0)
    source = "metrics/synonyms.json, whose rule stands in it"
    inputs = ANNOTATED

    def _compute(self, predictions: Sequence[str], references: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        pairs = list(zip(predictions, references, strict=True))
        items = [names_item(text, truth["item"]) for text, truth in pairs]
        colours = [names_main_colour(text, truth["colours"][0]) for text, truth in pairs]
        patterns = [names_pattern(text, truth["pattern"]) for text, truth in pairs]
        judged = [right for right in patterns if right is not None]
        return {
            "item": mean(items),
            "main_colour": mean(colours),
            "pattern": mean(judged) if judged else None,
            "per_text": [float(right) for right in items],
            "per_text_colour": [float(right) for right in colours],
        }
