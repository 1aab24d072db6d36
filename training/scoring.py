"""Scores of generated texts against the lines of an ads file, text by text, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.prompt import Task

Lines = dict[str, list[dict[str, Any]]]
RESAMPLES = 2000


@dataclass(frozen=True)
class TextScores:
    """One metric over all texts: ``values[i]`` belongs to text i (NaN where it does not apply)."""

    values: np.ndarray

    @property
    def mean(self) -> float:
        return float(np.nanmean(self.values))

    def interval(self, seed: int = 0) -> tuple[float, float]:
        """95 % percentile bootstrap interval of the mean (Efron & Tibshirani 1993)."""
        return bootstrap_interval(self.values[~np.isnan(self.values)], seed)


def bootstrap_interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """95 % interval of the mean of ``values``, from ``RESAMPLES`` resamples; also of paired differences."""
    draws = np.random.default_rng(seed).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(1), [2.5, 97.5])
    return float(low), float(high)


def agreement(texts: dict[str, str], references: Lines, task: Task) -> dict[str, TextScores]:
    """CIDEr and the right kind of item, main colour and pattern.

    Args:
        texts: generated text by photo name.
        references: lines of the ads file by photo name (several lines: several references and annotations).
    """
    from metrics.cider import cider_scores

    wanted = [[line[task] for line in references[name]] for name in texts]
    return _scores({"cider": cider_scores(list(texts.values()), wanted), **_attributes(texts, references)})


def score_texts(texts: dict[str, str], references: Lines, task: Task, meteor: bool = False) -> dict[str, TextScores]:
    """Every metric that needs no photo, by its name; ``meteor`` starts Java."""
    from metrics import load_metric
    from metrics.numerals import numbers

    predictions = list(texts.values())
    wanted = [[line[task] for line in references[name]] for name in texts]
    columns = {}
    for column, metric in (("bertscore", "bertscore"), ("bleu_4_sentence", "bleu"), ("rouge_l", "rouge")):
        columns[column] = load_metric(metric).compute(predictions=predictions, references=wanted)["per_text"]
    if meteor:
        columns["meteor"] = load_metric("meteor").compute(predictions=predictions, references=wanted)["per_text"]
    columns["repetition_2"] = load_metric("repetition").compute(predictions=predictions)["per_text"]
    columns["words"] = [len(text.split()) for text in predictions]
    columns["texts_with_numbers"] = [float(bool(numbers(text))) for text in predictions]
    columns |= _voices(predictions, wanted, [references[name] for name in texts])
    return agreement(texts, references, task) | _scores(columns)


def _scores(columns: dict[str, Any]) -> dict[str, TextScores]:
    return {name: TextScores(np.asarray(values, float)) for name, values in columns.items()}


def _attributes(texts: dict[str, str], references: Lines) -> dict[str, list[float]]:
    """Right item, main colour and pattern: the mean over the annotators of a photo, each against their own annotation."""
    from metrics.attributes import names_item, names_main_colour, names_pattern

    scores: dict[str, list[float]] = {"item": [], "main_colour": [], "pattern": []}
    for name, text in texts.items():
        lines = references[name]
        scores["item"].append(float(np.mean([names_item(text, line["item"]) for line in lines])))
        scores["main_colour"].append(float(np.mean([names_main_colour(text, line["colors"][0]) for line in lines])))
        named = [right for line in lines if (right := names_pattern(text, line["pattern"])) is not None]
        scores["pattern"].append(float(np.mean(named)) if named else np.nan)
    return scores


def _voices(
    predictions: list[str], wanted: list[list[str]], lines: Sequence[list[dict[str, Any]]]
) -> dict[str, np.ndarray]:
    """Humanness and anti-humanness of the texts whose photo also has a text in an assistant's voice."""
    from metrics import load_metric

    other = [[line["assistant"] for line in of_photo if line.get("assistant")] for of_photo in lines]
    rows = [row for row, texts in enumerate(other) if texts]
    if len(rows) < 2:
        return {}
    found = load_metric("humanness").compute(
        predictions=[predictions[row] for row in rows],
        references=[wanted[row] for row in rows],
        assistant=[other[row] for row in rows],
    )
    columns = {}
    for name, key in (("humanness", "per_text"), ("anti_humanness", "per_text_anti")):
        columns[name] = np.full(len(predictions), np.nan)
        columns[name][rows] = found[key]
    return columns


def summarise(texts: dict[str, str], references: Lines, scores: dict[str, TextScores]) -> dict[str, Any]:
    """Means as one flat object, and the 95 % intervals beside them."""
    from metrics.cider import to_brief_scale
    from metrics.distinct import distinct_share

    lines = sum(len(references[name]) for name in texts)
    means = {name: round(score.mean, 4) for name, score in scores.items()}
    return {
        "photos": len(texts),
        "references_per_photo": round(lines / len(texts), 2),
        **means,
        "cider_5": round(to_brief_scale(means["cider"]), 4),
        "distinct_texts": round(distinct_share(list(texts.values())), 4),
        "intervals": {name: [round(end, 4) for end in score.interval()] for name, score in scores.items()},
    }
