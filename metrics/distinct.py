"""How different the texts are from each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import ONLY_TEXT, LocalMetric
from models.words import words


def distinct_share(texts: Sequence[str]) -> float:
    """Share of different texts among all (compared by words), 0..1; raises ValueError without texts."""
    if not texts:
        raise ValueError("there is nothing to score")
    return len({tuple(words(text)) for text in texts}) / len(texts)


class Distinct(LocalMetric):
    """``compute(predictions=texts)``: ``distinct_texts``, and distinct n-grams over all words for n = 1, 2."""

    about = "Share of different texts among all; 'distinct_n': different n-grams of all texts over all their n-grams."
    range = (0.0, 1.0)
    source = "distinct-n of Li et al. 2016, A Diversity-Promoting Objective Function, arXiv:1510.03055"
    inputs = ONLY_TEXT

    def _compute(self, predictions: Sequence[str]) -> dict[str, Any]:
        return {
            "distinct_texts": distinct_share(predictions),
            **{f"distinct_{n}": _distinct_ngrams(predictions, n) for n in (1, 2)},
        }


def _distinct_ngrams(texts: Sequence[str], n: int) -> float:
    grams = [tuple(tokens[i : i + n]) for tokens in (words(text) for text in texts) for i in range(len(tokens) - n + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0
