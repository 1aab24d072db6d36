"""Train, validation and test: whole groups of near-copies are dealt out, never single records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from training.data.recipe import SplitRule
from training.data.record import SPLITS, Split
from training.data.sample import draw_key


def thing_of(record_id: str) -> str:
    """What a record shows: the part of its id before ``~``. Records of one thing (a photo, a video) share a split."""
    return record_id.partition("~")[0]


def deal(labels: np.ndarray, records: np.ndarray, given: Sequence[Split], rule: SplitRule, seed: int) -> list[Split]:
    """The split of every thing.

    Groups come in an order fixed by the seed and are given to ``test``, then ``val``, as long as they fit their share
    of the records; the rest is ``train``.

    Args:
        labels: (N,) group of each thing.
        records: (N,) number of records of each thing.
        given: the split each thing came with; used with ``rule.keep`` only.
        seed: of the order.
    """
    if rule.keep:
        return _kept(labels, given)
    sizes = Counter[int]()
    for label, count in zip(labels.tolist(), records.tolist(), strict=True):
        sizes[label] += count
    room = {"test": rule.test * sum(sizes.values()), "val": rule.val * sum(sizes.values())}
    dealt: dict[int, Split] = {}
    for group in sorted(sizes, key=lambda group: draw_key(seed, "split", group)):
        dealt[group] = next((split for split in ("test", "val") if sizes[group] <= room[split] + 0.5), "train")
        if dealt[group] != "train":
            room[dealt[group]] -= sizes[group]
    return [dealt[label] for label in labels.tolist()]


def _kept(labels: np.ndarray, given: Sequence[Split]) -> list[Split]:
    """Given splits; a group that is on several sides goes to the first of train, val, test as a whole."""
    dealt: dict[int, Split] = {}
    for label, split in zip(labels.tolist(), given, strict=True):
        dealt[label] = min(dealt.get(label, split), split, key=SPLITS.index)
    return [dealt[label] for label in labels.tolist()]
