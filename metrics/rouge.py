"""ROUGE-L."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import TEXT_AND_REFERENCES, LocalMetric, for_library


class RougeL(LocalMetric):
    """``compute(predictions=texts, references=lists of texts)``; mean of the texts' scores."""

    about = "F-measure (β = 1.2, best precision and best recall over the references) of the longest common subsequence."
    range = (0.0, 1.0)
    source = "Lin 2004, ROUGE, https://aclanthology.org/W04-1013, as in pycocoevalcap"
    inputs = TEXT_AND_REFERENCES

    def _compute(self, predictions: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, Any]:
        from pycocoevalcap.rouge.rouge import Rouge

        score, by_text = Rouge().compute_score(*for_library(predictions, references))
        return {"rouge_l": float(score), "per_text": [float(s) for s in by_text]}
