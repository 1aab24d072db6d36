"""The published parts that a captioner's card names: which of them are not on this machine, and fetching them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.checkpoint import CHECKPOINTS, read_card
from models.parts import MissingPart, is_published, resolve

FIELDS = ("source", "text_model", "tokenizer")


def published_parts(folder: Path, card: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Every published part of a captioner, with the folder that a relative path of it starts from.

    A card names parts itself, and through the cards of the vision and image-text checkpoints it uses.
    """
    root = folder.parent.parent
    for field in FIELDS:
        if field in card:
            yield card[field], folder
    for kind, name in card.get("parts", {}).items():
        used = root / name if name.startswith("clip/") else root / kind / name
        if kind in ("vision", "language") and (used / "checkpoint.json").is_file():
            yield from published_parts(used, read_card(used))
        elif is_published(name):
            yield name, folder


def missing_parts(folder: Path, card: Mapping[str, Any]) -> list[MissingPart]:
    """The published parts that are not on this machine; the network is not asked."""
    return [error for part, base in published_parts(folder, card) if (error := _missing(part, base)) is not None]


def _missing(part: str, base: Path) -> MissingPart | None:
    try:
        resolve(part, base=base)
    except MissingPart as error:
        return error
    return None


def download_captioner(name: str, root: Path = CHECKPOINTS) -> None:
    """Fetch what a captioner lacks from the hub (its client shows ``tqdm`` bars).

    Raises:
        MissingPart: a local part is not there, or the hub has no answer; the message says which and what to type.
    """
    folder = root / "captioners" / name
    for error in missing_parts(folder, read_card(folder)):
        if error.command is None:
            raise error.of(name)
        try:
            resolve(error.source, download=True)
        except (OSError, MissingPart) as failure:
            raise error.of(name) from failure
