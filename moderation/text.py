"""Is every text of an ad decent? Attributes, free text and generated text are judged alike."""

from __future__ import annotations

import re
from collections.abc import Mapping

from models.toxicity.base import ToxicityClassifier
from models.toxicity.factory import load_toxicity
from moderation.verdict import Bilingual, Verdict

FIELDS = {"text": Bilingual("в тексте", "in the text"), "generated": Bilingual("в описании", "in the description")}
QUOTED_WORDS = 3
LONG = 300


class TextModerator:
    """Judges texts with one classifier.

    Args:
        name: folder under ``checkpoints/toxicity``.
        classifier: used instead, where given.
    """

    def __init__(self, name: str = "builtin", classifier: ToxicityClassifier | None = None) -> None:
        self.classifier = classifier or load_toxicity(name)

    def score(self, text: str) -> float:
        """Probability that the text, or any window of a long one, is toxic."""
        return max(self.classifier.scores(windows(text)), default=0.0)

    def judge(self, fields: Mapping[str, str]) -> list[Verdict]:
        """One verdict about all texts: the worst decides and is quoted.

        Args:
            fields: text by the name of its attribute, ``text`` (free text) or ``generated``.
        """
        scores = {name: self.score(text) for name, text in fields.items() if text.strip()}
        if not scores:
            return [Verdict("text", None, None, Bilingual("Текста нет: не применимо.", "No text: not applicable."))]
        worst = max(scores, key=scores.__getitem__)
        details = {"field": worst, "scores": scores, "words": []}
        if scores[worst] < self.classifier.threshold:
            message = Bilingual("Текст приличный.", "The text is decent.")
            return [Verdict("text", True, scores[worst], message, details=details)]
        details["words"] = self._heaviest(fields[worst])
        return [Verdict("text", False, scores[worst], _rejection(worst, details["words"]), details=details)]

    def _heaviest(self, text: str) -> list[str]:
        """The words without which the text would look most decent."""
        worst = max(windows(text), key=lambda window: self.classifier.scores([window])[0])
        words = list(dict.fromkeys(re.findall(r"[^\s.,;:!?()«»\"]+", worst)))
        without = self.classifier.scores([worst.replace(word, " ") for word in words])
        ranked = sorted(zip(without, words, strict=True))
        whole = self.classifier.scores([worst])[0]
        return [word for left, word in ranked[:QUOTED_WORDS] if left < whole - 0.01] or [word for _, word in ranked[:1]]


def windows(text: str) -> list[str]:
    """The text, and for a long one its lines and sentences too: a rude word must not drown in a polite text."""
    if len(text) <= LONG:
        return [text] if text.strip() else []
    return [text, *(part for part in re.split(r"(?<=[.!?…])\s+|\n+", text) if part.strip())]


def _rejection(field: str, words: list[str]) -> Bilingual:
    where = FIELDS.get(field, Bilingual(f"в поле «{field}»", f"in the field “{field}”"))
    said = ", ".join(f"«{word}»" for word in words)
    return Bilingual(
        f"Грубые слова {where.ru}: {said}. Сервис пишет описания товаров: уберите грубости и попробуйте снова.",
        f"Rude words {where.en}: {said}. The service describes goods: please remove them and try again.",
    )
