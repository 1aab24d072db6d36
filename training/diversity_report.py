"""Both diversity judges on the same held-out ads: accuracy, ROC AUC, confusion, reliability."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from pipeline.diversity import Family, Supervised, probability
from training.clothes import SHARED
from training.diversity_ads import BuiltAd

HELD_TEXTS = Path(__file__).resolve().parent.parent / "tests" / "pipeline" / "diversity_held_out.jsonl"
_BINS = 8
Logits = dict[str, tuple[np.ndarray, np.ndarray]]


def measures(logits: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Accuracy at a score of 0.5, ROC AUC, the confusion ([[TN, FP], [FN, TP]], variative is positive), and the expected
    calibration error (Naeini et al. 2015)."""
    from sklearn.metrics import confusion_matrix, roc_auc_score

    found = logits >= 0
    return {
        "ads": len(labels),
        "accuracy": round(float((found == labels).mean()), 4),
        "auc": round(float(roc_auc_score(labels, logits)), 4),
        "confusion": confusion_matrix(labels, found).tolist(),
        "calibration_error": round(float(sum(w * abs(p - s) for s, p, w in reliability(logits, labels))), 4),
    }


def reliability(logits: np.ndarray, labels: np.ndarray) -> list[tuple[float, float, float]]:
    """(mean score, share of variative ads, share of all ads) of every bin of scores that holds any."""
    scores = np.array([probability(logit) for logit in logits])
    place = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    bins = [place == i for i in range(_BINS)]
    return [(float(scores[b].mean()), float(labels[b].mean()), float(b.mean())) for b in bins if b.any()]


def compare(supervised: Supervised, zero_shot: Family, ads: Sequence[BuiltAd]) -> tuple[dict[str, Any], Logits]:
    """The report and, for the plot, logits and labels by what they are of."""
    labels = np.array([ad.variative for ad in ads])
    whole = np.array([supervised.logit(ad.text, ad.photos) for ad in tqdm(ads, desc="held out", mininterval=10)])
    seen = np.array([zero_shot.logit(ad.text, ad.photos) for ad in ads])
    report: dict[str, dict[str, Any]] = {
        "supervised": {
            "held-out ads, text and photos": measures(whole, labels),
            "the same, photos only": measures(np.array([supervised.photo_logit(ad.photos) for ad in ads]), labels),
            "the same, text only": measures(np.array([supervised.text_logit(ad.text) for ad in ads]), labels),
        },
        "zero-shot": {"held-out ads, photos": measures(seen, labels)},
    }
    for name, path in (("variative/dev.jsonl", SHARED / "variative" / "dev.jsonl"), ("held-out texts", HELD_TEXTS)):
        report["supervised"][f"{name}, text only"] = _texts(supervised, path)
    best = max(report, key=lambda name: next(iter(report[name].values()))["accuracy"])
    return report | {"default": best}, {"supervised": (whole, labels), "zero-shot": (seen, labels)}


def _texts(judge: Supervised, path: Path) -> dict[str, Any]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    logits = np.array([judge.text_logit(line["text"]) for line in lines])
    labels = np.array([line["variative"] for line in lines])
    kinds: dict[str, list[bool]] = defaultdict(list)
    for line, logit in zip(lines, logits, strict=True):
        kinds[line["kind"]].append((logit >= 0) == bool(line["variative"]))
    wrong = {kind: f"{len(right) - sum(right)} of {len(right)}" for kind, right in kinds.items() if not all(right)}
    return measures(logits, labels) | {"wrong": wrong}


def reliability_plot(logits: Logits, path: Path) -> None:
    """Score against the share of ads that are variative, a line a judge; the closer to the diagonal the better."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(4.6, 4.2))
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    for name, (values, labels) in logits.items():
        points = reliability(values, labels)
        axes.plot([p[0] for p in points], [p[1] for p in points], linewidth=1.5, label=name)
        axes.scatter([p[0] for p in points], [p[1] for p in points], s=[20 + 400 * p[2] for p in points], alpha=0.5)
    axes.set(xlabel="diversity score", ylabel="share of variative ads", xlim=(-0.03, 1.03), ylim=(-0.05, 1.05))
    axes.legend(loc="upper left")
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)
