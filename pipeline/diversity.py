"""One item (or a pair, or many identical ones) or several different items? A score and the hidden token of the prompt.

Two judges answer, both of the brief: ``supervised`` learnt it from labelled ads, ``zero-shot`` asks an image-text encoder
whether the photos look more like «разнообразие товаров» or like «один товар». A checkpoint's card names its family.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.checkpoint import CHECKPOINTS, load_weights, read_card
from models.language import HIDDEN_TOKENS
from models.photo import Photo
from pipeline.diversity_features import PHRASES, SENTENCE, SIGNS, photo_features, phrase_weights, signs, telling

if TYPE_CHECKING:
    from models.clip.base import ImageTextEncoder

SINGLE, VARIATIVE = HIDDEN_TOKENS
VARIATIVE_PROMPTS = ("разнообразие товаров", "много предметов", "много вещей")
SINGLE_PROMPTS = ("один товар", "продукт", "одна штука")


class PhotoContrast:
    """Zero-shot: mean(similarity to the words for many things) − mean(similarity to the words for one)."""

    def __init__(self, encoder: ImageTextEncoder) -> None:
        self.encoder = encoder

    @cached_property
    def _direction(self) -> np.ndarray:
        many, one = (self.encoder.encode_texts(prompts).numpy() for prompts in (VARIATIVE_PROMPTS, SINGLE_PROMPTS))
        return many.mean(0) - one.mean(0)

    def __call__(self, photos: Sequence[Photo]) -> np.ndarray:
        """(N,) differences, one a photo."""
        return self.encoder.encode_photos(photos).numpy() @ self._direction


class Family(ABC):
    """What a kind of judge must do."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path, card: dict[str, Any]) -> Family:
        """Read what stands in the folder beside the card; raises FileNotFoundError naming what is missing."""

    @abstractmethod
    def logit(self, text: str, photos: Sequence[Photo]) -> float | None:
        """Log-odds of several different items; None when the ad holds nothing to judge by."""


class ZeroShot(Family):
    """The contrast averaged over the photos, set against the threshold of the training ads; texts are not read."""

    def __init__(self, card: dict[str, Any]) -> None:
        self._card = card

    @classmethod
    def load(cls, folder: Path, card: dict[str, Any]) -> ZeroShot:
        return cls(card)

    @cached_property
    def contrast(self) -> PhotoContrast:
        return PhotoContrast(_encoder(self._card))

    def logit(self, text: str, photos: Sequence[Photo]) -> float | None:
        if not photos:
            return None
        return self._card["scale"] * (float(self.contrast(photos).mean()) - self._card["contrast_threshold"])


class Supervised(Family):
    """A support vector machine over the text, a regression over the photos, a regression over both answers.

    Args:
        card: names the encoders (``parts``) and the kernel's ``gamma``.
        weights: ``signs.mean``, ``signs.spread`` (F,), ``phrases.rarity`` (P,); ``text.support`` (M, F + 512 + P) with
            ``text.dual`` (M,), ``text.bias``; ``photo.weight``, ``photo.bias``, ``both.weight`` (2,), ``both.bias``.
        known: phrases to their places in ``phrases.rarity``.
    """

    def __init__(self, card: dict[str, Any], weights: dict[str, np.ndarray], known: dict[str, int]) -> None:
        self._card, self.weights, self.known = card, weights, known

    @classmethod
    def load(cls, folder: Path, card: dict[str, Any]) -> Supervised:
        path = folder / "phrases.txt"
        if not path.is_file():
            raise FileNotFoundError(f"{folder.name}: there is no phrases.txt in {folder}")
        weights = {key: value.numpy() for key, value in load_weights(folder / "model.safetensors").items()}
        known = {phrase: i for i, phrase in enumerate(path.read_text(encoding="utf-8").splitlines())}
        return cls(card, weights, known)

    @cached_property
    def contrast(self) -> PhotoContrast:
        return PhotoContrast(_encoder(self._card))

    @cached_property
    def vision(self) -> Any:
        from models.vision import load_vision

        return load_vision(self._card["parts"]["vision"])

    def logit(self, text: str, photos: Sequence[Photo]) -> float | None:
        told = self.text_logit(text) if telling(text) else None
        # One photo has no other to be compared with: it only speaks where there is no text.
        shown = self.photo_logit(photos) if len(photos) > 1 or (photos and told is None) else None
        if told is None or shown is None:
            return shown if told is None else told
        return self._linear("both", np.array([told, shown]))

    def text_logit(self, text: str) -> float:
        """Log-odds by the text alone."""
        from models.sentences import sentence_encoder

        text = telling(text)
        vector = self.text_vector(text, sentence_encoder().encode([text])[0])
        away = ((self.weights["text.support"] - vector) ** 2).sum(1)
        kernel = np.exp(-self._card["gamma"] * away)
        return float(kernel @ self.weights["text.dual"] + self.weights["text.bias"][0])

    def text_vector(self, text: str, sentence: np.ndarray) -> np.ndarray:
        """(F,) standardised signs, the (512,) sentence embedding and the phrases of a text."""
        seen = (signs(text) - self.weights["signs.mean"]) / self.weights["signs.spread"]
        said = phrase_weights(text, self.known, self.weights["phrases.rarity"])
        return np.concatenate([SIGNS * seen, SENTENCE * sentence, PHRASES * said]).astype(np.float32)

    def photo_logit(self, photos: Sequence[Photo]) -> float:
        """Log-odds by the photos alone."""
        return self._linear("photo", self.photo_vector(photos))

    def photo_vector(self, photos: Sequence[Photo]) -> np.ndarray:
        """(F,) see :func:`pipeline.diversity_features.photo_features`."""
        pooled = self.vision.features(photos).mean((2, 3)).numpy()
        return photo_features(pooled, self.contrast.encoder.encode_photos(photos).numpy(), self.contrast(photos))

    def _linear(self, part: str, features: np.ndarray) -> float:
        return float(features @ self.weights[f"{part}.weight"] + self.weights[f"{part}.bias"][0])


def _encoder(card: dict[str, Any]) -> ImageTextEncoder:
    from models.clip.factory import load_encoder

    return load_encoder(card["parts"]["clip"])


FAMILIES: dict[str, type[Family]] = {"supervised": Supervised, "zero-shot": ZeroShot}


class DiversityJudge:
    """The judge of a checkpoint.

    Args:
        name: folder under ``checkpoints/diversity``.
        root: folder of all checkpoints.

    Raises:
        FileNotFoundError: the checkpoint or a part of it is not there.
        ValueError: its family is none of ``FAMILIES``.
    """

    def __init__(self, name: str = "supervised", root: Path = CHECKPOINTS) -> None:
        folder = root / "diversity" / name
        self.card = read_card(folder)
        family = FAMILIES.get(self.card["family"])
        if family is None:
            raise ValueError(f"{name}: no family {self.card['family']!r}; there are {', '.join(FAMILIES)}")
        self.family = family.load(folder, self.card)

    def score(self, text: str, photos: Sequence[Photo]) -> float:
        """0 (one item) to 1 (several different ones), from what there is of text and photos; 0 for nothing at all."""
        logit = self.family.logit(text, photos)
        return 0.0 if logit is None else probability(logit)

    def token(self, score: float) -> str:
        return VARIATIVE if score >= self.card["threshold"] else SINGLE


def probability(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def score_lines(
    lines: Iterable[dict[str, Any]], photos: Path, judge: DiversityJudge | None = None
) -> Iterator[dict[str, Any]]:
    """Add ``score`` and ``token`` to lines with ``text`` and ``photos`` (names in the folder ``photos``), both optional."""
    from models.photo_files import read_photo
    from pipeline.settings import load_settings

    judge = judge or DiversityJudge(load_settings().diversity)
    for line in lines:
        pictures = [read_photo(photos / name) for name in line.get("photos") or []]
        score = judge.score(line.get("text") or "", pictures)
        yield line | {"score": score, "token": judge.token(score)}
