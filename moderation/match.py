"""Photo-text match: does every photo of an ad show what its text speaks of?

Cosines of an image-text encoder (Radford et al. 2021, CLIP) become a probability by a logistic calibration (Platt 1999)
that is fitted on held-out ads and stored in the encoder's card, together with a threshold for every number of photos:
an ad is turned away when any of its photos is, so ten photos must each be judged more mildly than one; and so is a
photo of one of several things, of which the text says a word or two each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from models.checkpoint import CHECKPOINTS, load_weights, read_card
from models.clip.base import ImageTextEncoder
from models.photo import Photo
from moderation.listing import lists_things, text_parts
from moderation.match_messages import NOTHING_TO_COMPARE, about_ad, about_photo
from moderation.verdict import Verdict

FEATURES = ("cosine", "part", "below", "apart", "above", "above_part", "telling", "telling_part")
# Texts that fit everything; one as close to them as this names nothing that a photo could contradict.
VAGUE = ("Пакет вещей", "Разные вещи", "Вещи")
VAGUE_COSINE = 0.7
CROWD_FILE = "crowd.safetensors"
Thresholds = tuple[tuple[int, float], ...]
KINDS = {"one thing": False, "several things": True}


@dataclass(frozen=True)
class TextEvidence:
    """A text as the judge sees it.

    Attributes:
        parts: (P, D) unit vectors of ``text_parts``, the whole text first.
        several: it lists several things, or names none in particular.
    """

    parts: Tensor
    several: bool


@dataclass(frozen=True)
class Calibration:
    """From an encoder's cosines to a probability and a decision.

    Attributes:
        bias: of the logistic regression.
        weights: of ``FEATURES``, in their order.
        thresholds: lowest accepted probability by number of photos, increasing numbers, for texts of one thing and of
            several; between the numbers it is interpolated (logit over the logarithm of the number).
    """

    bias: float
    weights: tuple[float, ...]
    thresholds: dict[bool, Thresholds]

    @classmethod
    def of(cls, card: Mapping[str, Any], name: str) -> Calibration:
        """Read ``calibration`` of a card; raises ValueError saying how to make it."""
        if "calibration" not in card:
            raise ValueError(f"{name} is not calibrated for the match: run python -m training clip --calibrate {name}")
        stored = card["calibration"]
        weights = tuple(float(stored["weights"][feature]) for feature in FEATURES)
        thresholds = {
            several: tuple(sorted((int(count), float(p)) for count, p in stored["thresholds"][kind].items()))
            for kind, several in KINDS.items()
        }
        return cls(float(stored["bias"]), weights, thresholds)

    def to_json(self) -> dict[str, Any]:
        return {
            "bias": self.bias,
            "weights": dict(zip(FEATURES, self.weights, strict=True)),
            "thresholds": {
                kind: {str(count): p for count, p in self.thresholds[several]} for kind, several in KINDS.items()
            },
        }

    def probabilities(self, features: Tensor) -> Tensor:
        """(N, F) features -> (N,) probabilities."""
        return torch.sigmoid(features @ torch.tensor(self.weights) + self.bias)

    def threshold(self, photos: int, several: bool) -> float:
        """Lowest accepted probability of each photo of an ad with so many, its text of one thing or of several."""
        (low, p), *rest = self.thresholds[several]
        for high, q in rest:
            if photos <= high:
                share = max(0.0, math.log(photos / low) / math.log(high / low))
                return _sigmoid((1 - share) * _logit(p) + share * _logit(q))
            low, p = high, q
        return p


@dataclass(frozen=True)
class PhotoMatch:
    """How well one photo fits the text of its ad.

    Attributes:
        cosine: of the photo and the whole text.
        probability: that they belong together, in the light of the text's parts and the other photos.
        accepted: whether that is enough for an ad of so many photos.
    """

    cosine: float
    probability: float
    accepted: bool


class MatchJudge:
    """Compares every photo of an ad with its text.

    Args:
        encoder: where photos and texts are embedded.
        calibration: of this encoder; that of its card when left out.
        crowd: (K, D) unit vectors of typical photos; those beside its card when left out.
    """

    def __init__(
        self, encoder: ImageTextEncoder, calibration: Calibration | None = None, crowd: Tensor | None = None
    ) -> None:
        self.encoder = encoder
        self.calibration = calibration or _stored_calibration(encoder.name)
        self.crowd = stored_crowd(encoder.name) if crowd is None else crowd
        self._vague = encoder.encode_texts(VAGUE)

    def judge(self, text: str, photos: Sequence[Photo]) -> list[Verdict]:
        """One verdict a photo, then that of the ad, which passes when all its photos do.

        Without text or photos: one verdict that does not apply.
        """
        if not text.strip() or not photos:
            return [Verdict("match", None, None, NOTHING_TO_COMPARE)]
        evidence = self.read(text)
        matches = self.score(self.encoder.encode_photos(photos), evidence)
        verdicts = [
            Verdict(
                check="match",
                passed=match.accepted,
                score=match.probability,
                message=about_photo(photo.name, index, match.probability, match.accepted),
                photo=photo.name,
                index=index,
                details={"cosine": match.cosine},
            )
            for index, (photo, match) in enumerate(zip(photos, matches, strict=True))
        ]
        return [*verdicts, self._about_ad(verdicts, evidence.several)]

    def read(self, text: str) -> TextEvidence:
        """Embed the parts of a text."""
        parts = self.encoder.encode_texts(text_parts(text))
        return TextEvidence(parts, lists_things(text) or is_vague(parts[0], self._vague))

    def score(self, photos: Tensor, text: TextEvidence) -> list[PhotoMatch]:
        """Match the (N, D) embeddings of an ad's photos with its text."""
        features = match_features(photos, text.parts, self.crowd)
        threshold = self.calibration.threshold(len(photos), text.several)
        return [
            PhotoMatch(cosine, probability, probability >= threshold)
            for cosine, probability in zip(
                features[:, 0].tolist(), self.calibration.probabilities(features).tolist(), strict=True
            )
        ]

    def _about_ad(self, verdicts: Sequence[Verdict], several: bool) -> Verdict:
        rejected = [verdict for verdict in verdicts if not verdict.passed]
        score = min(verdict.score for verdict in verdicts if verdict.score is not None)
        details = {"threshold": self.calibration.threshold(len(verdicts), several)}
        return Verdict("match", not rejected, score, about_ad(rejected, len(verdicts)), details=details)


def is_vague(text: Tensor, vague: Tensor) -> bool:
    """Whether a text's (D,) embedding says no more than the (V, D) vague ones."""
    return float((vague @ text).max()) > VAGUE_COSINE


def match_features(photos: Tensor, texts: Tensor, crowd: Tensor) -> Tensor:
    """What the calibration reads of each photo of an ad.

    Args:
        photos: (N, D) unit vectors.
        texts: (P, D) unit vectors of ``text_parts``, the whole text first.
        crowd: (K, D) unit vectors of typical photos.

    Returns:
        (N, F) in the order of ``FEATURES``: those of ``lone_features``, and by how much the photo fits worse than the
        others do (their median, 0 for a single photo), by how much it is less similar to the others than they are among
        themselves (0 for one or two photos).
    """
    features = lone_features(photos, texts, crowd)
    features[:, 2] = _below(features[:, 0] + features[:, 1])
    features[:, 3] = _apart(photos @ photos.T)
    return features


def lone_features(photos: Tensor, texts: Tensor, crowd: Tensor) -> Tensor:
    """``match_features`` of N ads of one photo each, all with the same text.

    Besides the cosine with the whole text and by how much the best part is closer: how far the cosine is above that of
    the crowd's eighth that fits the text best (as scores of speakers are normalised by a cohort, Auckenthaler et al.
    2000), by how much more it is for the best part, and how well the text (its best part) tells photos apart at all.
    """
    cosines, of_crowd = photos @ texts.T, texts @ crowd.T
    closest = of_crowd.topk(max(1, len(crowd) // 8), 1).values.mean(1)
    above, telling = cosines - closest, closest - of_crowd.mean(1)
    features = torch.zeros(len(photos), len(FEATURES))
    features[:, 0] = cosines[:, 0]
    features[:, 1] = cosines.max(1).values - cosines[:, 0]
    features[:, 4] = above[:, 0]
    features[:, 5] = above.max(1).values - above[:, 0]
    features[:, 6] = telling[0]
    features[:, 7] = telling.max()
    return features


def _below(best: Tensor) -> Tensor:
    if len(best) < 2:
        return torch.zeros_like(best)
    others = torch.stack([torch.cat([best[:i], best[i + 1 :]]).median() for i in range(len(best))])
    return (others - best).clamp(min=0.0)


def _apart(similarity: Tensor) -> Tensor:
    """(N, N) cosines among photos -> (N,)."""
    n = len(similarity)
    if n < 3:
        return torch.zeros(n)
    sums = similarity.sum(1) - similarity.diagonal()
    among_others = (sums.sum() - 2 * sums) / ((n - 1) * (n - 2))
    return (among_others - sums / (n - 1)).clamp(min=0.0)


def _stored_calibration(name: str) -> Calibration:
    return Calibration.of(read_card(CHECKPOINTS / "clip" / name), name)


def stored_crowd(name: str) -> Tensor:
    """(K, D) typical photos of an encoder; raises ValueError saying how to make them."""
    path = CHECKPOINTS / "clip" / name / CROWD_FILE
    if not path.is_file():
        raise ValueError(f"{name} is not calibrated for the match: run python -m training clip --calibrate {name}")
    return load_weights(path)["crowd"]


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))
