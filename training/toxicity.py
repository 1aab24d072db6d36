"""Train the built-in toxicity classifier (``python -m training toxicity``).

Sentences of ad texts written for this project (their rude parts marked) and RUSSE-2022 pairs teach a logistic regression.
The threshold comes from scores of ads the model had not seen.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from models.checkpoint import CHECKPOINTS, save_weights, write_card
from models.toxicity.builtin import BuiltinClassifier
from models.toxicity.features import BINS, bins, segments, sentences
from models.toxicity.normalise import readings
from training.clothes import SHARED, read_clothes

OWN = Path(__file__).parent / "toxicity_ads"
FOLDS = 5
STRENGTH = 10.0
RUSSE_WEIGHT = 0.3
CLEAN_REJECTED = 0.05
HELD_PAIRS = 600

Labelled = list[tuple[str, int]]


def read_own() -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(OWN.glob("*.jsonl")) for line in path.open(encoding="utf-8")]


def read_russe(path: Path = SHARED / "toxicity" / "russe2022_train.tsv") -> list[tuple[str, str]]:
    """(toxic comment, its first polite rewriting)."""
    with path.open(encoding="utf-8", newline="") as table:
        rows = list(csv.reader(table, delimiter="\t"))[1:]
    return [(row[1], row[2]) for row in rows]


def labelled(ad: dict[str, Any]) -> Labelled:
    """Sentences of an ad with their labels; a sentence that is hardly touched by a rude part is left out."""
    text, result = ad["text"], []
    if not ad["toxic"]:
        return [(segment, 0) for segment in segments(text)]
    position, parts = 0, sentences(text)
    for part in parts:
        start = text.index(part, position)
        position = start + len(part)
        rude = sum(max(0, min(position, end) - max(start, begin)) for begin, end in ad["spans"])
        size = min(len(part), sum(end - begin for begin, end in ad["spans"]))
        if rude == 0 or rude >= 0.3 * size:
            result += [(reading, int(rude > 0)) for reading in readings(part)]
    wholes = [text] if len(parts) > 1 else []
    wholes += [text[begin:end] for begin, end in ad["spans"]]
    return result + [(reading, 1) for whole in wholes for reading in readings(whole)]


def fit(data: Labelled, weights: Sequence[float]) -> tuple[np.ndarray, float]:
    """Weights (BINS,) and intercept of a logistic regression over unit-length binary features."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = [bins(segment) for segment, _ in data]
    places = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(max(1, len(row)))) for row in rows])
    matrix = csr_matrix((values, np.concatenate(rows), places), shape=(len(rows), BINS))
    model = LogisticRegression(C=STRENGTH, max_iter=300, solver="liblinear")
    model.fit(matrix, [label for _, label in data], sample_weight=weights)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def train(own: list[dict[str, Any]], pairs: list[tuple[str, str]], clean: list[str]) -> BuiltinClassifier:
    sentences_ = [pair for ad in own for pair in labelled(ad)]
    decent = [(segment, 0) for text in clean for segment in segments(text)]
    comments = [(readings(rude)[0], 1) for rude, _ in pairs] + [(readings(polite)[0], 0) for _, polite in pairs]
    weights = [1.0] * len(sentences_) + [0.5] * len(decent) + [RUSSE_WEIGHT] * len(comments)
    return BuiltinClassifier("builtin", *fit([*sentences_, *decent, *comments], weights), threshold=0.5)


def out_of_fold(own: list[dict[str, Any]], pairs: list[tuple[str, str]], clean: list[str]) -> np.ndarray:
    """Score of every own ad by a model that has not seen it."""
    part = np.random.default_rng(0).integers(0, FOLDS, len(own))
    scores = np.zeros(len(own))
    for fold in tqdm(range(FOLDS), desc="folds"):
        model = train([ad for ad, p in zip(own, part, strict=True) if p != fold], pairs, clean)
        held = np.flatnonzero(part == fold)
        scores[held] = model.scores([own[i]["text"] for i in held])
    return scores


def table(ads: list[dict[str, Any]], scores: np.ndarray, threshold: float) -> dict[str, Any]:
    """ROC AUC, recall, share of clean texts rejected, and the share judged rightly by kind."""
    from sklearn.metrics import roc_auc_score

    toxic = np.array([ad["toxic"] for ad in ads]).astype(bool)
    rejected = scores >= threshold
    kinds = defaultdict(list)
    for ad, wrong in zip(ads, rejected != toxic, strict=True):
        kinds[ad["kind"]].append(not wrong)
    return {
        "texts": len(ads),
        "auc": round(float(roc_auc_score(toxic, scores)), 4),
        "recall": round(float(rejected[toxic].mean()), 4),
        "clean_rejected": round(float(rejected[~toxic].mean()), 4),
        "right_by_kind": {kind: round(float(np.mean(right)), 3) for kind, right in sorted(kinds.items())},
    }


def main() -> None:
    own, russe = read_own(), read_russe()
    pairs, held_pairs = russe[:-HELD_PAIRS], russe[-HELD_PAIRS:]
    clean = [re.sub(r"<[A-Z]+>", "", ad.ad) for ad in read_clothes(split="train")[:600]]
    scores = out_of_fold(own, pairs, clean)
    decent = scores[[not ad["toxic"] for ad in own]]
    threshold = round(float(np.quantile(decent, 1 - CLEAN_REJECTED)), 4)
    model = train(own, pairs, clean)
    dev = [json.loads(line) for line in (SHARED / "toxicity" / "ads_dev.jsonl").open(encoding="utf-8")]
    rude, polite = (np.array(model.scores(texts)) for texts in zip(*held_pairs, strict=True))
    report = {
        "own ads, five-fold": table(own, scores, threshold),
        "ads_dev.jsonl (held out)": table(dev, np.array(model.scores([ad["text"] for ad in dev])), threshold),
        "RUSSE-2022 pairs (held out)": round(float((rude > polite).mean()), 4),
    }
    folder = CHECKPOINTS / "toxicity" / "builtin"
    state = {"weights": torch.from_numpy(model.weights), "bias": torch.tensor([model.bias])}
    save_weights(folder / "model.safetensors", state)
    write_card(
        folder,
        {
            "family": "builtin",
            "title": {"ru": "Встроенный классификатор грубых текстов", "en": "Built-in classifier of rude texts"},
            "threshold": threshold,
            "training": {
                "command": "python -m training toxicity",
                "data": f"{len(own)} ad texts written for this project (training/toxicity_ads), "
                f"{len(pairs)} pairs of RUSSE-2022 detoxification (openrail++), 600 clean ads of shared/data/clothes",
            },
            "scores": report,
            "licence": "Apache-2.0",
        },
    )
    print(json.dumps(report, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
