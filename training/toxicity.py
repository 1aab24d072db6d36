"""Train the built-in toxicity classifier (``python -m training toxicity``); ``--report`` only measures the trained one.

Two judges of a segment, a regression over hashed tokens and a network over the words' meaning, and two signs of the lexicon
are mixed by a regression over their scores of ads they had not seen; the threshold comes from the same scores.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from tqdm import tqdm

from models.checkpoint import CHECKPOINTS, read_card, save_weights, write_card
from models.sentences import sentence_encoder
from models.toxicity.builtin import BuiltinClassifier
from models.toxicity.features import BINS, bins, segments
from models.toxicity.network import RudenessNetwork
from models.toxicity.words import width, word_vectors
from training.toxicity_data import Ad, Example, clothes_examples, own_examples, read_own, read_russe, russe_examples
from training.toxicity_report import as_markdown, measure, table

FOLDER = CHECKPOINTS / "toxicity" / "builtin"
OWN_TABLE = "own ads, cross-validated"
FOLDS = 2
STRENGTH = 10.0
CLOTHES_ADS = 600
HELD_PAIRS = 600
NETWORK_PAIRS = 3000
EPOCHS = 4
BATCH = 96
RATE = 3e-3
WORD_DROPOUT = 0.1
SMOOTHING = 0.02
WORDS_WEIGHT = 0.3
# Share of clean ads the threshold turns away in cross-validation, every kind counting alike.
CLEAN_REJECTED = 0.024

Pairs = list[tuple[str, str]]


def fit_tokens(examples: Sequence[Example], features: dict[str, np.ndarray]) -> tuple[np.ndarray, float]:
    """Weights (BINS,) and intercept of a logistic regression over unit-length binary features."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    rows = [features[example.segment] for example in examples]
    places = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(max(1, len(row)))) for row in rows])
    matrix = csr_matrix((values, np.concatenate(rows), places), shape=(len(rows), BINS))
    model = LogisticRegression(C=STRENGTH, max_iter=300, solver="liblinear")
    model.fit(matrix, [example.rude for example in examples], sample_weight=[example.weight for example in examples])
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


class Segments:
    """Different words and segments of the examples as tables: a word or a segment is embedded once."""

    def __init__(self, examples: Sequence[Example]) -> None:
        vocabulary = list(dict.fromkeys(word for example in examples for word in example.words))
        self.rows = {word: i for i, word in enumerate(vocabulary, 1)}
        words = word_vectors(tqdm(vocabulary, desc="words"))
        self.words = torch.from_numpy(np.concatenate([np.zeros((1, width()), np.float32), words]))
        self.segments = {words: i for i, words in enumerate(dict.fromkeys(example.words for example in examples))}
        texts = [" ".join(words) for words in self.segments]
        parts = [texts[start : start + 256] for start in range(0, len(texts), 256)]
        meanings = [sentence_encoder().encode(part).astype(np.float16) for part in tqdm(parts, desc="meanings")]
        self.meanings = torch.from_numpy(np.concatenate(meanings))

    def batch(self, examples: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """What the network reads of N examples; some words are hidden."""
        longest = max(len(example.words) for example in examples)
        rows = torch.zeros(len(examples), longest, dtype=torch.long)
        for row, example in zip(rows, examples, strict=True):
            row[: len(example.words)] = torch.tensor([self.rows[word] for word in example.words])
        mask = rows > 0
        different, places = (rows * (torch.rand(rows.shape) > WORD_DROPOUT)).unique(return_inverse=True)
        meanings = self.meanings[[self.segments[example.words] for example in examples]].float()
        return self.words[different], places, mask, meanings


def fit_network(examples: Sequence[Example], tables: Segments, seed: int) -> RudenessNetwork:
    """Teach segments and, where the rude words are known, words."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    network = RudenessNetwork(width())
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.05)
    steps = EPOCHS * len(batches(examples, chance))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.15)
    with tqdm(total=steps, desc="network", mininterval=5) as bar:
        for _ in range(EPOCHS):
            for batch in batches(examples, chance):
                loss = network_loss(network, batch, tables)
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
                bar.update()
    return network.eval()


def batches(examples: Sequence[Example], chance: random.Random) -> list[list[Example]]:
    """Shuffled batches of segments of about one length."""
    ordered = sorted(examples, key=lambda example: len(example.words) + 6 * chance.random())
    cut = [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]
    chance.shuffle(cut)
    return cut


def network_loss(network: RudenessNetwork, batch: list[Example], tables: Segments) -> torch.Tensor:
    vectors, places, mask, meanings = tables.batch(batch)
    segment_logits, word_logits = network(vectors, places, mask, meanings)
    weight = torch.tensor([example.weight for example in batch])
    rude = torch.tensor([float(example.rude) for example in batch]) * (1 - 2 * SMOOTHING) + SMOOTHING
    rude_words = torch.zeros(mask.shape)
    for row, example in zip(rude_words, batch, strict=True):
        row[: len(example.rude_words)] = torch.tensor(example.rude_words, dtype=torch.float)
    by_segment = (cross_entropy(segment_logits, rude, reduction="none") * weight).mean()
    by_word = cross_entropy(word_logits, rude_words, reduction="none") * mask * weight[:, None]
    return by_segment + WORDS_WEIGHT * by_word.sum() / mask.sum()


class Trainer:
    """Trains on any part of the own ads; what is the same for every part is computed once.

    The network sees only some of the comments: they are longer and further from ads than the regression minds.
    """

    def __init__(self, own: list[Ad], pairs: Pairs) -> None:
        self.own = [own_examples(ad) for ad in tqdm(own, desc="ads")]
        clothes = clothes_examples(CLOTHES_ADS)
        comments = russe_examples(tqdm(pairs, desc="pairs"))
        self.rest = {"tokens": comments + clothes, "network": comments[: 2 * NETWORK_PAIRS] + clothes}
        ads = [example for examples in self.own for example in examples]
        segments_ = {example.segment for example in ads + self.rest["tokens"]}
        self.features = {segment: bins(segment) for segment in tqdm(segments_, desc="tokens")}
        self.tables = Segments(ads + self.rest["network"])

    def train(self, chosen: Sequence[bool], mixture: Sequence[float] = (1.0, 1.0, 0.0, 0.0, 0.0)) -> BuiltinClassifier:
        """A classifier that has seen the chosen ads; its threshold is 0.5."""
        ads = [example for examples, use in zip(self.own, chosen, strict=True) if use for example in examples]
        weights, bias = fit_tokens(ads + self.rest["tokens"], self.features)
        network = fit_network(ads + self.rest["network"], self.tables, seed=0)
        return BuiltinClassifier("builtin", weights, bias, network, mixture, 0.5)


def out_of_fold(trainer: Trainer, own: list[Ad]) -> list[np.ndarray]:
    """(S, 4) judgements of the S segments of every own ad by a classifier that has not seen the ad."""
    part = np.random.default_rng(0).integers(0, FOLDS, len(own))
    cut = [segments(ad["text"]) for ad in own]
    found: list[np.ndarray] = [np.empty((0, 4))] * len(own)
    for fold in tqdm(range(FOLDS), desc="folds"):
        model = trainer.train(part != fold)
        unseen = np.flatnonzero(part == fold)
        flat = [segment for i in unseen for segment in cut[i]]
        scores = model.judges(flat)
        ends = np.cumsum([len(cut[i]) for i in unseen])
        for i, rows in zip(unseen, np.split(scores, ends[:-1]), strict=True):
            found[i] = rows
    return found


def mix(scores: list[np.ndarray], toxic: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the four judgements and an addend (5,), and every ad's mixed log-odds.

    A size or a brand alone has no segment to judge: it is always decent.
    """
    from sklearn.linear_model import LogisticRegression

    judged = np.array([len(found) > 0 for found in scores])
    worst = np.stack([found.max(0) for found in scores if len(found)])
    model = LogisticRegression().fit(worst, toxic[judged])
    mixture = np.append(model.coef_[0], model.intercept_)
    return mixture, np.array([(found @ mixture[:-1]).max(initial=-np.inf) + mixture[-1] for found in scores])


def choose_threshold(own: Sequence[Ad], scores: np.ndarray) -> float:
    """The score that ``CLEAN_REJECTED`` of the clean ads reach; the own ads hold many tricky ones, so kinds weigh alike."""
    kinds = np.array([ad["kind"] for ad in own if not ad["toxic"]])
    clean = scores[[not ad["toxic"] for ad in own]]
    weights = np.array([1 / (kinds == kind).sum() for kind in kinds])
    order = np.argsort(-clean)
    reached = np.cumsum(weights[order]) / weights.sum()
    return round(float(clean[order][np.searchsorted(reached, CLEAN_REJECTED)]) + 1e-4, 4)


def train() -> None:
    own, russe = read_own(), read_russe()
    trainer = Trainer(own, russe[:-HELD_PAIRS])
    scores = out_of_fold(trainer, own)
    mixture, mixed = mix(scores, np.array([ad["toxic"] for ad in own]).astype(bool))
    probabilities = 1 / (1 + np.exp(-mixed))
    model = trainer.train([True] * len(own), mixture)
    model.threshold = choose_threshold(own, probabilities)
    save(model, len(own), len(russe) - HELD_PAIRS, table(own, probabilities, model.threshold))
    report()


def save(model: BuiltinClassifier, ads: int, pairs: int, cross_validated: dict[str, Any]) -> None:
    save_weights(FOLDER / "model.safetensors", model.state())
    card = {
        "family": "builtin",
        "title": {"ru": "Встроенный классификатор грубых текстов", "en": "Built-in classifier of rude texts"},
        "threshold": model.threshold,
        "training": {
            "command": "python -m training toxicity",
            "data": f"{ads} ad texts written for this project (training/toxicity_ads), {pairs} pairs of RUSSE-2022 "
            f"detoxification (openrail++), {CLOTHES_ADS} clean ads of shared/data/clothes",
            "folds": FOLDS,
        },
        "scores": {OWN_TABLE: cross_validated},
        "licence": "Apache-2.0",
    }
    write_card(FOLDER, card)


def report() -> None:
    """Measure the trained classifier, write the figures into its card, print the tables of docs/text_moderation.md."""
    card = read_card(FOLDER)
    model = BuiltinClassifier.load(FOLDER)
    own = {OWN_TABLE: card["scores"][OWN_TABLE]}
    card["scores"] = own | measure(model, read_russe()[-HELD_PAIRS:])
    write_card(FOLDER, card)
    print(as_markdown(card["scores"]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training toxicity", description=__doc__)
    parser.add_argument("--report", action="store_true", help="only measure the trained classifier")
    (report if parser.parse_args().report else train)()


if __name__ == "__main__":
    main()
