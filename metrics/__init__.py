"""Metrics of descriptions: each an ``evaluate.Metric`` defined here, so nothing is ever downloaded.

Importing ``evaluate`` takes seconds, so the service uses what needs no reference and no ``evaluate``:

- ``metrics.similarity``: ``clipscore``, ``photo_similarity``, ``source_output_clip`` on unit embeddings;
- ``metrics.bert_scorer``: ``BertScorer``, loaded once and kept.

Training and evaluation use the metrics themselves, by module or by name: ``load_metric("cider").compute(…)``. Each
result holds the corpus score and ``per_text``, the scores of the single texts (for bootstrap intervals).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

METRICS = {
    "clipscore": "ClipScore",
    "photo_similarity": "PhotoSimilarity",
    "source_output": "SourceOutputClip",
    "bertscore": "BertScore",
    "cider": "Cider",
    "humanness": "Humanness",
    "bleu": "Bleu",
    "rouge": "RougeL",
    "meteor": "Meteor",
    "attributes": "AttributeAccuracy",
    "invented_numbers": "InventedNumbers",
    "placeholders": "PlaceholderRecall",
    "repetition": "Repetition",
    "distinct": "Distinct",
    "length": "Length",
}


def load_metric(name: str) -> Any:
    """The metric of this name (an ``evaluate.Metric``); raises KeyError naming the known ones."""
    if name not in METRICS:
        raise KeyError(f"unknown metric {name!r}; known: {', '.join(METRICS)}")
    return getattr(import_module(f"metrics.{name}"), METRICS[name])()
