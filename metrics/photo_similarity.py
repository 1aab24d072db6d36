"""How alike the photos of an ad are, over many ads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import ONLY_VECTORS, LocalMetric, mean
from metrics.similarity import photo_similarity


class PhotoSimilarity(LocalMetric):
    """``compute(predictions=photo embeddings (A, N_a, D))``; ads of one photo count in ``ads`` but not in the means."""

    about = "Mean and max cosine over the pairs of photos of an ad; None for ads of one photo."
    range = (-1.0, 1.0)
    source = "cosine of image embeddings, Radford et al. 2021, arXiv:2103.00020"
    inputs = ONLY_VECTORS

    def _compute(self, predictions: Sequence[Sequence[Sequence[float]]]) -> dict[str, Any]:
        import torch

        scores = [photo_similarity(torch.tensor(photos)) for photos in predictions]
        means = [s["photo_photo_mean"] for s in scores if s["photo_photo_mean"] is not None]
        highest = [s["photo_photo_max"] for s in scores if s["photo_photo_max"] is not None]
        return {
            "photo_photo_mean": mean(means) if means else None,
            "photo_photo_max": mean(highest) if highest else None,
            "ads": len(scores),
            "ads_with_pairs": len(means),
            "per_text": [s["photo_photo_mean"] for s in scores],
        }
