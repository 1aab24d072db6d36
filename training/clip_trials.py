"""Ads put together from held-out photos, honest and not, to calibrate the photo-text match and to measure it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from models.clip.base import ImageTextEncoder
from models.photo import Photo
from models.photo_files import read_photo
from models.vision import MEAN, STD, normalise
from training.captioner_data import item_phrase
from training.clip_texts import bundle_text, form_text, goods_texts
from training.clothes import ClothesAd
from training.images import SIDE, affine_views, shift_light

SHOTS = 10
PHOTO_COUNTS = (1, 2, 3, 5, 10)
MANY = 60  # ads of a kind, where more would only cost time


@dataclass(frozen=True)
class Trial:
    """An ad and what is wrong with it.

    Attributes:
        kind: what sort of ad it is, for the tables.
        text: of the ad.
        photos: (held-out ad, shot) of each photo, or (-1 - stamp, 0).
        fits: whether each photo belongs to the text.
    """

    kind: str
    text: str
    photos: tuple[tuple[int, int], ...]
    fits: tuple[bool, ...]

    @property
    def honest(self) -> bool:
        return all(self.fits)


def embed_shots(encoder: ImageTextEncoder, ads: Sequence[ClothesAd], shots: int = SHOTS) -> Tensor:
    """(A, shots, D): the photo as it is, then further shots of the same thing, nearer, turned, mirrored, lighter."""
    random = np.random.default_rng(0)
    rows = []
    for ad in tqdm(ads, desc="shots", mininterval=30):
        photo = read_photo(ad.photo)
        again = [Photo(f"{index}", image) for index, image in enumerate(_reshoot(photo.image, shots - 1, random))]
        rows.append(encoder.encode_photos([photo, *again]))
    return torch.stack(rows)


def _reshoot(image: Image.Image, count: int, random: np.random.Generator) -> list[Image.Image]:
    if not count:
        return []
    square = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    x = normalise(torch.from_numpy(square.copy()).permute(2, 0, 1)[None].repeat(count, 1, 1, 1))
    seen = shift_light(affine_views(x, SIDE, random, zoom=(0.7, 1.0)), random)
    pixels = ((seen * STD + MEAN).clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    return [Image.fromarray(one) for one in pixels]


class TrialMaker:
    """Makes ads of a pool of held-out ads.

    Args:
        ads: all held-out ads.
        pool: which of them to use.
        stamps: how many pictures of other things there are.
        seed: of the draws.
    """

    def __init__(self, ads: Sequence[ClothesAd], pool: Sequence[int], stamps: int, seed: int = 0) -> None:
        self.ads, self.pool, self.stamps = ads, np.array(pool), stamps
        self.random = np.random.default_rng(seed)
        self.goods = [text for _, text in goods_texts("held")]
        alike = defaultdict(list)
        for index in self.pool:
            alike[ads[index].item, ads[index].colors[0]].append(int(index))
        self.alike = list(alike.values())

    def honest(self) -> list[Trial]:
        """Single and variative ads of 1 to 10 photos with terse and long texts."""
        trials = []
        for count in PHOTO_COUNTS:
            pool = self.random.permutation(self.pool)[: MANY if count > 1 else 4 * MANY]
            for terse in (True, False):
                trials += [self.single(int(index), count, terse) for index in pool]
                trials += [self.variative(count, terse) for _ in pool]
            trials += [self.alike_things(count) for _ in pool] if count > 1 else []
        return trials

    def single(self, index: int, count: int, terse: bool) -> Trial:
        """Several shots of one thing."""
        ad = self.ads[index]
        if terse:
            text = self._one_of(lambda: form_text(ad, self.random, free=1.0).text, lambda: item_phrase(ad))
        else:
            text = self._one_of(lambda: ad.caption, lambda: ad.ad, lambda: form_text(ad, self.random, free=0.0).text)
        shots = [0] if count == 1 else self.random.permutation(SHOTS)[:count]
        photos = tuple((int(index), int(shot)) for shot in shots)
        return Trial(_kind("single", count, terse), text, photos, (True,) * count)

    def alike_things(self, count: int) -> Trial:
        """Several things of one item and colour under one terse text."""
        group = self.alike[self.random.integers(len(self.alike))]
        things = self.random.choice(group, count, replace=count > len(group))
        photos = tuple((int(thing), int(self.random.integers(SHOTS))) for thing in things)
        ad = self.ads[group[0]]
        text = self._one_of(lambda: form_text(ad, self.random, free=1.0).text, lambda: item_phrase(ad))
        return Trial(_kind("alike", count, True), text, photos, (True,) * count)

    def variative(self, count: int, terse: bool) -> Trial:
        """Different things; an ad of one photo shows one of its three."""
        things = [int(i) for i in self.random.choice(self.pool, max(count, 3) if count == 1 else count, replace=False)]
        style = self.random.uniform(0.0, 0.55) if terse else self.random.uniform(0.55, 1.0)
        text = bundle_text([self.ads[i] for i in things], self.random, style)
        photos = tuple((thing, 0) for thing in things[:count])
        return Trial(_kind("variative", count, terse), text, photos, (True,) * count)

    def with_foreign(self, trial: Trial) -> Trial:
        """One photo replaced by one of another label than any in the ad, or (one in four) of no clothes at all."""
        place = int(self.random.integers(len(trial.photos)))
        labels = {self.ads[index].label for index, _ in trial.photos} | self._labels_said(trial.text)
        if self.stamps and self.random.random() < 0.25:
            stranger = (-1 - int(self.random.integers(self.stamps)), 0)
        else:
            others = [i for i in self.pool if self.ads[i].label not in labels]
            if not others:
                return trial
            stranger = (int(self.random.choice(others)), 0)
        photos = (*trial.photos[:place], stranger, *trial.photos[place + 1 :])
        fits = tuple(i != place for i in range(len(photos)))
        return replace(trial, kind=f"foreign in {trial.kind}", photos=photos, fits=fits)

    def mismatched(self, trial: Trial) -> Trial:
        """The photos of one ad under the text of another label, or (every second) of a thing that is not clothes."""
        labels = {self.ads[index].label for index, _ in trial.photos}
        if self.random.random() < 0.5:
            text = str(self.random.choice(self.goods))
        else:
            others = [i for i in self.pool if self.ads[i].label not in labels]
            text = self.single(int(self.random.choice(others)), 1, bool(self.random.integers(2))).text
        return replace(trial, kind=f"mismatched {trial.kind}", text=text, fits=(False,) * len(trial.photos))

    def _labels_said(self, text: str) -> set[str]:
        """Labels of the pool's things whose item the text names: none of them is foreign."""
        return {self.ads[i].label for i in self.pool if self.ads[i].item in text.lower()}

    def _one_of(self, *makers: Callable[[], str]) -> str:
        return makers[self.random.integers(len(makers))]()


def _kind(what: str, photos: int, terse: bool) -> str:
    return f"{what}, {photos} photos, {'terse' if terse else 'long'}"
