"""``python -m training diversity``: train both diversity judges and measure them on the same held-out ads.

One command does everything anew from the shared image backbone, the image-text encoder and the labelled texts (about four
minutes of one core); nothing is cached but sentence embeddings. ``--write DATASET.jsonl`` adds the column
``diversity_score`` to any data set of JSON lines.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from models.checkpoint import CHECKPOINTS, save_weights, write_card
from models.photo_files import read_photo
from pipeline.ad import Ad
from pipeline.diversity import SINGLE_PROMPTS, VARIATIVE_PROMPTS, DiversityJudge, Supervised, ZeroShot
from pipeline.diversity_features import phrases, signs, telling
from pipeline.settings import load_settings
from training.clothes import imagenet_names, read_clothes
from training.diversity_ads import BuiltAd, LabelledText, audit, build_ads, labelled_texts
from training.diversity_report import compare, reliability_plot
from training.text_embeddings import embed_texts

PARTS = {"vision": "clothes-lite0", "clip": "builtin"}
GAMMA, STRENGTH, FOLDS = 0.02, 3.0, 5  # of the support vector machine, by cross-validation over the labelled texts
ADS, TEXT_SHARE = 480, 1 / 3  # built ads to train on, and the share of them whose texts train the text part
CACHE = Path(".cache/diversity.npz")
PLOT = Path(__file__).resolve().parent.parent / "docs" / "diversity.png"


def train_text(judge: Supervised, texts: Sequence[str], labels: np.ndarray) -> None:
    """Fit the support vector machine; its decisions become log-odds by Platt scaling (Platt 1999) over the folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.svm import SVC

    texts = [telling(text) for text in texts]
    judge.known, judge.weights["phrases.rarity"] = frequent_phrases(texts)
    seen = np.stack([signs(text) for text in texts])
    judge.weights |= {"signs.mean": seen.mean(0), "signs.spread": seen.std(0) + 1e-3}
    sentences = embed_texts(list(texts), CACHE)
    features = np.stack([judge.text_vector(text, vector) for text, vector in zip(texts, sentences, strict=True)])
    squares = (features**2).sum(1)
    kernel = np.exp(-GAMMA * np.clip(squares[:, None] + squares - 2 * features @ features.T, 0, None))

    decisions = np.zeros(len(texts))
    for fit, rest in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(features, labels):
        machine = SVC(C=STRENGTH, kernel="precomputed").fit(kernel[np.ix_(fit, fit)], labels[fit])
        decisions[rest] = machine.decision_function(kernel[np.ix_(rest, fit)])
    scale = LogisticRegression(C=100.0).fit(decisions[:, None], labels)
    factor, offset = float(scale.coef_[0, 0]), float(scale.intercept_[0])

    machine = SVC(C=STRENGTH, kernel="precomputed").fit(kernel, labels)
    judge.weights |= {
        "text.support": features[machine.support_],
        "text.dual": (factor * machine.dual_coef_[0]).astype(np.float32),
        "text.bias": np.array([factor * machine.intercept_[0] + offset], np.float32),
    }


def frequent_phrases(texts: Sequence[str]) -> tuple[dict[str, int], np.ndarray]:
    """Phrases of two texts and more, and the logarithm of their rarity."""
    counts: dict[str, int] = {}
    for text in texts:
        for phrase in set(phrases(text)):
            counts[phrase] = counts.get(phrase, 0) + 1
    kept = sorted(phrase for phrase, count in counts.items() if count > 1)
    rarity = [np.log((1 + len(texts)) / (1 + counts[phrase])) + 1 for phrase in kept]
    return {phrase: i for i, phrase in enumerate(kept)}, np.array(rarity, np.float32)


def train_linear(judge: Supervised, part: str, features: np.ndarray, labels: np.ndarray) -> None:
    """A logistic regression over standardised features, stored for raw ones."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = features.mean(0), features.std(0) + 1e-3
    model = LogisticRegression(C=1.0, max_iter=2000).fit((features - mean) / spread, labels)
    weights = (model.coef_[0] / spread).astype(np.float32)
    bias = np.array([float(model.intercept_[0] - weights @ mean)], np.float32)
    judge.weights |= {f"{part}.weight": weights, f"{part}.bias": bias}


def train_supervised(texts: Sequence[LabelledText], built: Sequence[BuiltAd]) -> Supervised:
    """Fit the text part, the photo part, and on ads neither text saw how much to trust each."""
    judge = Supervised({"parts": PARTS, "gamma": GAMMA}, {}, {})
    told = int(TEXT_SHARE * len(built))
    names = [name.capitalize() for name in imagenet_names()[::3]]  # a bare name is one thing
    shown = [text.text for text in texts] + names + [ad.text for ad in built[:told]]
    labels = [text.variative for text in texts] + [0] * len(names) + [ad.variative for ad in built[:told]]
    train_text(judge, shown, np.array(labels))

    answers = np.array([ad.variative for ad in built])
    vectors = np.stack([judge.photo_vector(ad.photos) for ad in tqdm(built, desc="photos", mininterval=10)])
    train_linear(judge, "photo", vectors, answers)
    rest = [i for i in range(told, len(built)) if len(built[i].photos) > 1]
    both = np.array([[judge.text_logit(built[i].text), judge.photo_logit(built[i].photos)] for i in rest])
    train_linear(judge, "both", both, answers[rest])
    return judge


def train_zero_shot(built: Sequence[BuiltAd]) -> tuple[ZeroShot, dict[str, Any]]:
    """The threshold of the contrast that parts the training ads best, and the steepness of the score around it."""
    from sklearn.linear_model import LogisticRegression

    judge = ZeroShot({"parts": {"clip": PARTS["clip"]}})
    contrasts = np.array([judge.contrast(ad.photos).mean() for ad in built])
    labels = np.array([ad.variative for ad in built])
    candidates = np.sort(contrasts)
    threshold = float(max(candidates, key=lambda value: ((contrasts >= value) == labels).mean()))
    steepness = LogisticRegression(C=1e4, fit_intercept=False).fit((contrasts - threshold)[:, None], labels)
    numbers = {"contrast_threshold": threshold, "scale": max(1.0, float(steepness.coef_[0, 0]))}
    judge = ZeroShot({"parts": {"clip": PARTS["clip"]}, **numbers})
    return judge, numbers


def write_judges(judge: Supervised, zero_shot: dict[str, Any], report: dict[str, Any], texts: int, ads: int) -> None:
    command = {"command": "python -m training diversity"}
    data = f"{texts} texts written for this project, {ads} ads built from shared/data/clothes (train)"
    shared = {"threshold": 0.5, "licence": "Apache-2.0"}
    folder = CHECKPOINTS / "diversity" / "supervised"
    title = {"ru": "Одна вещь или разные: обученная модель", "en": "One item or several: supervised"}
    write_card(
        folder,
        {"family": "supervised", "title": title, "parts": PARTS, "gamma": GAMMA, **shared}
        | {"training": command | {"data": data}, "scores": report["supervised"]},
    )
    save_weights(folder / "model.safetensors", {key: torch.from_numpy(value) for key, value in judge.weights.items()})
    (folder / "phrases.txt").write_text("".join(f"{phrase}\n" for phrase in judge.known), encoding="utf-8")

    title = {"ru": "Одна вещь или разные: по сходству со словами", "en": "One item or several: zero-shot"}
    prompts = {"variative": VARIATIVE_PROMPTS, "single": SINGLE_PROMPTS}
    write_card(
        CHECKPOINTS / "diversity" / "zero-shot",
        {"family": "zero-shot", "title": title, "parts": {"clip": PARTS["clip"]}, "prompts": prompts, **zero_shot}
        | shared
        | {
            "training": command | {"data": f"a threshold from the {ads} built ads"},
            "scores": report["zero-shot"],
        },
    )


def train(ads: int = ADS) -> dict[str, Any]:
    """Train on so many built ads, measure on 5/8 as many, write both checkpoints and the plot; returns the report."""
    clothes, texts = read_clothes(), labelled_texts()
    built = {
        split: build_ads([ad for ad in clothes if ad.split == split], count, seed)
        for split, count, seed in (("train", ads, 3), ("val", 5 * ads // 8, 4))
    }
    judge = train_supervised(texts, built["train"])
    zero_shot, numbers = train_zero_shot(built["train"])
    report, logits = compare(judge, zero_shot, built["val"])
    write_judges(judge, numbers, report, len(texts), ads)
    reliability_plot(logits, PLOT)
    return {"labels": audit(texts), **report}


def write_scores(path: Path, photos: Path, out: Path, judge: DiversityJudge) -> int:
    """Write the lines of ``path`` with ``diversity_score`` to ``out`` (which may be the same file); returns how many.

    A line may hold ``text``, ``photos`` and, as this project's data sets do, ``attributes`` and ``seller_text``: then the
    judge reads what the seller typed, not the reference.
    """
    temporary, count = out.with_name(f"{out.name}.part"), 0
    with path.open(encoding="utf-8") as lines, temporary.open("w", encoding="utf-8") as written:
        for line in lines:
            if not line.strip():
                continue
            record = json.loads(line)
            typed = Ad(record.get("attributes") or {}, record.get("seller_text") or "").full_text
            text = typed if "attributes" in record or "seller_text" in record else record.get("text") or ""
            pictures = [read_photo(photos / name) for name in record.get("photos") or []]
            scored = record | {"diversity_score": round(judge.score(text, pictures), 4)}
            written.write(json.dumps(scored, ensure_ascii=False) + "\n")
            count += 1
    temporary.replace(out)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training diversity", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="DATASET.jsonl", help="only add the column diversity_score")
    parser.add_argument("--photos", type=Path, help="folder of the data set's photos (the data set's own folder)")
    parser.add_argument("--out", type=Path, help="where to write instead of the data set itself")
    parser.add_argument("--ads", type=int, default=ADS, help="built ads to train on; fewer are quicker and worse")
    arguments = parser.parse_args()
    if arguments.write:
        judge = DiversityJudge(load_settings().diversity)
        folder = arguments.photos or arguments.write.parent
        count = write_scores(arguments.write, folder, arguments.out or arguments.write, judge)
        print(json.dumps({"lines": count, "written": str(arguments.out or arguments.write)}))
    else:
        print(json.dumps(train(arguments.ads), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
