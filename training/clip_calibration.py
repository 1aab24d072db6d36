"""Fit the photo-text match of any encoder on ads of held-out photos: a logistic regression and its thresholds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from models.clip.base import ImageTextEncoder
from models.photo import Photo
from models.photo_files import read_photo
from moderation.listing import lists_things, text_parts
from moderation.match import (
    KINDS,
    VAGUE,
    Calibration,
    TextEvidence,
    Thresholds,
    is_vague,
    match_features,
)  # fmt: skip
from training.clip_trials import Trial, TrialMaker
from training.clothes import ClothesAd

ACCEPTED = 0.965
ACCEPTED_ALONE = 0.96  # of one photo there are four times as many ads: the quantile is surer
FOLDS = 5
ENOUGH = 15  # ads of a kind for a quantile
CROWD = 64
CROWD_PHOTOS = 1200


@dataclass(frozen=True)
class Evidence:
    """Embeddings of all held-out pictures.

    Attributes:
        shots: (A, S, D) of the ads.
        stamps: (T, D) of things that are not clothes.
        crowd: (K, D) typical photos of the training part.
    """

    shots: Tensor
    stamps: Tensor
    crowd: Tensor

    def photos(self, trial: Trial) -> Tensor:
        """(N, D) embeddings of the photos of an ad."""
        return torch.stack([self.stamps[-1 - ad] if ad < 0 else self.shots[ad, shot] for ad, shot in trial.photos])


def typical_photos(encoder: ImageTextEncoder, ads: Sequence[ClothesAd]) -> Tensor:
    """(K, D) unit vectors: the centres of the embeddings of some training photos."""
    from sklearn.cluster import KMeans

    chosen = np.random.default_rng(0).permutation(len(ads))[:CROWD_PHOTOS]
    rows = []
    for index in tqdm(chosen, desc="crowd", mininterval=30):
        rows.append(encoder.encode_photos([Photo(str(index), read_photo(ads[index].photo).image)])[0])
    centres = KMeans(CROWD, n_init=3, random_state=0).fit(torch.stack(rows).numpy()).cluster_centers_
    return torch.nn.functional.normalize(torch.from_numpy(centres).float(), dim=-1)


class TrialReader:
    """Features of ads; every part of a text is embedded once."""

    def __init__(self, encoder: ImageTextEncoder, evidence: Evidence) -> None:
        self.encoder, self.evidence = encoder, evidence
        self._parts: dict[str, Tensor] = {}
        self._vague = encoder.encode_texts(VAGUE)

    def features(self, trials: Sequence[Trial]) -> list[Tensor]:
        """(N, F) of each ad, as the judge computes them."""
        texts = self.texts([trial.text for trial in trials])
        crowd = self.evidence.crowd
        return [
            match_features(self.evidence.photos(t), text.parts, crowd) for t, text in zip(trials, texts, strict=True)
        ]

    def texts(self, texts: Sequence[str]) -> list[TextEvidence]:
        """Each text as the judge sees it."""
        parts = [text_parts(text) for text in texts]
        self._embed([part for of_text in parts for part in of_text])
        return [self._evidence(text, of_text) for text, of_text in zip(texts, parts, strict=True)]

    def several(self, trials: Sequence[Trial]) -> list[bool]:
        return [text.several for text in self.texts([trial.text for trial in trials])]

    def _evidence(self, text: str, parts: Sequence[str]) -> TextEvidence:
        embedded = torch.stack([self._parts[part] for part in parts])
        return TextEvidence(embedded, lists_things(text) or is_vague(embedded[0], self._vague))

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


def fit(trials: Sequence[Trial], reader: TrialReader, accepted: float = ACCEPTED) -> Calibration:
    """Logistic regression over all photos, each kind of ad weighing the same, then thresholds over the honest ads.

    Args:
        trials: ads, honest and not.
        accepted: share of the honest ads of every kind that must pass (``ACCEPTED_ALONE`` of those of one photo).
    """
    from sklearn.linear_model import LogisticRegression

    features = reader.features(trials)
    kinds = defaultdict(int)
    for trial in trials:
        kinds[trial.kind] += len(trial.photos)
    fits = np.concatenate([trial.fits for trial in trials])
    weights = np.concatenate([[1 / kinds[trial.kind]] * len(trial.photos) for trial in trials])
    for value in (True, False):
        weights[fits == value] /= weights[fits == value].sum()
    regression = LogisticRegression(C=1e3, max_iter=3000)
    regression.fit(torch.cat(list(features)).numpy(), fits, weights * len(fits) / 2)
    calibration = Calibration(float(regression.intercept_[0]), tuple(regression.coef_[0].tolist()), {})
    return replace(calibration, thresholds=_thresholds(calibration, trials, features, reader.several(trials), accepted))


def _thresholds(
    calibration: Calibration, trials: Sequence[Trial], features: Sequence[Tensor], several: Sequence[bool],
    accepted: float,
) -> dict[bool, Thresholds]:  # fmt: skip
    """By kind of text and number of photos: what ``accepted`` of the honest ads of the worst kind reach."""
    lowest: dict[bool, dict[int, dict[str, list[float]]]] = {
        value: defaultdict(lambda: defaultdict(list)) for value in KINDS.values()
    }
    for trial, seen, many in zip(trials, features, several, strict=True):
        if trial.honest:
            lowest[many][len(trial.photos)][trial.kind].append(float(calibration.probabilities(seen).min()))
    return {
        many: tuple((count, _worst(kinds, accepted if count > 1 else ACCEPTED_ALONE)) for count, kinds in found.items())
        for many, found in lowest.items()
    }


def _worst(kinds: dict[str, list[float]], accepted: float) -> float:
    """The lowest quantile over the kinds of which there are enough ads to speak of one."""
    enough = [values for values in kinds.values() if len(values) >= ENOUGH] or list(kinds.values())
    return min(float(np.quantile(values, 1 - accepted)) for values in enough)


class Fold(NamedTuple):
    """Some of the held-out ads, and a calibration fitted on the others.

    Attributes:
        held: indices of the ads of this fold.
        trials: ads made of them.
        features: (N, F) of each trial.
        several: whether the text of each is of several things.
    """

    calibration: Calibration
    held: np.ndarray
    trials: list[Trial]
    features: list[Tensor]
    several: list[bool]


def cross_validate(ads: Sequence[ClothesAd], reader: TrialReader, stamps: int) -> list[Fold]:
    """Fit on four fifths of the held-out ads and make ads of the last fifth, five times."""
    part = np.random.default_rng(0).permutation(len(ads)) % FOLDS
    folds = []
    for number in range(FOLDS):
        held = np.flatnonzero(part == number)
        fitted = make_trials(TrialMaker(ads, np.flatnonzero(part != number), stamps, seed=number))
        tested = make_trials(TrialMaker(ads, held, stamps, seed=100 + number))
        folds.append(Fold(fit(fitted, reader), held, tested, reader.features(tested), reader.several(tested)))
    return folds


def calibrate(ads: Sequence[ClothesAd], reader: TrialReader, stamps: int) -> Calibration:
    """Fit on all held-out ads."""
    trials = make_trials(TrialMaker(ads, range(len(ads)), stamps))
    return fit(trials, reader)
