"""What a seller hands in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Ad:
    """An ad before anything was checked.

    Attributes:
        attributes: filled fields of the form in their order, for example ``{"Размер": "30 (19 см)"}``.
        text: the free text.
        photos: paths of the uploaded photos, in order.
    """

    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    photos: tuple[Path, ...] = ()

    @property
    def full_text(self) -> str:
        """Attributes and free text as one text: ``Ключ: значение. … текст``."""
        pairs = [f"{key}: {value}" for key, value in self.attributes.items() if value.strip()]
        return ". ".join([*pairs, self.text] if self.text.strip() else pairs)
