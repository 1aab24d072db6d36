"""Numbers of the output that the input does not hold: must be none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import TEXT_AND_TEXT, LocalMetric, mean
from metrics.numerals import numbers, numbers_said


def invented_numbers(output: str, source: str) -> list[float]:
    """Values in the output, in digits or words, that no reading of the source gives.

    Strict on purpose: «два кармана» is a number too. Placeholders are none.
    """
    known = numbers_said(source)
    return [value for value in numbers(output) if value not in known]


class InventedNumbers(LocalMetric):
    """``compute(predictions=outputs, references=inputs)``, both masked or both unmasked."""

    about = "Share of texts with a number, in digits or words, that the input does not hold; 'count': all such numbers."
    range = (0.0, 1.0)
    source = "set difference of values; hallucination in the sense of Rohrbach et al. 2018, arXiv:1809.02156"
    inputs = TEXT_AND_TEXT

    def _compute(self, predictions: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
        invented = [invented_numbers(output, source) for output, source in zip(predictions, references, strict=True)]
        return {
            "invented_numbers": mean([bool(values) for values in invented]),
            "count": sum(map(len, invented)),
            "per_text": [len(values) for values in invented],
        }
