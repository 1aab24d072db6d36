"""What a check of an ad decided, said so that a seller understands it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Check = Literal["photos", "text", "match"]
Language = Literal["ru", "en"]


class Bilingual(NamedTuple):
    """One message in the two languages of the page."""

    ru: str
    en: str

    def to(self, language: Language) -> str:
        return self.ru if language == "ru" else self.en


@dataclass(frozen=True)
class Verdict:
    """The decision of one check about the whole ad (``photo is None``) or one photo.

    Attributes:
        check: which check spoke.
        passed: True, False, or None where the check does not apply (no text, no photos).
        score: the number the decision rests on, in 0..1; its meaning is the check's own.
        message: why, for the seller.
        photo: file name of the photo it is about, and ``index`` its place in the ad, from 0.
        details: what a page or a log may show besides: detections with boxes, words that weighed most.
    """

    check: Check
    passed: bool | None
    score: float | None
    message: Bilingual
    photo: str | None = None
    index: int | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def to_json(self, language: Language = "ru") -> dict[str, Any]:
        return {
            "check": self.check,
            "passed": self.passed,
            "score": self.score,
            "message": self.message.to(language),
            "photo": self.photo,
            "index": self.index,
            "details": self.details,
        }
