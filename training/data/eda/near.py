"""Near-copies among the photos of a data set, by perceptual hash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

BITS = 6  # of 64 that may differ
MOST_PHOTOS = 300_000


@dataclass(frozen=True)
class NearCopies:
    """Photos that have a near-copy, each counted once, at the place that matters most: another split, another ad, its ad.

    Attributes:
        pairs: ``(P, 2)`` indices of the compared photos.
        words: what was compared.
    """

    within_ad: int
    within_split: int
    across_splits: int
    pairs: np.ndarray
    words: str


def near_copies(hashes: np.ndarray, ads: np.ndarray, splits: np.ndarray) -> NearCopies:
    """Compare all photos, or the first 300,000, by their 64-bit hashes.

    Args:
        hashes, ads, splits: ``(N,)`` hash of each photo, number of its ad and of its split.
    """
    compared = min(len(hashes), MOST_PHOTOS)
    pairs = near_pairs(hashes[:compared], BITS)
    first, second = pairs.T
    across = np.union1d(*_touched(pairs, splits[first] != splits[second]))
    others = np.union1d(*_touched(pairs, (ads[first] != ads[second]) & (splits[first] == splits[second])))
    within = np.union1d(*_touched(pairs, ads[first] == ads[second]))
    others = np.setdiff1d(others, across)
    return NearCopies(
        within_ad=len(np.setdiff1d(within, np.union1d(across, others))),
        within_split=len(others),
        across_splits=len(across),
        pairs=pairs,
        words=f"near-copies: at most {BITS} of 64 bits of `imagehash.phash` differ; {compared} of {len(hashes)} photos "
        "compared",
    )


def _touched(pairs: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return pairs[chosen, 0], pairs[chosen, 1]


def near_pairs(hashes: np.ndarray, distance: int) -> np.ndarray:
    """``(P, 2)`` indices, i < j, of 64-bit hashes at most ``distance`` bits apart.

    Two hashes that differ in at most d bits agree in one of d + 1 bands (Norouzi et al. 2012, arXiv:1307.2982), so only
    members of one bucket of a band are compared.
    """
    found: set[tuple[int, int]] = set()
    for low, high in pairwise(np.linspace(0, 64, distance + 2).astype(int)):
        band = (hashes >> np.uint64(low)) & np.uint64((1 << int(high - low)) - 1)
        found.update(_within_buckets(hashes, band, distance))
    return np.array(sorted(found), np.int64).reshape(-1, 2)


def _within_buckets(hashes: np.ndarray, band: np.ndarray, distance: int) -> Iterator[tuple[int, int]]:
    order = np.argsort(band, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(band[order])) + 1):
        for k, one in enumerate(members[:-1]):
            others = members[k + 1 :]
            apart = np.bitwise_count(hashes[others] ^ hashes[one])
            yield from ((int(one), int(other)) for other in others[apart <= distance])
