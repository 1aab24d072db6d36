"""Words of a segment as vectors: the meaning of their pieces, their categories in the lexicon, their spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from models.sentences import DIM, sentence_encoder
from models.toxicity.lexicon import lexicon

_WORD = re.compile(r"[а-яa-z]+(?:'[a-z]+)?|\d+|[!?.,:«»\"()]")
LONGEST = 64
# What is known of a word beside meaning and categories: how many pieces it falls into (rare words into many).
_EXTRA = 1


def words(segment: str) -> list[str]:
    """Lower-cased words (ё as е), numbers and punctuation marks; at most ``LONGEST``."""
    return _WORD.findall(segment.lower().replace("ё", "е"))[:LONGEST]


def width() -> int:
    """Length of a word's vector."""
    return DIM + len(lexicon().names) + _EXTRA


@lru_cache(maxsize=8_000)
def _vector(word: str) -> np.ndarray:
    pieces = sentence_encoder().pieces(word)
    categories = np.zeros(len(lexicon().names), np.float32)
    categories[list(lexicon().categories(word))] = 1
    return np.concatenate([pieces.mean(0), categories, [len(pieces) / 4]]).astype(np.float32)


def word_vectors(these: Iterable[str]) -> np.ndarray:
    """(W, ``width()``) float32 of W words."""
    return np.stack([_vector(word) for word in these])


def padded(segments: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Segments of words as what the network reads.

    Returns:
        vectors (W, ``width()``) of the W different words, the first all zero; places (N, T) of the segments' words in it,
        0 behind the end; mask (N, T), True where there is a word. T is the longest segment, at least 1.
    """
    index = {word: i for i, word in enumerate(dict.fromkeys(w for segment in segments for w in segment), 1)}
    longest = max((len(segment) for segment in segments), default=1)
    places = np.zeros((len(segments), max(1, longest)), np.int64)
    for row, segment in zip(places, segments, strict=True):
        row[: len(segment)] = [index[word] for word in segment]
    vectors = np.concatenate([np.zeros((1, width()), np.float32), *([word_vectors(index)] if index else [])])
    return vectors, places, places > 0
