"""Texts the built-in toxicity classifier learns from, cut into the segments it judges.

Sources: ad texts written for this project (``toxicity_ads``, the rude parts of each marked by ``spans``), RUSSE-2022
detoxification (what the polite rewriting drops or changes is rude), decent ads of ``shared/data/clothes``.
"""

from __future__ import annotations

import csv
import difflib
import json
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from models.toxicity.features import segments, sentences
from models.toxicity.normalise import clean, readings, transliterate, undisguise
from models.toxicity.words import LONGEST, words
from training.clothes import SHARED, read_clothes

FOLDER = Path(__file__).parent
OWN = FOLDER / "toxicity_ads"
HELD_OUT = FOLDER / "toxicity_ads_held_out.jsonl"
DEV = SHARED / "toxicity" / "ads_dev.jsonl"
RUSSE = SHARED / "toxicity" / "russe2022_train.tsv"

RUSSE_WEIGHT = 0.3
CLOTHES_WEIGHT = 0.5
# A sentence of a rude ad is an example if none of it is rude, or at least this share of what it could hold.
HARDLY = 0.3
_FORMS = (
    clean,
    lambda text: undisguise(clean(text)),
    lambda text: transliterate(undisguise(clean(text))),
    lambda text: transliterate(clean(text)),
)

Ad = dict[str, Any]


class Example(NamedTuple):
    """One segment: is it rude, which of its words are, how much it counts."""

    segment: str
    words: tuple[str, ...]
    rude_words: tuple[int, ...]
    rude: int
    weight: float


def read_jsonl(path: Path) -> list[Ad]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def read_own() -> list[Ad]:
    """Ads ``text, toxic, kind`` and, if toxic, ``spans`` of the rude parts."""
    return [ad for path in sorted(OWN.glob("*.jsonl")) for ad in read_jsonl(path)]


def read_russe(path: Path = RUSSE) -> list[tuple[str, str]]:
    """(toxic comment, a polite rewriting), one to three for a comment."""
    with path.open(encoding="utf-8", newline="") as table:
        rows = list(csv.reader(table, delimiter="\t"))[1:]
    return [(row[1], polite) for row in rows for polite in row[2:] if polite.strip()]


def clothes_examples(ads: int) -> list[Example]:
    texts = [re.sub(r"<[A-Z]+>", "", record.ad) for record in read_clothes(split="train")[:ads]]
    return [example for text in texts for example in decent(text, CLOTHES_WEIGHT)]


def own_examples(ad: Ad) -> list[Example]:
    """The segments of an ad with their labels; a sentence hardly touched by a rude part is left out."""
    text = ad["text"]
    if not ad["toxic"]:
        return decent(text, 1.0)
    found, position, parts = [], 0, sentences(text)
    longest = sum(end - begin for begin, end in ad["spans"])
    for part in parts:
        start = text.index(part, position)
        position = start + len(part)
        spans = [
            (max(b, start) - start, min(e, position) - start) for b, e in ad["spans"] if b < position and e > start
        ]
        rude = sum(end - begin for begin, end in spans)
        if rude == 0 or rude >= HARDLY * min(len(part), longest):
            found += _examples(_cut(part, spans), int(rude > 0), 1.0)
    if len(parts) > 1:
        found += _examples(_cut(text, ad["spans"]), 1, 1.0)
    for begin, end in ad["spans"]:
        found += _examples([(text[begin:end], 1)], 1, 0.5)
    return found


def decent(text: str, weight: float) -> list[Example]:
    return [_example([(segment, 0)], 0, weight) for segment in segments(text) if words(segment)]


def russe_examples(pairs: Iterable[tuple[str, str]]) -> list[Example]:
    found = []
    for rude, polite in pairs:
        comment, rewriting = (readings(text)[0] for text in (rude, polite))
        kept = difflib.SequenceMatcher(None, words(comment), words(rewriting), autojunk=False).get_matching_blocks()
        labels = [1] * len(words(comment))
        for block in kept:
            labels[block.a : block.a + block.size] = [0] * block.size
        if labels and words(rewriting):
            found.append(Example(comment, tuple(words(comment)), tuple(labels), 1, RUSSE_WEIGHT))
            found.append(_example([(rewriting, 0)], 0, RUSSE_WEIGHT))
    return found


def _cut(text: str, spans: Sequence[Sequence[int]]) -> list[tuple[str, int]]:
    """Pieces of the text with 1 where they are rude."""
    edges = [0, *(edge for span in sorted(spans) for edge in span), len(text)]
    pieces = [(text[a:b], i % 2) for i, (a, b) in enumerate(pairwise(edges))]
    return [piece for piece in pieces if piece[0]]


def _examples(pieces: list[tuple[str, int]], rude: int, weight: float) -> list[Example]:
    """One example for every different reading."""
    found: dict[tuple[str, ...], Example] = {}
    for form in _FORMS:
        example = _example([(form(text), label) for text, label in pieces], rude, weight)
        if example.words:
            found.setdefault(example.words, example)
    return list(found.values())


def _example(pieces: list[tuple[str, int]], rude: int, weight: float) -> Example:
    labelled = [(word, label) for text, label in pieces for word in words(text)][:LONGEST]
    segment = "".join(text for text, _ in pieces)
    return Example(segment, tuple(w for w, _ in labelled), tuple(y for _, y in labelled), rude, weight)
