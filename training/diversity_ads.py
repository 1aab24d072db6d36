"""Ads to train and measure the diversity judges on: texts labelled semi-manually, and ads built from the clothes photos.

A text's label was proposed by the regular expressions of ``diversity_labels/rules.toml`` and then read by eye: the file it
stands in (``diversity_labels/KIND.txt``) is the verdict of the reader. ``audit`` compares the two.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from models.photo import Photo
from training.captioner_data import seller_input
from training.clip_texts import bundle_text
from training.clothes import SHARED, ClothesAd

LABELS = Path(__file__).parent / "diversity_labels"
VARIATIVE_KINDS = ("all_for", "bundle", "list", "lot", "many", "mixed_set", "wardrobe")
SINGLE_KINDS = ("identical_set", "pair", "single", "tricky")
_PRICES = ("Цена: 1500. ", "Состояние: Хорошее. Цена: 3000 руб. ", "Размер: 44-46. ", "Вид одежды: Женская одежда. ")


@dataclass(frozen=True)
class LabelledText:
    """A text, its kind by eye, and whether its items differ (``identical_set`` and ``pair`` are single)."""

    text: str
    kind: str
    variative: int


@dataclass(frozen=True)
class BuiltAd:
    """A made-up ad: its text, its photos, and whether its items differ."""

    text: str
    photos: tuple[Photo, ...]
    variative: int


def labelled_texts() -> list[LabelledText]:
    """The labelled texts, kind after kind; empty lines and lines that begin with # are left out."""
    return list(_labelled())


def _labelled() -> Iterator[LabelledText]:
    for variative, kinds in ((1, VARIATIVE_KINDS), (0, SINGLE_KINDS)):
        for kind in kinds:
            for line in (LABELS / f"{kind}.txt").read_text(encoding="utf-8").splitlines():
                if line.strip() and not line.startswith("#"):
                    yield LabelledText(line.strip(), kind, variative)


def audit(texts: Sequence[LabelledText], path: Path = LABELS / "rules.toml") -> dict[str, Any]:
    """How the rules' proposals agree with the reader: the first rule that matches a text proposes its label.

    Returns the share of texts a rule speaks of, how often it was right, and the same for every rule.
    """
    rules = [(rule["name"], rule["variative"], re.compile(rule["pattern"], re.I)) for rule in _rules(path)]
    right: dict[str, list[bool]] = defaultdict(list)
    for text in texts:
        for name, variative, pattern in rules:
            if pattern.search(text.text):
                right[name].append(variative == text.variative)
                break
    proposed = [agreed for found in right.values() for agreed in found]
    return {
        "texts": len(texts),
        "variative": sum(text.variative for text in texts),
        "proposed": round(len(proposed) / max(1, len(texts)), 3),
        "right": round(float(np.mean(proposed)), 3),
        "rules": {
            name: {"texts": len(found), "right": round(float(np.mean(found)), 3)} for name, found in right.items()
        },
    }


def _rules(path: Path) -> list[dict[str, Any]]:
    return tomllib.loads(path.read_text(encoding="utf-8"))["rule"]


def build_ads(ads: Sequence[ClothesAd], count: int, seed: int) -> list[BuiltAd]:
    """Half of one item in 1 to 5 views, half bundles of 2 to 5 items, every other bundle of one home's things."""
    random = np.random.default_rng(seed)
    homes = [home for home in _homes(ads) if len(home) > 1]
    return [
        _bundle(ads, homes if number % 4 == 1 else [], random) if number % 2 else _single(ads, random)
        for number in range(count)
    ]


def _homes(ads: Sequence[ClothesAd], labels: Path = SHARED / "clothes" / "labels.csv") -> list[list[int]]:
    """Rows of the ads by sender: photos of one home share their floor, light and camera."""
    with labels.open(encoding="utf-8") as lines:
        sender = {row["photo"]: row["sender_id"] for row in csv.DictReader(lines)}
    homes: dict[str, list[int]] = defaultdict(list)
    for row, ad in enumerate(ads):
        homes[sender[ad.photo.name]].append(row)
    return list(homes.values())


def _bundle(ads: Sequence[ClothesAd], homes: Sequence[list[int]], random: np.random.Generator) -> BuiltAd:
    rows = homes[random.integers(len(homes))] if homes else range(len(ads))
    size = min(int(random.integers(2, 6)), len(rows))
    chosen = [ads[int(row)] for row in random.choice(rows, size, replace=False)]
    text = bundle_text(chosen, random)
    if random.random() < 0.4:
        text = _PRICES[random.integers(len(_PRICES))] + text
    return BuiltAd(text, tuple(_view(ad.photo, random) for ad in chosen), 1)


def _single(ads: Sequence[ClothesAd], random: np.random.Generator) -> BuiltAd:
    ad = ads[int(random.integers(len(ads)))]
    text = seller_input(ad, random, must_name=True)[0] if random.random() < 0.5 else f"{ad.caption} {ad.ad}"
    shown = 1 if random.random() < 0.2 else int(random.integers(2, 6))
    return BuiltAd(text, tuple(_view(ad.photo, random) for _ in range(shown)), 0)


def _view(path: Path, random: np.random.Generator) -> Photo:
    """A photo as the seller's next one of the same thing might be: nearer, turned, mirrored, in another light."""
    with Image.open(path) as image:
        image = ImageOps.exif_transpose(image).convert("RGB")
    image = image.rotate(random.uniform(-15, 15), Image.Resampling.BILINEAR, expand=False)
    width, height = image.size
    zoom = random.uniform(0.45, 0.9)
    left, top = random.uniform(0, 1 - zoom) * width, random.uniform(0, 1 - zoom) * height
    image = image.crop((int(left), int(top), int(left + zoom * width), int(top + zoom * height)))
    if random.random() < 0.5:
        image = ImageOps.mirror(image)
    for enhance in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        image = enhance(image).enhance(random.uniform(0.75, 1.25))
    return Photo(path.name, image)
