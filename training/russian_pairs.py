"""Russian texts at hand, as pairs that say the same in other words (training of language models, their evaluation)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from training.clothes import SHARED, ClothesAd, imagenet_names, read_clothes, read_stamps

Pair = tuple[str, str]
RUSSE = SHARED / "toxicity" / "russe2022_train.tsv"


def training_pairs() -> list[Pair]:
    """Every pair of the training texts; a text that has no partner stands beside an empty one.

    Train part of ``clothes/`` only; of RUSSE-2022 only the polite rewritings (several of one comment are paraphrases).
    """
    pairs = [pair for ad in read_clothes(split="train") for pair in _ad_pairs(ad)]
    for rewritings in read_polite_rewritings():
        pairs += list(combinations(rewritings, 2)) or [(rewritings[0], "")]
    pairs += [(text, "") for _, text in read_stamps()]
    pairs += [(", ".join(names), "") for names in _chunks(imagenet_names(), 8)]
    return pairs


def caption_ad_pairs(ads: list[ClothesAd]) -> list[Pair]:
    """Caption and advertisement of the same photo: a paraphrase in another voice."""
    return [(ad.caption, ad.ad) for ad in ads]


def read_polite_rewritings(path: Path = RUSSE) -> Iterator[list[str]]:
    """The one to three polite rewritings of every comment of RUSSE-2022 (s-nlp, openrail++)."""
    with path.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            texts = (row[f"neutral_comment{i}"] for i in (1, 2, 3))
            if rewritings := [text.strip() for text in texts if text and text.strip()]:
                yield rewritings


def _ad_pairs(ad: ClothesAd) -> Iterator[Pair]:
    facts = ", ".join([ad.item, *ad.colors, ad.pattern, *ad.details])
    yield from ((ad.caption, ad.ad), (facts, ad.caption), (facts, ad.ad))
    if ad.assistant:
        yield from ((ad.caption, ad.assistant), (ad.ad, ad.assistant))


def _chunks(items: list[str], size: int) -> Iterator[list[str]]:
    return (items[i : i + size] for i in range(0, len(items), size))
