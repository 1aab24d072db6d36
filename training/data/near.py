"""Near-copies of photos: pairs by perceptual hash or image features, and the groups they make."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from training.data.recipe import NearCopies

_BLOCK = 2048


def near_pairs(
    hashes: np.ndarray, features: np.ndarray, rule: NearCopies, also: tuple[np.ndarray, np.ndarray] | None = None
) -> Iterator[tuple[int, int]]:
    """Yield every pair (i, j) of near-copies: i < j among one set, or i of the first and j of the set ``also``.

    Exact and quadratic, block by block: about N² · D multiplications, memory for one block. Arrays may be mapped files.

    Args:
        hashes: (N,) uint64 perceptual hashes.
        features: (N, D) float32 image features, unit vectors.
        also: hashes and features of another set.
    """
    others, other_features = also if also else (hashes, features)
    for top in range(0, len(hashes), _BLOCK):
        rows = features[top : top + _BLOCK]
        for left in range(0 if also else top, len(others), _BLOCK):
            differing = np.bitwise_count(hashes[top : top + _BLOCK, None] ^ others[None, left : left + _BLOCK])
            near = differing <= rule.hash_bits
            near |= rows @ other_features[left : left + _BLOCK].T >= rule.cosine
            if left == top and not also:
                near = np.triu(near, 1)
            for i, j in zip(*np.nonzero(near), strict=True):
                yield top + int(i), left + int(j)


class Groups:
    """Union-find over 0 … n-1 (Tarjan 1975)."""

    def __init__(self, size: int) -> None:
        self._parent = np.arange(size)

    def join(self, i: int, j: int) -> None:
        a, b = self.find(i), self.find(j)
        if a != b:
            self._parent[max(a, b)] = min(a, b)

    def find(self, i: int) -> int:
        """The smallest member of the group of ``i``."""
        parent = self._parent
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = int(parent[i])
        return i

    def labels(self) -> np.ndarray:
        """(N,) the smallest member of everybody's group."""
        return np.array([self.find(i) for i in range(len(self._parent))], np.int64)
