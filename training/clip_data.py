"""What the image-text model is trained on: features of pictures, texts, and which of them may be each other's pair."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from models.clip.builtin import visible_text, word_indices, word_keys
from models.vision import EfficientNetEncoder, normalise
from training.clip_texts import Told, bundle_text, goods_texts, named_texts, own_texts
from training.clothes import SHARED, ClothesAd, imagenet_names, read_stamps
from training.images import affine_views, load_squares, load_stamp_squares, shift_light
from training.text_embeddings import embed_texts

SplitName = Literal["given", "sender"]
NOBODY = -(10**6)
BUNDLE_SIZES, BUNDLE_SHARES = (2, 3, 4, 5, 6, 8, 10), (0.25, 0.25, 0.15, 0.1, 0.1, 0.08, 0.07)


def held_stamp(row: int) -> bool:
    """Every fifth stamp is never trained on."""
    return row % 5 == 4


class Split(NamedTuple):
    """Indices of the ads to train on and of those held out."""

    train: np.ndarray
    val: np.ndarray


def split_ads(ads: Sequence[ClothesAd], name: SplitName, labels: Path = SHARED / "clothes" / "labels.csv") -> Split:
    """The split of the data set (its senders stand on both sides), or one where no sender does.

    In the latter whole senders are held out at random until as many photos are as in the given split; the few senders
    of more than 120 photos stay in training, so that the held-out photos come from many homes.
    """
    if name == "given":
        held = np.array([ad.split == "val" for ad in ads])
    else:
        with labels.open(encoding="utf-8") as lines:
            sender = {row["photo"]: row["sender_id"] for row in csv.DictReader(lines)}
        photos = Counter(sender[ad.photo.name] for ad in ads)
        small = np.array(sorted(s for s, count in photos.items() if count <= 120))
        wanted, chosen = sum(ad.split == "val" for ad in ads), set()
        for one in np.random.default_rng(0).permutation(small):
            if sum(photos[s] for s in chosen) < wanted:
                chosen.add(one)
        held = np.array([sender[ad.photo.name] in chosen for ad in ads])
    return Split(np.flatnonzero(~held), np.flatnonzero(held))


@dataclass(frozen=True)
class Pictures:
    """Averaged features of all pictures.

    Attributes:
        photos: (N, V, 1280), the first view untouched.
        stamps: (S, V, 1280).
        weights: (1000, 1280) weight vectors of the backbone's ImageNet classifier.
    """

    photos: Tensor
    stamps: Tensor
    weights: Tensor


def pooled_pictures(vision: EfficientNetEncoder, ads: Sequence[ClothesAd], views: int, folder: Path) -> Pictures:
    """Compute, or read from ``folder``, the averaged features of every photo and stamp in ``views`` views."""
    cache = folder / f"{vision.name}-{views}.pt"
    if not cache.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        photos = load_squares([ad.photo for ad in ads], folder.parent / "squares.npy")
        stamps = load_stamp_squares([path for path, _ in read_stamps()], folder.parent / "stamps.npy")
        torch.save([_pool(vision, photos, views).half(), _pool(vision, stamps, views).half()], cache)
    photos, stamps = torch.load(cache, weights_only=True)
    return Pictures(photos.float(), stamps.float(), vision.network._fc.weight.detach().clone())


@torch.inference_mode()
def _pool(vision: EfficientNetEncoder, squares: np.ndarray, views: int) -> Tensor:
    random = np.random.default_rng(0)
    pooled = torch.empty(len(squares), views, vision.dim)
    for start in tqdm(range(0, len(squares), 32), desc="features", mininterval=30):
        x = normalise(torch.from_numpy(np.array(squares[start : start + 32])).permute(0, 3, 1, 2))
        size = vision.size
        for view in range(views):
            if view == 0:
                seen = F.interpolate(x, (size, size), mode="bicubic", antialias=True)
            else:
                seen = shift_light(affine_views(x, size, random, zoom=(0.7, 1.0)), random)
            maps = vision.network.extract_features(seen.contiguous(memory_format=torch.channels_last))
            pooled[start : start + 32, view] = maps.mean((2, 3))
    return pooled


class ImagenetKinds:
    """Pictures of 1,000 kinds of things without a picture, from the classifier's weight vectors.

    Where classes are Gaussian with one covariance Σ, the weights of a linear classifier are Σ⁻¹(μ_c − μ) (linear
    discriminant analysis), so the mean feature of a kind is μ + Σw_c; drawn features scatter around it with Σ.

    Args:
        pictures: where Σ and μ are estimated (photos of the training part and stamps).
        train: rows of the training photos.
    """

    def __init__(self, pictures: Pictures, train: np.ndarray) -> None:
        stamps = [row for row in range(len(pictures.stamps)) if not held_stamp(row)]
        seen = torch.cat([pictures.photos[train, 0], pictures.stamps[stamps, 0]])
        self.mean = seen.mean(0)
        scattered = seen - self.mean
        covariance = scattered.T @ scattered / len(seen)
        away = (pictures.weights - pictures.weights.mean(0)) @ covariance
        self.away = away * scattered.norm(dim=1).mean() / away.norm(dim=1, keepdim=True)
        ridge = 1e-3 * covariance.diagonal().mean() * torch.eye(len(covariance))
        self.scatter = torch.linalg.cholesky(covariance + ridge)

    def draw(self, kinds: np.ndarray, random: np.random.Generator) -> Tensor:
        """(N, 1280) features of the kinds, nearer to or farther from the mean, and scattered."""
        noise = torch.from_numpy(random.standard_normal((len(kinds), len(self.mean)), np.float32)) @ self.scatter.T
        reach = torch.from_numpy(random.uniform(0.6, 1.3, (len(kinds), 1)).astype(np.float32))
        spread = torch.from_numpy(random.uniform(0.2, 0.8, (len(kinds), 1)).astype(np.float32))
        return self.mean + reach * self.away[torch.from_numpy(kinds)] + spread * noise


class TextBank:
    """Texts by number, each cleaned and embedded once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def add(self, text: str) -> int:
        visible = visible_text(text)
        if visible not in self._numbers:
            self._numbers[visible] = len(self.texts)
            self.texts.append(visible)
        return self._numbers[visible]

    def embed(self, cache: Path, vocabulary: dict[str, int]) -> tuple[Tensor, Tensor]:
        """(T, 512) sentence embeddings and (T, L) word indices."""
        return torch.from_numpy(embed_texts(self.texts, cache)), word_indices(self.texts, vocabulary)

    def vocabulary(self, numbers: Sequence[int], min_count: int) -> dict[str, int]:
        """Lemmas said in at least ``min_count`` of the texts, to indices from 1."""
        counts = Counter(key for number in numbers for key in set(word_keys(self.texts[number])))
        return {key: i for i, key in enumerate(sorted(k for k, n in counts.items() if n >= min_count), 1)}


class Claim(NamedTuple):
    """A text by number, and the item and colour it is true of (-1: of any)."""

    text: int
    item: int = -1
    color: int = -1


class Batch(NamedTuple):
    """Pictures, texts (those of the pictures first, then texts of no picture) and the pairs that teach nothing.

    Attributes:
        images: (B, 1280).
        texts: (B + E,) numbers in the bank; text i belongs to picture i.
        neutral: (B, B + E), pairs that are true as well as the picture's own.
    """

    images: Tensor
    texts: Tensor
    neutral: Tensor


class PairSampler:
    """Draws batches of pictures with one of their texts each.

    Args:
        ads: all ads; ``split.train`` of them are drawn.
        split: which ads to train on.
        pictures: features of all of them.
        seed: of the texts that are made up.
        bundles: how many texts of several items to make.
    """

    def __init__(
        self, ads: Sequence[ClothesAd], split: Split, pictures: Pictures, seed: int = 0, bundles: int = 600
    ) -> None:
        random = np.random.default_rng(seed)
        self.pictures, self.train = pictures, split.train
        self.kinds = ImagenetKinds(pictures, split.train)
        self.bank = TextBank()
        self._items: dict[str, int] = {}
        self._colors: dict[str, int] = {}
        self.own = {int(i): [self._claim(told) for told in own_texts(ads[i], random)] for i in split.train}
        self.item = torch.tensor([self._number(self._items, ad.item) for ad in ads])
        self.colors = torch.tensor([self._color_pair(ad) for ad in ads])
        self.bundles = [self._bundle(ads, random) for _ in range(bundles)]
        self.named = [[self._claim(told) for told in named_texts(name, random)] for name in imagenet_names()]
        self.stamps = [self._claim(Told(text, text)) for _, text in read_stamps()]
        self.stamp_rows = np.array([row for row in range(len(self.stamps)) if not held_stamp(row)])
        self.strangers = self._add_goods()

    @cached_property
    def numbers(self) -> list[int]:
        """Every training text."""
        claims = [*self.own.values(), *self.named, self.stamps]
        bundled = [number for _, number in self.bundles]
        return [claim.text for group in claims for claim in group] + bundled + list(self.strangers)

    def batch(self, random: np.random.Generator, size: int, bundles: int, goods: int, strangers: int) -> Batch:
        """``size`` photos, ``bundles`` of them with a text of several items; ``goods``; texts of ``strangers``."""
        rows = random.permutation(self.train)[: size - bundles]
        claims = [self._pick_own(int(row), random) for row in rows]
        chosen = [self.bundles[i] for i in random.integers(0, len(self.bundles), bundles)]
        rows = np.concatenate([rows, [random.choice(members) for members, _ in chosen]]).astype(int)
        claims += [Claim(number) for _, number in chosen]
        kinds = random.integers(0, len(self.named), goods // 2)
        claims += [self.named[kind][random.integers(len(self.named[kind]))] for kind in kinds]
        stamps = random.choice(self.stamp_rows, goods - len(kinds))
        claims += [self.stamps[stamp] for stamp in stamps]
        images = torch.cat(
            [
                self.pictures.photos[rows, random.integers(0, self.pictures.photos.shape[1], len(rows))],
                self.kinds.draw(kinds, random),
                self.pictures.stamps[stamps, random.integers(0, self.pictures.stamps.shape[1], len(stamps))],
            ]
        )
        others = [Claim(int(number)) for number in random.choice(self.strangers, strangers)]
        shown = [self.named[kind][0].item for kind in kinds] + [self.stamps[stamp].item for stamp in stamps]
        neutral = self._neutral(rows, shown, claims, others)
        for column, (members, _) in enumerate(chosen, size - bundles):
            neutral[: len(rows), column] |= torch.from_numpy(np.isin(rows, members))
        own = torch.arange(len(claims))
        neutral[own, own] = False
        return Batch(images, torch.tensor([claim.text for claim in [*claims, *others]]), neutral)

    def _neutral(self, rows: np.ndarray, shown: list[int], claims: list[Claim], others: list[Claim]) -> Tensor:
        """Pairs whose text is true of the picture though it was said of another one."""
        extra = len(shown)
        item = torch.cat([self.item[rows], torch.tensor(shown)])
        colors = torch.cat([self.colors[rows], torch.full((extra, 2), NOBODY)])
        said = Claim(*torch.tensor([*claims, *others]).T)
        fits_color = (said.color < 0) | (said.color == colors[:, :1]) | (said.color == colors[:, 1:])
        owners = torch.cat([torch.from_numpy(rows), -1 - torch.arange(extra)])
        said_by = torch.cat([owners, torch.full((len(others),), NOBODY)])
        same_text = said.text[: len(item), None] == said.text[None]
        return ((item[:, None] == said.item) & fits_color) | (owners[:, None] == said_by) | same_text

    def _pick_own(self, row: int, random: np.random.Generator) -> Claim:
        """The caption or the ad in more than half of the cases, else one of the other texts."""
        claims, draw = self.own[row], random.random()
        if draw < 0.6:
            return claims[int(draw < 0.32)]
        return claims[random.integers(2, len(claims))]

    def _bundle(self, ads: Sequence[ClothesAd], random: np.random.Generator) -> tuple[np.ndarray, int]:
        count = random.choice(BUNDLE_SIZES, p=BUNDLE_SHARES)
        members = random.choice(self.train, count, replace=False)
        return members, self.bank.add(bundle_text([ads[i] for i in members], random))

    def _add_goods(self) -> np.ndarray:
        """Texts of things that are not clothes; those of an ImageNet kind also become texts of that kind."""
        kind = {name: i for i, name in enumerate(imagenet_names())}
        strangers = [claim.text for claims in self.named for claim in claims]
        for name, text in goods_texts("train"):
            number = self.bank.add(text)
            strangers.append(number)
            if name in kind:
                self.named[kind[name]].append(Claim(number, self._number(self._items, name)))
        return np.array(strangers)

    def _claim(self, told: Told) -> Claim:
        item = self._number(self._items, told.item) if told.item else -1
        color = self._number(self._colors, told.color) if told.color else -1
        return Claim(self.bank.add(told.text), item, color)

    def _color_pair(self, ad: ClothesAd) -> list[int]:
        numbers = [self._number(self._colors, color) for color in ad.colors[:2]]
        return [numbers[0], numbers[-1]]

    @staticmethod
    def _number(known: dict[str, int], value: str) -> int:
        return known.setdefault(value, len(known))
