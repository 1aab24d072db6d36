"""Samples of a stream by seed: which ads are drawn depends on the seed and their ids, not on their order."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable
from itertools import count

import numpy as np

from training.data.dataset import Draft


def draw_key(seed: int, *names: object) -> int:
    """A random 64-bit number fixed by the seed and the names."""
    text = "\0".join(map(str, (seed, *names))).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())


def generator(seed: int, *names: object) -> np.random.Generator:
    """A generator fixed by the seed and the names."""
    return np.random.default_rng(draw_key(seed, *names))


def reservoir(drafts: Iterable[Draft], size: int, seed: int, name: str) -> list[Draft]:
    """A uniform sample without replacement of a stream of unknown length, in the order of the draw.

    The ``size`` records with the smallest keys are kept (bottom-k sampling): unlike Vitter's Algorithm R the sample
    does not change with the order of the stream, and samples of several shards can be merged into one of all.
    Memory grows with ``size`` only.
    """
    heap: list[tuple[int, int, Draft]] = []  # negated keys: the largest key on top
    ticket = count()
    for draft in drafts:
        key = draw_key(seed, name, draft.record.id)
        if len(heap) < size:
            heapq.heappush(heap, (-key, next(ticket), draft))
        elif heap and -key > heap[0][0]:
            heapq.heapreplace(heap, (-key, next(ticket), draft))
    return [draft for _, _, draft in sorted(heap, key=lambda entry: (-entry[0], entry[1]))]
