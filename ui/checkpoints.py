"""The checkpoint drop-down: folder names with their titles, what each reads and whether it can be used now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.result import Language
from ui import texts
from ui.markup import esc, pill

AUTOMATIC = ""


def choices(checkpoints: Iterable[Mapping[str, Any]], language: Language) -> list[tuple[str, str]]:
    """Labels and folder names; the first choice leaves it to the service."""
    return [(texts.CHECKPOINT_AUTO.to(language), AUTOMATIC)] + [
        (_label(checkpoint, language), checkpoint["name"]) for checkpoint in checkpoints
    ]


def note(name: str | None, checkpoints: Iterable[Mapping[str, Any]], language: Language) -> str:
    """HTML that says why the chosen checkpoint is not ready; empty when it is."""
    for checkpoint in checkpoints:
        if checkpoint["name"] == name and not checkpoint["ready"]:
            why = checkpoint["why"]
            why = why if isinstance(why, str) else why[language]
            return f'<p class="not-ready">{pill("warn", texts.NOT_READY.to(language))} {esc(why)}</p>'
    return ""


def _label(checkpoint: Mapping[str, Any], language: Language) -> str:
    photos = texts.ONE_PHOTO if checkpoint["photos"] == "single" else texts.MANY_PHOTOS
    parts = [f"{checkpoint['name']} — {checkpoint['title'][language]}", photos.to(language)]
    if not checkpoint["ready"]:
        parts.append(texts.NOT_READY.to(language))
    return " · ".join(parts)
