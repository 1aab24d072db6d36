"""Similarity of the seller's own text and the generated one, over many ads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import VECTOR_AND_VECTOR, LocalMetric, mean
from metrics.similarity import source_output_clip


class SourceOutputClip(LocalMetric):
    """``compute(predictions=output embeddings (A, D), references=source embeddings (A, D))``, unit vectors."""

    about = "Cosine of source and output in the text tower of an image-text encoder."
    range = (-1.0, 1.0)
    source = "cosine of text embeddings, Radford et al. 2021, arXiv:2103.00020"
    inputs = VECTOR_AND_VECTOR

    def _compute(self, predictions: Sequence[Sequence[float]], references: Sequence[Sequence[float]]) -> dict[str, Any]:
        import torch

        scores = [
            source_output_clip(torch.tensor(source), torch.tensor(output))
            for output, source in zip(predictions, references, strict=True)
        ]
        return {"source_output_clip": mean(scores), "per_text": scores}
