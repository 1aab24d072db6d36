"""Fit the photo-text match of any encoder on ads of held-out photos: a logistic regression and its thresholds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from models.clip.base import ImageTextEncoder
from moderation.match import Calibration, match_features, text_parts
from training.clip_trials import PHOTO_COUNTS, Trial, TrialMaker
from training.clothes import ClothesAd

ACCEPTED = 0.965
FOLDS = 5


@dataclass(frozen=True)
class Evidence:
    """Embeddings of all held-out pictures.

    Attributes:
        shots: (A, S, D) of the ads.
        stamps: (T, D) of things that are not clothes.
    """

    shots: Tensor
    stamps: Tensor

    def photos(self, trial: Trial) -> Tensor:
        """(N, D) embeddings of the photos of an ad."""
        return torch.stack([self.stamps[-1 - ad] if ad < 0 else self.shots[ad, shot] for ad, shot in trial.photos])


class TrialReader:
    """Features of ads; every part of a text is embedded once."""

    def __init__(self, encoder: ImageTextEncoder, evidence: Evidence) -> None:
        self.encoder, self.evidence = encoder, evidence
        self._parts: dict[str, Tensor] = {}

    def features(self, trials: Sequence[Trial]) -> list[Tensor]:
        """(N, F) of each ad, as the judge computes them."""
        texts = self.texts([trial.text for trial in trials])
        return [match_features(self.evidence.photos(t), parts) for t, parts in zip(trials, texts, strict=True)]

    def texts(self, texts: Sequence[str]) -> list[Tensor]:
        """(P, D) embeddings of the parts of each text."""
        parts = [text_parts(text) for text in texts]
        self._embed([part for of_text in parts for part in of_text])
        return [torch.stack([self._parts[part] for part in of_text]) for of_text in parts]

    def _embed(self, parts: Sequence[str]) -> None:
        new = [part for part in dict.fromkeys(parts) if part not in self._parts]
        for start in tqdm(range(0, len(new), 64), desc="texts", mininterval=30):
            batch = new[start : start + 64]
            self._parts.update(zip(batch, self.encoder.encode_texts(batch), strict=True))


def make_trials(maker: TrialMaker) -> list[Trial]:
    """Honest ads, the same with a foreign photo, and with the text of something else."""
    honest = maker.honest()
    foreign = [maker.with_foreign(trial) for trial in honest if len(trial.photos) > 1]
    mismatched = [maker.mismatched(trial) for trial in honest]
    return [*honest, *(trial for trial in foreign if not trial.honest), *mismatched]


def fit(trials: Sequence[Trial], features: Sequence[Tensor], accepted: float = ACCEPTED) -> Calibration:
    """Logistic regression over all photos, each kind of ad weighing the same, then thresholds over the honest ads.

    Args:
        trials: ads, honest and not.
        features: (N, F) of each.
        accepted: share of the honest ads of every kind that must pass.
    """
    from sklearn.linear_model import LogisticRegression

    kinds = defaultdict(int)
    for trial in trials:
        kinds[trial.kind] += len(trial.photos)
    fits = np.concatenate([trial.fits for trial in trials])
    weights = np.concatenate([[1 / kinds[trial.kind]] * len(trial.photos) for trial in trials])
    for value in (True, False):
        weights[fits == value] /= weights[fits == value].sum()
    regression = LogisticRegression(C=1e3, max_iter=1000)
    regression.fit(torch.cat(list(features)).numpy(), fits, weights * len(fits) / 2)
    calibration = Calibration(float(regression.intercept_[0]), tuple(regression.coef_[0].tolist()), ())
    return Calibration(calibration.bias, calibration.weights, _thresholds(calibration, trials, features, accepted))


def _thresholds(
    calibration: Calibration, trials: Sequence[Trial], features: Sequence[Tensor], accepted: float
) -> tuple[tuple[int, float], ...]:
    """For every number of photos, the probability that ``accepted`` of the honest ads of its worst kind reach."""
    lowest: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for trial, seen in zip(trials, features, strict=True):
        if trial.honest:
            lowest[len(trial.photos)][trial.kind].append(float(calibration.probabilities(seen).min()))
    return tuple(
        (count, min(float(np.quantile(values, 1 - accepted)) for values in lowest[count].values()))
        for count in PHOTO_COUNTS
    )


class Fold(NamedTuple):
    """Some of the held-out ads, and a calibration fitted on the others.

    Attributes:
        held: indices of the ads of this fold.
        trials: ads made of them.
        features: (N, F) of each trial.
    """

    calibration: Calibration
    held: np.ndarray
    trials: list[Trial]
    features: list[Tensor]


def cross_validate(ads: Sequence[ClothesAd], reader: TrialReader, stamps: int) -> list[Fold]:
    """Fit on four fifths of the held-out ads and make ads of the last fifth, five times."""
    part = np.random.default_rng(0).permutation(len(ads)) % FOLDS
    folds = []
    for number in range(FOLDS):
        held = np.flatnonzero(part == number)
        fitted = make_trials(TrialMaker(ads, np.flatnonzero(part != number), stamps, seed=number))
        tested = make_trials(TrialMaker(ads, held, stamps, seed=100 + number))
        folds.append(Fold(fit(fitted, reader.features(fitted)), held, tested, reader.features(tested)))
    return folds


def calibrate(ads: Sequence[ClothesAd], reader: TrialReader, stamps: int) -> Calibration:
    """Fit on all held-out ads."""
    trials = make_trials(TrialMaker(ads, range(len(ads)), stamps))
    return fit(trials, reader.features(trials))
