"""Measure an image-text encoder and its photo-text match on held-out photos (``python -m training clip --report``)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from models.clip.base import ImageTextEncoder
from models.photo import Photo
from moderation.match import Calibration, TextEvidence, lone_features
from training.backbone import recall_among_100
from training.clip_calibration import Evidence, Fold, TrialReader, calibrate, cross_validate
from training.clip_data import held_stamp
from training.clip_texts import goods_texts
from training.clip_trials import embed_shots
from training.clothes import ClothesAd, read_stamps
from training.images import stamp_square


def measure(encoder: ImageTextEncoder, ads: Sequence[ClothesAd], crowd: Tensor) -> tuple[Calibration, dict[str, Any]]:
    """Calibrate on all of the held-out ``ads``; measure by calibrations that have not seen the photo judged."""
    stamps = [stamp for row, stamp in enumerate(read_stamps()) if held_stamp(row)]
    pictures = [Photo(path.name, Image.fromarray(stamp_square(path))) for path, _ in stamps]
    reader = TrialReader(encoder, Evidence(embed_shots(encoder, ads), encoder.encode_photos(pictures), crowd))
    folds = cross_validate(ads, reader, len(stamps))
    calibration = calibrate(ads, reader, len(stamps))
    report = {
        "retrieval": retrieval(encoder, reader.evidence.shots[:, 0], ads),
        **pair_table(reader, ads, folds),
        "other pictures": stamp_table(reader, ads, [text for _, text in stamps], calibration),
        "ads": match_table(folds),
    }
    return calibration, report


def retrieval(encoder: ImageTextEncoder, photos: Tensor, ads: Sequence[ClothesAd]) -> dict[str, float]:
    """Recall of the right one of 100 texts for a photo; ``photos`` is (A, D)."""
    report = {}
    for name in ("caption", "ad"):
        texts = encoder.encode_texts([getattr(ad, name) for ad in ads])
        report[f"{name}_r1"], report[f"{name}_r5"] = recall_among_100(photos @ texts.T)
    return report


def match_table(folds: Sequence[Fold]) -> dict[str, dict[str, float]]:
    """Of the ads of every kind, judged by a calibration that has not seen them: share accepted, and named photos.

    For honest ads ``accepted`` is the share that passes; for mismatched ones ``rejected``; where one photo is foreign,
    ``named`` is the share where it is, and ``blamed`` the share of the other photos that are named with it.
    """
    rows: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for calibration, _, trials, features, several in folds:
        for trial, seen, many in zip(trials, features, several, strict=True):
            threshold = calibration.threshold(len(trial.photos), many)
            passed = (calibration.probabilities(seen) >= threshold).tolist()
            row = rows[trial.kind]
            if trial.honest:
                row["accepted"].append(all(passed))
            elif not any(trial.fits):
                row["rejected"].append(not all(passed))
            else:
                row["named"] += [not ok for ok, fits in zip(passed, trial.fits, strict=True) if not fits]
                row["blamed"] += [not ok for ok, fits in zip(passed, trial.fits, strict=True) if fits]
    return {kind: {name: round(float(np.mean(v)), 3) for name, v in row.items()} for kind, row in rows.items()}


def pair_table(reader: TrialReader, ads: Sequence[ClothesAd], folds: Sequence[Fold]) -> dict[str, dict[str, float]]:
    """Every held-out photo with every text, one photo an ad, judged by the calibration of the photo's fold.

    Own texts should be accepted; texts of another label, and of things that are not clothes, rejected.
    """
    labels = np.array([ad.label for ad in ads])
    foreign = torch.from_numpy(labels[:, None] != labels[None])
    report = {}
    for name in ("caption", "ad"):
        accepted = _accepted(reader, [getattr(ad, name) for ad in ads], len(ads), folds)
        report[name] = {
            "own accepted": _share(accepted.diagonal()),
            "another label's rejected": 1 - _share(accepted[foreign]),
            "another text of its label's rejected": 1 - _share(accepted[~foreign & ~torch.eye(len(ads), dtype=bool)]),
        }
    goods = _accepted(reader, [text for _, text in goods_texts("held")], len(ads), folds)
    report["other goods"] = {"rejected": 1 - _share(goods)}
    return report


def stamp_table(
    reader: TrialReader, ads: Sequence[ClothesAd], names: Sequence[str], shipped: Calibration
) -> dict[str, float]:
    """Held-out pictures of other things: their own text should be accepted, a text about clothes rejected."""
    stamps = reader.evidence.stamps
    crowd = reader.evidence.crowd
    accepted = torch.stack([_passes(shipped, stamps, text, crowd) for text in reader.texts([*names])], 1)
    captions = reader.texts([ad.caption for ad in ads])
    clothes = torch.stack([_passes(shipped, stamps, text, crowd) for text in captions], 1)
    return {"own text accepted": _share(accepted.diagonal()), "clothes rejected": 1 - _share(clothes)}


def _passes(calibration: Calibration, photos: Tensor, text: TextEvidence, crowd: Tensor) -> Tensor:
    """(N,) of N ads of one photo under one text."""
    found = calibration.probabilities(lone_features(photos, text.parts, crowd))
    return found >= calibration.threshold(1, text.several)


def _accepted(reader: TrialReader, texts: Sequence[str], photos: int, folds: Sequence[Fold]) -> Tensor:
    """(A, T) whether each photo is accepted under each text."""
    accepted = torch.zeros(photos, len(texts), dtype=torch.bool)
    shots, crowd = reader.evidence.shots, reader.evidence.crowd
    for column, text in enumerate(reader.texts(texts)):
        for fold in folds:
            accepted[fold.held, column] = _passes(fold.calibration, shots[fold.held, 0], text, crowd)
    return accepted


def _share(values: Tensor) -> float:
    return round(values.float().mean().item(), 4)
