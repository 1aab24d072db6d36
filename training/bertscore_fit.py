"""After pretraining: which layer BERTScore compares, its baseline, and how well it tells a paraphrase from another text.

The pairs are caption and advertisement of one photo (a paraphrase in another voice) against caption and advertisement of
two photos. Layer and baseline are chosen on training photos, the reported score is that of validation photos.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from metrics.bert_scorer import PIECE_WEIGHTS, BertScorer
from models.checkpoint import read_card, write_card
from models.words import lemmas
from training.clothes import read_clothes
from training.russian_pairs import Pair, caption_ad_pairs

Score = Callable[[Sequence[Pair]], Sequence[float]]
SHIFTS = (1, 7, 31, 101)
FITTING_PAIRS = 500
RESAMPLES = 1000


def other_pairs(pairs: Sequence[Pair], shift: int) -> list[Pair]:
    """The first text of every pair with the second one of another."""
    return [(first, pairs[(i + shift) % len(pairs)][1]) for i, (first, _) in enumerate(pairs)]


def paraphrase_auc(score: Score, pairs: Sequence[Pair]) -> tuple[float, tuple[float, float]]:
    """Share of cases in which the right partner of a text outscores another pair's (ROC AUC), and its 95 % interval.

    Args:
        score: similarity of every pair of texts.
        pairs: two texts about the same photo; the others are made by shifting the second ones.

    Returns:
        The AUC over all pairs and all ``SHIFTS``, and a bootstrap interval over the photos.
    """
    right = np.asarray(score(pairs))
    wrong = np.stack([score(other_pairs(pairs, shift)) for shift in SHIFTS], axis=1)
    random = np.random.default_rng(0)
    draws = (random.integers(len(pairs), size=len(pairs)) for _ in range(RESAMPLES))
    low, high = np.percentile([_auc(right[rows], wrong[rows].ravel()) for rows in draws], [2.5, 97.5])
    return _auc(right, wrong.ravel()), (float(low), float(high))


def _auc(right: np.ndarray, wrong: np.ndarray) -> float:
    """Mann-Whitney: the share of (right, wrong) with right above wrong, ties counted half."""
    wrong = np.sort(wrong)
    below = np.searchsorted(wrong, right, "left") + np.searchsorted(wrong, right, "right")
    return float(below.mean() / (2 * len(wrong)))


def bert_score(path: Path, layer: int) -> Score:
    """BERTScore's F1 by a checkpoint folder and a layer of it."""
    scorer = BertScorer(str(path), num_layers=layer)

    def score(pairs: Sequence[Pair]) -> list[float]:
        firsts, seconds = zip(*pairs, strict=True)
        return [s.f1 for s in scorer.scores(firsts, seconds)]

    return score


def shared_lemmas(pairs: Sequence[Pair]) -> list[float]:
    """What no model is needed for: F1 of the two texts' sets of lemmas."""
    sets = [(set(lemmas(first)), set(lemmas(second))) for first, second in pairs]
    return [2 * len(a & b) / (len(a) + len(b)) for a, b in sets]


def untrained_auc(path: Path, layer: int, pairs: Sequence[Pair]) -> float:
    """AUC of a network of the same shape, tokenizer and idf with random weights: what pretraining has to beat."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        BertModel(BertConfig.from_pretrained(path)).save_pretrained(folder)
        AutoTokenizer.from_pretrained(path).save_pretrained(folder)
        shutil.copy(path / PIECE_WEIGHTS, folder)
        return paraphrase_auc(bert_score(Path(folder), layer), pairs)[0]


def fit(path: Path) -> dict[str, Any]:
    """Choose layer and baseline on training photos, score on validation ones, and write all to ``checkpoint.json``."""
    card = read_card(path)
    fitting = caption_ad_pairs(read_clothes(split="train"))[:FITTING_PAIRS]
    by_layer = {
        layer: paraphrase_auc(bert_score(path, layer), fitting)[0] for layer in range(card["training"]["layers"] + 1)
    }
    print(f"AUC on training photos by layer: {by_layer}", file=sys.stderr)
    layer = max(by_layer, key=by_layer.__getitem__)
    validation = caption_ad_pairs(read_clothes(split="val"))
    auc, interval = paraphrase_auc(bert_score(path, layer), validation)
    baseline = BertScorer(str(path), num_layers=layer).fit_baseline(other_pairs(fitting, SHIFTS[0]))
    card["num_layers"] = layer
    card["baseline"] = {name: round(value, 4) for name, value in baseline._asdict().items()}
    card["scores"] = {
        "paraphrase_auc": round(auc, 4),
        "paraphrase_auc_95": [round(bound, 4) for bound in interval],
        "paraphrase_auc_untrained": round(untrained_auc(path, layer, validation), 4),
        "paraphrase_auc_shared_lemmas": round(paraphrase_auc(shared_lemmas, validation)[0], 4),
        "photos": len(validation),
    }
    write_card(path, card)
    return card
