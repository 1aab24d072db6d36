"""Placeholders get their values back: exactly for a masked source, by slot and context for a generated text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from masking.escape import unescape
from masking.mask import Masked
from masking.slots import PLACEHOLDERS, Lexicon, lexicon
from masking.tidy import erase, tidy
from masking.words import fold, forms

BLANK = "__"
_PLACEHOLDER = "|".join(map(re.escape, PLACEHOLDERS))
# One value written with several placeholders: «<SIZE> (<SIZE> см)», «<SIZE>, <SIZE>» stay apart.
_GROUP = re.compile(rf"(?P<first>{_PLACEHOLDER})(?:(?:\s*[-/]\s*|\s*\()(?P<rest>{_PLACEHOLDER})[^()<]{{0,8}}\)?)?")
_UNIT = r"(?:₽|%|(?:руб(?:л\w+)?|р|процент\w*|мм|см|м|кг|гр?|л|мл|шт|штук\w?|лет|год[ау]?|мес(?:яц\w*)?)(?!\w))"
_UNIT_AFTER = re.compile(rf"\s*{_UNIT}", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[.,;!?()\n]")
_REACH = 80


def unmask(text: str, masked: Masked) -> str:
    """Undo ``mask``: put the values back in their order; ``unmask(mask(t).text, mask(t)) == t`` for every ``t``.

    Raises:
        ValueError: the placeholders of ``text`` are not those of ``masked``.
    """
    parts = re.split(f"({_PLACEHOLDER})", text)
    if parts[1::2] != [span.placeholder for span in masked.spans]:
        raise ValueError("the placeholders of the text are not those of the mask: use restore for generated texts")
    parts[1::2] = [span.value for span in masked.spans]
    parts[::2] = [unescape(part) for part in parts[::2]]
    return "".join(parts)


def restore(generated: str, masked: Masked, blanks: bool = False, slots: Lexicon | None = None) -> str:
    """Fill a generated text with the values of the input.

    A placeholder takes the value of its slot; among several values the one whose words stand around it. A value of
    several numbers («30 (19 см)») comes back whole. A placeholder the input does not hold, or cannot tell apart, is
    erased with the words that lose their sense («отдам за <PRICE>»), and the punctuation is tidied; a missing one is
    not invented.

    Args:
        blanks: leave ``__`` in the place of a value that is not known instead of erasing.
    """
    chosen = slots or lexicon()
    text, position = generated, 0
    while match := _GROUP.search(text, position):
        first, rest = match["first"], match["rest"]
        end = match.end() if rest == first else match.end("first")
        value = _value(first[1:-1], text[: match.start()], text[end:], masked, chosen)
        if value is not None:
            end = _without_unit(text, end, value)
            text, position = text[: match.start()] + value + text[end:], match.start() + len(value)
        elif blanks:
            text, position = text[: match.start()] + BLANK + text[end:], match.start() + len(BLANK)
        else:
            text, position = erase(text, match.start(), _after_unit(text, end), chosen.slots[first[1:-1]].words["lead"])
    return tidy(text)


def _value(slot: str, before: str, after: str, masked: Masked, slots: Lexicon) -> str | None:
    """The value of a slot with its unit, None when there is none or several that cannot be told apart."""
    groups = list(dict.fromkeys(span.group for span in masked.spans if span.slot == slot))
    values = {group: _with_unit(masked, group) for group in groups}
    if len(set(values.values())) <= 1:
        return next(iter(values.values()), None)
    around = _clause(before, after)
    ranked = sorted((_likeness(around, _source_clause(masked, group), slot, slots), group) for group in groups)
    (second, _), (best, group) = ranked[-2:]
    return values[group] if best > second else None


def _likeness(around: set[str], context: set[str], slot: str, slots: Lexicon) -> float:
    """Share of common words, and a shared role («старая цена») that counts more."""
    roles = slots.slots[slot].roles.values()
    shared_roles = sum(bool(around & words) and bool(context & words) for words in roles)
    return shared_roles + len(around & context) / max(1, len(around | context))


def _source_clause(masked: Masked, group: int) -> set[str]:
    start, end = masked.group_bounds(group)
    return _clause(masked.source[max(0, start - _REACH) : start], masked.source[end : end + _REACH])


def _clause(before: str, after: str) -> set[str]:
    """Lemmas of the words between the nearest punctuation on both sides."""
    return _lemmas(_words(_CLAUSE_END.split(before[-_REACH:])[-1]) + _words(_CLAUSE_END.split(after[:_REACH])[0]))


def _with_unit(masked: Masked, group: int) -> str:
    _, end = masked.group_bounds(group)
    unit = _UNIT_AFTER.match(masked.source, end)
    text = masked.group_text(group)
    return text + unit[0].rstrip() if unit and not text.endswith(")") else text


def _without_unit(text: str, end: int, value: str) -> int:
    """Where the text goes on after a value that brings its own unit or needs none."""
    return _after_unit(text, end) if re.search(rf"(?:{_UNIT}|\))$", value, re.IGNORECASE) else end


def _after_unit(text: str, end: int) -> int:
    unit = _UNIT_AFTER.match(text, end)
    return unit.end() if unit else end


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text)


def _lemmas(words: Sequence[str]) -> set[str]:
    return {form for word in words if len(word) > 2 for form in forms(fold(word))}
