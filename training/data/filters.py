"""Which ads of a source a recipe takes, and why the others were left out."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from training.data.dataset import Draft

_CYRILLIC, _LETTER = re.compile(r"[а-яё]", re.I), re.compile(r"[^\W\d_]")


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class Filter(BaseModel):
    """Conditions an ad must meet; those left out are not asked.

    Attributes:
        photos, text_chars: least and most, both inclusive.
        russian: least share of Cyrillic among the letters of the reference, 0 to 1.
        attributes: key → pattern found in its value, whatever the case.
        text, text_without: patterns that the reference must, must not hold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    photos: tuple[int, int] | None = None
    text_chars: tuple[int, int] | None = None
    russian: float | None = None
    attributes: dict[str, Pattern] = {}
    text: Pattern | None = None
    text_without: Pattern | None = None

    def reason(self, draft: Draft) -> str | None:
        """Why the ad is left out, None if it is taken."""
        text = draft.record.text
        if self.photos and not self.photos[0] <= len(draft.photos) <= self.photos[1]:
            return "number of photos"
        if self.text_chars and not self.text_chars[0] <= len(text) <= self.text_chars[1]:
            return "length of the text"
        if self.russian is not None and russian_share(text) < self.russian:
            return "not in Russian"
        for key, pattern in self.attributes.items():
            if not re.search(pattern, draft.record.attributes.get(key, ""), re.I):
                return f"attribute {key}"
        if self.text and not re.search(self.text, text, re.I):
            return "text lacks the pattern"
        if self.text_without and re.search(self.text_without, text, re.I):
            return "text holds the pattern"
        return None


def russian_share(text: str) -> float:
    """Share of Cyrillic letters among all letters; 0 for a text without letters."""
    letters = len(_LETTER.findall(text))
    return len(_CYRILLIC.findall(text)) / letters if letters else 0.0
