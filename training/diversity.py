"""Train the diversity judge (``python -m training diversity``).

Labels are semi-manual: texts written for this project, sorted by hand into kinds (``diversity_labels/KIND.txt``), and ads
built from the clothes photos: one item in one or several views against two to five different items together.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.checkpoint import CHECKPOINTS, save_weights, write_card
from pipeline.diversity_features import photo_features, text_features
from training.captioner_data import seller_input
from training.clip_texts import bundle_text
from training.clothes import SHARED, ClothesAd, imagenet_names, read_clothes
from training.text_embeddings import embed_texts

LABELS = Path(__file__).parent / "diversity_labels"
VARIATIVE_KINDS = ("all_for", "bundle", "list", "lot", "many", "mixed_set", "wardrobe")
SINGLE_KINDS = ("identical_set", "pair", "single", "tricky")
ADS = 1200


@dataclass(frozen=True)
class BuiltAd:
    """A made-up ad: its text, the pooled features (N, 1280) of its photos, and whether its items differ."""

    text: str
    photos: np.ndarray
    variative: int


def labelled_texts() -> tuple[list[str], list[int]]:
    """The sorted texts; ``identical_set`` and ``pair`` are single: many of the same thing are one kind of goods."""
    texts, labels = [], []
    for label, kinds in ((1, VARIATIVE_KINDS), (0, SINGLE_KINDS)):
        for kind in kinds:
            lines = (LABELS / f"{kind}.txt").read_text(encoding="utf-8").splitlines()
            found = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
            texts += found
            labels += [label] * len(found)
    return texts, labels


def build_ads(ads: Sequence[ClothesAd], views: np.ndarray, count: int, seed: int) -> list[BuiltAd]:
    """Half of one item in 1 to 5 views, half bundles of 2 to 5 items; ``views`` is (A, V, 1280)."""
    random = np.random.default_rng(seed)
    built = []
    for number in range(count):
        size = int(random.integers(2, 6))
        if number % 2:
            rows = random.choice(len(ads), size, replace=False)
            text = bundle_text([ads[i] for i in rows], random)
            built.append(BuiltAd(text, np.stack([views[i, random.integers(views.shape[1])] for i in rows]), 1))
        else:
            row = int(random.integers(len(ads)))
            ad = ads[row]
            text = seller_input(ad, random)[0] if random.random() < 0.5 else f"{ad.caption} {ad.ad}"
            shown = 1 if random.random() < 0.3 else size
            built.append(
                BuiltAd(text, views[row, random.choice(views.shape[1], shown, replace=shown > views.shape[1])], 0)
            )
    return built


def pooled_views(work: Path = Path("runs/clip")) -> np.ndarray:
    """(A, 3, 1280) pooled features of all training photos: untouched and in two augmented views (``training clip``)."""
    photos, _ = torch.load(work / "clothes-lite0-3.pt", weights_only=True)
    return photos.float().numpy()


def logistic(features: np.ndarray, labels: Sequence[int], strength: float) -> tuple[np.ndarray, float]:
    """Weights for raw features and the intercept of a standardised logistic regression."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(0), features.std(0) + 1e-3
    model = LogisticRegression(C=strength, max_iter=2000).fit((features - mean) / spread, labels)
    weights = model.coef_[0] / spread
    return weights.astype(np.float32), float(model.intercept_[0] - weights @ mean)


class TrainedJudge:
    """The three regressions while they are trained and measured on ready features."""

    def __init__(self) -> None:
        self.parts: dict[str, tuple[np.ndarray, float]] = {}

    def fit(self, name: str, features: np.ndarray, labels: Sequence[int], strength: float) -> None:
        self.parts[name] = logistic(features, labels, strength)

    def logits(self, name: str, features: np.ndarray) -> np.ndarray:
        weights, bias = self.parts[name]
        return features @ weights + bias

    def state(self) -> dict[str, torch.Tensor]:
        state = {f"{name}.weight": torch.from_numpy(weights) for name, (weights, _) in self.parts.items()}
        return state | {f"{name}.bias": torch.tensor([bias]) for name, (_, bias) in self.parts.items()}


def features_of(texts: Sequence[str]) -> np.ndarray:
    vectors = embed_texts(list(texts), Path(".cache/diversity.npz"))
    return np.stack([text_features(text, vector) for text, vector in zip(texts, vectors, strict=True)])


def measures(logits: np.ndarray, labels: Sequence[int]) -> dict[str, Any]:
    from sklearn.metrics import confusion_matrix, roc_auc_score

    found = logits >= 0
    return {
        "ads": len(labels),
        "accuracy": round(float((found == np.array(labels)).mean()), 4),
        "auc": round(float(roc_auc_score(labels, logits)), 4),
        "confusion": confusion_matrix(labels, found).tolist(),
    }


def main() -> None:
    everything, views = read_clothes(), pooled_views()
    rows = np.array([i for i, ad in enumerate(everything) if ad.split == "train"])
    # Held-out ads are of photos this judge never saw; the backbone did, since only those have several views.
    chosen = {"train": rows[::2], "val": rows[1::2]}
    built = {
        part: build_ads([everything[i] for i in chosen[part]], views[chosen[part]], ADS if part == "train" else 500, 3)
        for part in chosen
    }
    texts, labels = labelled_texts()

    judge, built_labels = TrainedJudge(), {s: [ad.variative for ad in built[s]] for s in built}
    built_texts = {s: features_of([ad.text for ad in built[s]]) for s in built}
    built_photos = {s: np.stack([photo_features(ad.photos) for ad in built[s]]) for s in built}
    # Bare names of things teach that a short text is one thing.
    names = [name.capitalize() for name in imagenet_names()[::3]]
    texts, labels = [*texts, *names], [*labels, *[0] * len(names)]
    own = features_of(texts)
    judge.fit("text", np.concatenate([own, built_texts["train"][:400]]), labels + built_labels["train"][:400], 0.02)
    judge.fit("photo", built_photos["train"], built_labels["train"], 1.0)
    both = {
        s: np.stack([judge.logits("text", built_texts[s]), judge.logits("photo", built_photos[s])], 1) for s in built
    }
    # The texts above were partly seen by the text regression, so the last one is fitted on the others.
    judge.fit("both", both["train"][400:], built_labels["train"][400:], 1.0)

    dev = [json.loads(line) for line in (SHARED / "variative" / "dev.jsonl").open(encoding="utf-8")]
    report = {
        "500 held-out ads, text and photos": measures(judge.logits("both", both["val"]), built_labels["val"]),
        "the same, photos only": measures(both["val"][:, 1], built_labels["val"]),
        "the same, text only": measures(both["val"][:, 0], built_labels["val"]),
        "variative/dev.jsonl (held out), text only": measures(
            judge.logits("text", features_of([line["text"] for line in dev])), [line["variative"] for line in dev]
        ),
    }
    folder = CHECKPOINTS / "diversity" / "supervised"
    save_weights(folder / "model.safetensors", judge.state())
    write_card(
        folder,
        {
            "family": "supervised",
            "title": {"ru": "Одна вещь или разные: обученная модель", "en": "One item or several: supervised"},
            "parts": {"vision": "clothes-lite0"},
            "threshold": 0.5,
            "training": {
                "command": "python -m training diversity",
                "data": f"{len(texts)} texts written for this project, {ADS} ads built from shared/data/clothes (train)",
            },
            "scores": report,
            "licence": "Apache-2.0",
        },
    )
    print(json.dumps(report, ensure_ascii=False, indent=2))
