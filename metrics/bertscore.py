"""BERTScore over many texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import TEXT_AND_REFERENCES, LocalMetric, mean
from metrics.bert_scorer import BertScorer


class BertScore(LocalMetric):
    """``compute(predictions=texts, references=lists of texts, scorer=None)``; by default the built-in scorer."""

    about = "Greedy cosine matching of contextual word pieces: precision, recall, F1."
    range = (-1.0, 1.0)
    source = "Zhang et al. 2020, BERTScore: Evaluating Text Generation with BERT, arXiv:1904.09675"
    inputs = TEXT_AND_REFERENCES

    def _compute(
        self, predictions: Sequence[str], references: Sequence[Sequence[str]], scorer: BertScorer | None = None
    ) -> dict[str, Any]:
        scores = (scorer or BertScorer()).scores(predictions, references)
        return {
            "bertscore": mean([s.f1 for s in scores]),
            "precision": mean([s.precision for s in scores]),
            "recall": mean([s.recall for s in scores]),
            "per_text": [s.f1 for s in scores],
        }
