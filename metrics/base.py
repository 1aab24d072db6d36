"""What all metrics of this room share: an ``evaluate.Metric`` that keeps its inputs in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import datasets
import evaluate

from models.words import words

TEXT = datasets.Value("string")
TEXTS = datasets.Sequence(TEXT)
VECTOR = datasets.Sequence(datasets.Value("float32"))
VECTORS = datasets.Sequence(VECTOR)

ONLY_TEXT: dict[str, object] = {"predictions": TEXT}
TEXT_AND_TEXT: dict[str, object] = {"predictions": TEXT, "references": TEXT}
TEXT_AND_REFERENCES: dict[str, object] = {"predictions": TEXT, "references": TEXTS}
VECTOR_AND_VECTOR: dict[str, object] = {"predictions": VECTOR, "references": VECTOR}
VECTOR_AND_VECTORS: dict[str, object] = {"predictions": VECTOR, "references": VECTORS}
ONLY_VECTORS: dict[str, object] = {"predictions": VECTORS}


class LocalMetric(evaluate.Metric):
    """An ``evaluate.Metric`` described by class attributes.

    Attributes:
        about: what it measures.
        range: lowest and highest value of the corpus score.
        source: the paper the behaviour follows.
        inputs: feature of every input of ``compute``.
    """

    about: ClassVar[str]
    range: ClassVar[tuple[float, float]]
    source: ClassVar[str]
    inputs: ClassVar[dict[str, object]]

    def __init__(self) -> None:
        # In memory: two evaluations at once would otherwise wait for each other's lock in the user's cache folder.
        super().__init__(keep_in_memory=True)

    def _info(self) -> evaluate.MetricInfo:
        low, high = self.range
        return evaluate.MetricInfo(
            description=f"{self.about} Range: {low:g} to {high:g}.",
            citation=self.source,
            inputs_description=f"Inputs: {', '.join(self.inputs)}.",
            features=datasets.Features(self.inputs),
        )


def mean(values: Sequence[float]) -> float:
    """The mean; raises ValueError when there is nothing to average."""
    if not len(values):
        raise ValueError("there is nothing to score")
    return float(sum(values) / len(values))


def for_library(
    predictions: Sequence[str], references: Sequence[Sequence[str]]
) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    """References and predictions as ``pycocoevalcap`` takes them: ``{number: [text]}``, words joined by spaces.

    Raises:
        ValueError: nothing to score, or a text without a reference.
    """
    if not predictions:
        raise ValueError("there is nothing to score")
    if not all(references):
        raise ValueError("every text needs at least one reference")
    joined = {i: [" ".join(words(text)) for text in texts] for i, texts in enumerate(references)}
    return joined, {i: [" ".join(words(text))] for i, text in enumerate(predictions)}
