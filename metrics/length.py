"""How long the texts are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import ONLY_TEXT, LocalMetric, mean
from models.words import words


class Length(LocalMetric):
    """``compute(predictions=texts)``: mean, shortest and longest in words (placeholders count), mean in characters."""

    about = "Words and characters of a text, and the share of empty texts."
    range = (0.0, float("inf"))
    source = "counts"
    inputs = ONLY_TEXT

    def _compute(self, predictions: Sequence[str]) -> dict[str, Any]:
        counts = [len(words(text)) for text in predictions]
        return {
            "words": mean(counts),
            "words_shortest": min(counts),
            "words_longest": max(counts),
            "characters": mean([len(text) for text in predictions]),
            "empty": mean([not count for count in counts]),
            "per_text": counts,
        }
