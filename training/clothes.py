"""Readers of the raw training data (``../shared/data``): clothes, Tux Paint stamps, ImageNet names."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
STAMPS = Path("/usr/share/tuxpaint/stamps")
Split = Literal["train", "val"]


@dataclass(frozen=True)
class ClothesAd:
    """One photo of ``clothes/`` with its reference texts (written by a language model, not by people)."""

    photo: Path
    label: str
    item: str
    for_whom: str
    colors: tuple[str, ...]
    pattern: str
    details: tuple[str, ...]
    caption: str
    ad: str
    assistant: str | None
    split: str


def read_clothes(root: Path = SHARED / "clothes", split: Split | None = None) -> list[ClothesAd]:
    """Read ``texts.jsonl``; raises FileNotFoundError saying where the data should be."""
    path = root / "texts.jsonl"
    if not path.is_file():
        raise FileNotFoundError(f"training needs {path}: put the clothes data set there (photos/ and texts.jsonl)")
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [
        ClothesAd(
            photo=root / "photos" / r["photo"],
            label=r["label"],
            item=r["item"],
            for_whom=r["for"],
            colors=tuple(r["colors"]),
            pattern=r["pattern"],
            details=tuple(r["details"]),
            caption=r["caption"],
            ad=r["ad"],
            assistant=r.get("assistant"),
            split=r["split"],
        )
        for r in records
        if split in (None, r["split"])
    ]


def read_stamps(root: Path = STAMPS) -> list[tuple[Path, str]]:
    """Pictures with alpha and their Russian sentence, from Debian's ``tuxpaint-stamps-default``."""
    stamps = []
    for note in sorted(root.rglob("*.txt")):
        russian = re.search(r"^ru\.utf8=(.+)$", note.read_text(encoding="utf-8"), re.M)
        picture = note.with_suffix(".png")
        if russian and picture.is_file():
            stamps.append((picture, russian.group(1).strip()))
    return stamps


def imagenet_names(path: Path = SHARED / "imagenet_ru.txt") -> list[str]:
    """Russian name of each of the 1,000 ImageNet classes, in their order."""
    return path.read_text(encoding="utf-8").splitlines()
