"""How much a text repeats itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import ONLY_TEXT, LocalMetric, mean
from models.words import words

LENGTHS = (1, 2, 3, 4)


def repetition(text: str, n: int) -> float:
    """Share of the n-grams of a text that stood in it before, 0..1; 0 when there is no n-gram."""
    tokens = words(text)
    grams = [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0


class Repetition(LocalMetric):
    """``compute(predictions=texts)``: ``repetition_1`` to ``repetition_4``, means over texts; ``per_text`` is n = 2."""

    about = "1 minus distinct n-grams over all n-grams of a text."
    range = (0.0, 1.0)
    source = "seq-rep-n of Welleck et al. 2020, Neural Text Generation with Unlikelihood Training, arXiv:1908.04319"
    inputs = ONLY_TEXT

    def _compute(self, predictions: Sequence[str]) -> dict[str, Any]:
        by_length = {n: [repetition(text, n) for text in predictions] for n in LENGTHS}
        return {**{f"repetition_{n}": mean(scores) for n, scores in by_length.items()}, "per_text": by_length[2]}
