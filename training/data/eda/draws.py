"""Ads drawn from the stream while it is counted: samples, contact sheets, the ends of the diversity scale."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterator
from itertools import count

from training.data.dataset import Draft
from training.data.eda.census import category
from training.data.record import AdRecord
from training.data.sample import draw_key
from training.data.split import thing_of

SHEETS, SHEET_ADS = 24, 16
ENDS = 4
_CATEGORIES_HELD = 400
_ALONE = 0.05  # of the score: between ads about as high, the one with several photos shows more


class Lowest:
    """The ``size`` ads with the lowest keys."""

    def __init__(self, size: int) -> None:
        self._size, self._ticket = size, count()
        self._heap: list[tuple[float, int, Draft]] = []

    def offer(self, key: float, draft: Draft) -> None:
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, (-key, next(self._ticket), draft))
        elif self._size and -key > self._heap[0][0]:
            heapq.heapreplace(self._heap, (-key, next(self._ticket), draft))

    def __iter__(self) -> Iterator[Draft]:
        """Lowest key first."""
        return (draft for _, _, draft in sorted(self._heap, key=lambda entry: (-entry[0], entry[1])))


class Draws:
    """Everything that is drawn, by seed and ids: the same data set gives the same report.

    Attributes:
        sample: ads for what is too slow for all of them.
        single, various: ads with the lowest and the highest diversity scores, rather those with several photos.
    """

    def __init__(self, size: int, seed: int) -> None:
        self._seed = seed
        self.sample = Lowest(size)
        self.single, self.various = Lowest(ENDS), Lowest(ENDS)
        self._sheets: defaultdict[str, Lowest] = defaultdict(lambda: Lowest(SHEET_ADS))
        self._sizes: defaultdict[str, int] = defaultdict(int)

    def offer(self, draft: Draft) -> None:
        record = draft.record
        key = float(draw_key(self._seed, "eda", record.id))
        self.sample.offer(key, draft)
        name = category(record)
        if draft.photos and (name in self._sheets or len(self._sheets) < _CATEGORIES_HELD):
            self._sheets[name].offer(key, draft)
            self._sizes[name] += 1
        if record.diversity_score is not None and draft.photos:
            alone = _ALONE * (len(draft.photos) == 1)
            self.single.offer(alone + record.diversity_score, draft)
            self.various.offer(alone - record.diversity_score, draft)

    def sheets(self) -> dict[str, list[Draft]]:
        """Ads with photos of the most frequent categories, most frequent first."""
        names = sorted(self._sizes, key=lambda name: (-self._sizes[name], name))[:SHEETS]
        return {name: list(self._sheets[name]) for name in names}


def independent(first: AdRecord, second: AdRecord) -> bool:
    """Could the second ad's text be a second reference of the first? Another ad of one item, with a text of its own."""
    return (
        first.task == second.task
        and thing_of(first.id) != thing_of(second.id)
        and first.hidden_token == second.hidden_token == "<SINGLE>"
        and len(first.photos) == len(second.photos)
        and first.masks is not None
        and second.masks is not None
        and first.masked_text != second.masked_text
    )
