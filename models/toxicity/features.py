"""What the built-in classifier sees of a text: readings, their sentences, and hashed words and n-grams."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from models.toxicity.lexicon import lexicon
from models.toxicity.normalise import readings

BINS = 2**18
# Fewer words than this need a word of the lexicon to be rude.
SHORT = 4
# Longest run of words judged at once, and how far the next window is.
WINDOW, STEP = 40, 30
_WORD = re.compile(r"[а-яa-z]+(?:'[a-z]+)?")
_LETTER = re.compile("[а-яёa-z]", re.I)
_SENTENCE_END = re.compile(r"(?<=[.!?…;])\s+|\n+")
_QUOTED = re.compile(r"[«\"„“][^»\"”“]{1,60}[»\"”]")
_NGRAMS = (3, 4, 5)


def segments(text: str) -> list[str]:
    """Every reading of a text by sentence and by pair of neighbouring sentences.

    A rude sentence in a long polite ad stands alone; a threat is often told in two («Сосед! В следующий раз …»).
    """
    found: dict[str, None] = {}
    for reading in readings(text):
        parts = sentences(reading)
        pairs = (f"{first} {second}" for first, second in pairwise(parts))
        found |= dict.fromkeys(window for part in (*parts, *pairs) for window in _windows(part))
    return list(found)


def sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE_END.split(text) if _LETTER.search(part)]


def _windows(sentence: str) -> Iterator[str]:
    """A run-on sentence in overlapping windows, so that its end is judged too."""
    pieces = sentence.split()
    if len(pieces) <= WINDOW:
        yield sentence
        return
    for start in range(0, len(pieces) - WINDOW + STEP, STEP):
        yield " ".join(pieces[start : start + WINDOW])


def tokens(segment: str) -> Iterator[str]:
    """Words, pairs of words, character n-grams of words, categories of the lexicon and pairs of those.

    A category inside quotation marks is another feature than outside: quoting is not insulting.
    """
    known, before = lexicon(), ""
    said: set[str] = set()
    for word, inside in _words(segment):
        yield f"w:{word}"
        if before:
            yield f"b:{before} {word}"
        before = word
        marked = f"^{word}$"
        for n in _NGRAMS:
            yield from (f"n:{marked[i : i + n]}" for i in range(len(marked) - n + 1))
        for category in known.categories(word):
            name = known.names[category]
            said.add(name)
            yield f"{'q' if inside else 'c'}:{name}"
    ordered = sorted(said)
    yield from (f"p:{a}+{b}" for i, a in enumerate(ordered) for b in ordered[i + 1 :])


def _words(segment: str) -> Iterator[tuple[str, bool]]:
    """Lower-cased words (ё as е), each with: is it inside quotation marks?"""
    low = segment.lower().replace("ё", "е")
    quoted = [match.span() for match in _QUOTED.finditer(low)]
    for match in _WORD.finditer(low):
        yield match[0], any(start <= match.start() < end for start, end in quoted)


def signs(segment: str) -> tuple[float, float]:
    """Is there, outside quotation marks, an obscene word, and an insult or a slur?"""
    known = lexicon()
    said = {category for word, inside in _words(segment) if not inside for category in known.categories(word)}
    return float(not known.obscene.isdisjoint(said)), float(not known.insulting.isdisjoint(said))


def says_nothing(segment: str) -> bool:
    """Is it a few words the lexicon knows no harm of: a size, a brand, a colour? They are too short to be judged."""
    found = list(_words(segment))
    return len(found) < SHORT and all(lexicon().neutral.issuperset(lexicon().categories(word)) for word, _ in found)


def bins(segment: str) -> np.ndarray:
    """Indices of the different hashed tokens of a segment, each in ``0 … BINS - 1``."""
    return np.unique(np.fromiter((zlib.crc32(token.encode()) % BINS for token in tokens(segment)), np.int64))
