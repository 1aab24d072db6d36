"""CLIPScore over many ads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import VECTOR_AND_VECTORS, LocalMetric, mean
from metrics.similarity import CLIPSCORE_WEIGHT, clipscore


class ClipScore(LocalMetric):
    """``compute(predictions=text embeddings (A, D), references=photo embeddings (A, N_a, D))``, unit vectors.

    Score with an encoder that is not the captioner's own backbone, or say that it is.
    """

    about = "Cosine of photo and text cut to 0..1, mean and max over the photos of an ad; 'hessel_*' is 2.5 times that."
    range = (0.0, 1.0)
    source = "Hessel et al. 2021, CLIPScore: A Reference-free Evaluation Metric for Image Captioning, arXiv:2104.08718"
    inputs = VECTOR_AND_VECTORS

    def _compute(
        self, predictions: Sequence[Sequence[float]], references: Sequence[Sequence[Sequence[float]]]
    ) -> dict[str, Any]:
        import torch

        scores = [
            clipscore(torch.tensor(photos), torch.tensor(text))
            for text, photos in zip(predictions, references, strict=True)
        ]
        means, highest = [s["clipscore_mean"] for s in scores], [s["clipscore_max"] for s in scores]
        return {
            "clipscore_mean": mean(means),
            "clipscore_max": mean(highest),
            "hessel_mean": CLIPSCORE_WEIGHT * mean(means),
            "hessel_max": CLIPSCORE_WEIGHT * mean(highest),
            "per_text": means,
            "per_text_max": highest,
        }
