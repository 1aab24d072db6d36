"""What a data set holds, counted while it is written, and the card that says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.data.record import AdRecord


@dataclass
class Counts:
    """Running counts; memory does not grow with the number of records.

    Attributes:
        ads, photos: records, and photos of all records (one used twice counts twice).
        ads_by, photos_by: the same by source and split.
        tokens, photos_per_ad: records by hidden token and by number of photos.
        masks: numbers masked, by slot.
    """

    ads: int = 0
    photos: int = 0
    ads_by: Counter[tuple[str, str]] = field(default_factory=Counter)
    photos_by: Counter[tuple[str, str]] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    photos_per_ad: Counter[int] = field(default_factory=Counter)
    masks: Counter[str] = field(default_factory=Counter)

    def add(self, record: AdRecord, photos: Sequence[str]) -> None:
        place = (record.source, record.split)
        self.ads += 1
        self.photos += len(photos)
        self.ads_by[place] += 1
        self.photos_by[place] += len(photos)
        self.tokens[record.hidden_token or "none"] += 1
        self.photos_per_ad[len(photos)] += 1
        if record.masks:
            self.masks.update(span.slot for span in (*record.masks.text, *record.masks.prompt))


def write_card(path: Path, name: str, form: str, about: str, counts: Counts) -> None:
    """Write the card as Markdown: what the set is, then every count."""
    parts = [
        f"# {name}",
        about.strip(),
        f"{counts.ads} ads with {counts.photos} photos, format `{form}`; the fields of a record stand in "
        "`training/data/record.py`. Everything below was counted while the set was written.",
        _table(
            ("source", "split", "ads", "photos"),
            [(*place, ads, counts.photos_by[place]) for place, ads in sorted(counts.ads_by.items())],
        ),
        _table(("photos an ad", "ads"), sorted(counts.photos_per_ad.items())),
        _table(("hidden token", "ads"), sorted(counts.tokens.items())),
    ]
    if counts.masks:
        parts.append(_table(("slot", "masked numbers"), counts.masks.most_common()))
    path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
