"""Is every text of an ad decent? Attributes, free text and generated text are judged alike."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from models.toxicity.base import ToxicityClassifier
from models.toxicity.factory import load_toxicity
from moderation.verdict import Bilingual, Verdict

FIELDS = {"text": Bilingual("в тексте", "in the text"), "generated": Bilingual("в описании", "in the description")}
QUOTED_WORDS = 3
# A word is quoted if it weighs at least this share of what the heaviest does.
WEIGHTY = 0.4
CHUNK = 40
# Letters with gaps («д е б и л») are one word; dots and stars may be part of one («тва.рь», «х*й»).
_WORD = re.compile(r"(?<!\w)\w(?:[ ._\-*•]{1,2}\w)+(?!\w)|[^\s,;:!?()«»\"]+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")


class TextModerator:
    """Judges texts with one classifier.

    Args:
        name: folder under ``checkpoints/toxicity``.
        classifier: used instead, where given.
    """

    def __init__(self, name: str = "builtin", classifier: ToxicityClassifier | None = None) -> None:
        self.classifier = classifier or load_toxicity(name)

    def score(self, text: str) -> float:
        """Probability that the text is toxic, 0 for an empty one."""
        return self.classifier.scores([text])[0]

    def judge(self, fields: Mapping[str, str]) -> list[Verdict]:
        """One verdict about all texts: the worst decides and is quoted.

        Args:
            fields: text by the name of its attribute, ``text`` (free text) or ``generated``.
        """
        said = {name: text for name, text in fields.items() if text.strip()}
        if not said:
            return [Verdict("text", None, None, Bilingual("Текста нет: не применимо.", "No text: not applicable."))]
        scores = dict(zip(said, self.classifier.scores(list(said.values())), strict=True))
        scores, said = self._with_names(scores, said)
        worst = max(scores, key=scores.__getitem__)
        details = {"field": worst, "scores": scores, "words": []}
        if scores[worst] < self.classifier.threshold:
            message = Bilingual("Текст приличный.", "The text is decent.")
            return [Verdict("text", True, scores[worst], message, details=details)]
        details["words"] = self.heaviest(said[worst])
        return [Verdict("text", False, scores[worst], _rejection(worst, details["words"]), details=details)]

    def _with_names(self, scores: dict[str, float], said: dict[str, str]) -> tuple[dict[str, float], dict[str, str]]:
        """The same, an attribute standing for its name where the seller's own name for it is ruder than the value."""
        names = [name for name in said if name not in FIELDS]
        for name, score in zip(names, self.classifier.scores(names), strict=True):
            if score > max(scores[name], self.classifier.threshold):
                scores, said = scores | {name: score}, said | {name: name}
        return scores, said

    def heaviest(self, text: str) -> list[str]:
        """The one to three words without which the worst sentence would look most decent, in their order."""
        parts = [chunk for sentence in _SENTENCE_END.split(text) for chunk in _chunks(sentence)]
        worst = parts[_largest(self.classifier.scores(parts))]
        found = list(_WORD.finditer(worst))
        if not found:
            return [worst.strip()]
        whole, *without = map(
            _log_odds,
            self.classifier.scores([worst, *(f"{worst[: m.start()]} {worst[m.end() :]}" for m in found)]),
        )
        weights = [whole - left for left in without]
        least = max(WEIGHTY * max(weights), sorted(weights)[-QUOTED_WORDS:][0])
        heavy = [match[0].rstrip(".") for match, weight in zip(found, weights, strict=True) if weight >= least]
        return list(dict.fromkeys(heavy))[:QUOTED_WORDS]


def _chunks(sentence: str) -> list[str]:
    """A run-on sentence in pieces short enough to be judged without each of their words."""
    words = sentence.split(" ")
    return [piece for i in range(0, len(words), CHUNK) if (piece := " ".join(words[i : i + CHUNK])).strip()]


def _largest(numbers: list[float]) -> int:
    return max(range(len(numbers)), key=numbers.__getitem__)


def _log_odds(chance: float) -> float:
    bounded = min(max(chance, 1e-9), 1 - 1e-9)
    return math.log(bounded / (1 - bounded))


def _rejection(field: str, words: list[str]) -> Bilingual:
    where = FIELDS.get(field, Bilingual(f"в поле «{field}»", f"in the field “{field}”"))
    said = ", ".join(f"«{word}»" for word in words)
    return Bilingual(
        f"Грубые слова {where.ru}: {said}. Сервис пишет описания товаров: уберите грубости и попробуйте снова.",
        f"Rude words {where.en}: {said}. The service describes goods: please remove them and try again.",
    )
