"""What the image backbone is taught of every photo: classes and the words people say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from models.words import lemmas
from training.clothes import ClothesAd


class Targets:
    """Class indices and bags of lemmas of the ads, over a vocabulary counted on the training part."""

    def __init__(self, ads: list[ClothesAd], train: np.ndarray, min_count: int) -> None:
        self.items = _frequent((ads[i].item for i in train), min_count)
        self.labels = _frequent((ads[i].label for i in train), 1)
        self.colors = _frequent((ads[i].colors[0] for i in train), min_count)
        self.patterns = _frequent((ads[i].pattern for i in train), 1)
        self.whom = _frequent((ads[i].for_whom for i in train), 1)
        bags = [set(lemmas(" ".join([ad.item, *ad.colors, *ad.details, ad.caption]))) for ad in ads]
        self.words = _frequent((word for i in train for word in bags[i]), min_count)
        self.classes = {
            "item": _indices((ad.item for ad in ads), self.items),
            "label": _indices((ad.label for ad in ads), self.labels),
            "color": _indices((ad.colors[0] for ad in ads), self.colors),
            "pattern": _indices((ad.pattern for ad in ads), self.patterns),
            "whom": _indices((ad.for_whom for ad in ads), self.whom),
        }
        self.bags = torch.zeros(len(ads), len(self.words))
        for row, bag in enumerate(bags):
            for word in bag & self.words.keys():
                self.bags[row, self.words[word]] = 1.0

    def sizes(self) -> dict[str, int]:
        return {name: int(index.max()) + 1 for name, index in self.classes.items()}


def _frequent(values: Iterable[str], min_count: int) -> dict[str, int]:
    counts = Counter(values)
    return {v: i for i, v in enumerate(sorted(v for v, n in counts.items() if n >= min_count))}


def _indices(values: Iterable[str], known: dict[str, int]) -> Tensor:
    """Class index, or -1 for a value too rare to be a class."""
    return torch.tensor([known.get(v, -1) for v in values])
