"""The small Russian masked language model that BERTScore uses (``python -m training.pretrain_bert``).

BERT's shape (Devlin et al. 2019) and one objective: whole words are masked in two texts that say the same, so that one
helps to restore the other (translation language modelling, Conneau and Lample 2019, between two voices of a language).
Word pieces start as their USE sentence vectors, so that words of a kind are neighbours from the first step on.
Training may be stopped and taken up again at any step with the same result: every draw depends on seed and step alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from metrics.bert_scorer import PIECE_WEIGHTS
from models.checkpoint import CHECKPOINTS, save_weights, write_card
from training.bertscore_fit import fit
from training.russian_pairs import Pair, training_pairs
from training.word_pieces import (
    MARKS,
    MAX_LENGTH,
    inverse_document_frequencies,
    piece_vectors,
    train_tokenizer,
)

if TYPE_CHECKING:
    import torch
    from transformers import BertForMaskedLM, PreTrainedTokenizerFast

NAME = "bert-ru-mini"
RUNS = CHECKPOINTS.parent / "runs"
TRAINED_LENGTH = 128
NOT_A_TARGET = -100


@dataclass(frozen=True)
class Plan:
    """Shape and schedule of one run."""

    vocabulary: int = 8000
    hidden: int = 192
    layers: int = 4
    heads: int = 4
    epochs: int = 6
    batch: int = 32
    learning_rate: float = 7e-4
    masked: float = 0.2
    seed: int = 0


def build_model(plan: Plan, tokenizer: PreTrainedTokenizerFast) -> BertForMaskedLM:
    """A BERT of the plan's shape with random weights."""
    from transformers import BertConfig, BertForMaskedLM

    return BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=plan.hidden,
            num_hidden_layers=plan.layers,
            num_attention_heads=plan.heads,
            intermediate_size=4 * plan.hidden,
            max_position_embeddings=MAX_LENGTH,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


class Batches:
    """Masked batches of pairs, by step number.

    Args:
        pairs: two texts that say the same (the second may be empty).
        tokenizer: gives ids and, for masking whole words, word numbers.
        plan: batch size, share of masked words, seed.
    """

    def __init__(self, pairs: Sequence[Pair], tokenizer: PreTrainedTokenizerFast, plan: Plan) -> None:
        self.plan, self.tokenizer = plan, tokenizer
        self.rows = [self._encode(pair) for pair in pairs]
        self.per_epoch = len(pairs) // plan.batch

    def __len__(self) -> int:
        return self.per_epoch * self.plan.epochs

    def __getitem__(self, step: int) -> dict[str, torch.Tensor]:
        epoch, position = divmod(step, self.per_epoch)
        chosen = self._order(epoch)[position * self.plan.batch : (position + 1) * self.plan.batch]
        return self._collate([self.rows[i] for i in chosen], np.random.default_rng([self.plan.seed, 1, step]))

    def _encode(self, pair: Pair) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Ids, segments and word numbers (−1: a mark, never masked); words of the second text count on."""
        first, second = pair
        coded = self.tokenizer(
            first, second or None, truncation=True, max_length=TRAINED_LENGTH, return_token_type_ids=True
        )
        segments = np.array(coded["token_type_ids"])
        word_ids = np.array([-1 if word is None else word for word in coded.word_ids()])
        offset = word_ids[segments == 0].max(initial=-1) + 1
        return np.array(coded["input_ids"]), segments, np.where(word_ids < 0, -1, word_ids + offset * segments)

    def _order(self, epoch: int) -> np.ndarray:
        """The epoch's order: shuffled, then batches of like length (less padding), then batches shuffled."""
        random = np.random.default_rng([self.plan.seed, 0, epoch])
        order = random.permutation(len(self.rows))[: self.per_epoch * self.plan.batch]
        lengths = np.array([len(self.rows[i][0]) for i in order])
        pools = np.array_split(np.arange(len(order)), max(1, self.per_epoch // 32))
        order = np.concatenate([order[pool[np.argsort(lengths[pool], kind="stable")]] for pool in pools])
        return random.permutation(order.reshape(self.per_epoch, -1)).reshape(-1)

    def _collate(
        self, rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]], random: np.random.Generator
    ) -> dict[str, torch.Tensor]:
        import torch

        ids, segments, words = (_pad([row[i] for row in rows], fill) for i, fill in enumerate((0, 0, -1)))
        attention = _pad([np.ones(len(row[0]), dtype=np.int64) for row in rows], 0)
        chosen = np.take_along_axis(random.random((len(rows), words.max() + 2)), words + 1, axis=1) < self.plan.masked
        chosen &= words >= 0
        labels = np.where(chosen, ids, NOT_A_TARGET)
        fate = random.random(ids.shape)
        ids = np.where(chosen & (fate < 0.8), self.tokenizer.mask_token_id, ids)
        ids = np.where(chosen & (fate >= 0.9), random.integers(len(MARKS), len(self.tokenizer), ids.shape), ids)
        arrays = {"input_ids": ids, "token_type_ids": segments, "attention_mask": attention, "labels": labels}
        return {name: torch.from_numpy(array) for name, array in arrays.items()}


def _pad(rows: list[np.ndarray], fill: int) -> np.ndarray:
    padded = np.full((len(rows), max(map(len, rows))), fill, dtype=np.int64)
    for i, row in enumerate(rows):
        padded[i, : len(row)] = row
    return padded


def masked_loss(model: BertForMaskedLM, batch: dict[str, torch.Tensor]) -> torch.Tensor:
    """Cross-entropy at the masked words only: logits of the other places would cost most of the time."""
    import torch

    labels = batch["labels"]
    states = model.bert(**{k: v for k, v in batch.items() if k != "labels"}).last_hidden_state
    chosen = labels != NOT_A_TARGET
    return torch.nn.functional.cross_entropy(model.cls(states[chosen]).float(), labels[chosen])


class Trainer:
    """Trains by step number and keeps its state in a folder, so that a killed run goes on where it was.

    Args:
        model: what to train, in place.
        batches: gives the batch of every step.
        plan: schedule.
        folder: where ``state.pt`` is kept.
    """

    def __init__(self, model: BertForMaskedLM, batches: Batches, plan: Plan, folder: Path) -> None:
        import torch

        self.model, self.batches, self.plan, self.state_path = model, batches, plan, folder / "state.pt"
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=plan.learning_rate, weight_decay=0.01)
        total = len(batches)
        warmup = max(1, total // 20)
        shape = [min((step + 1) / warmup, (total - step) / max(1, total - warmup)) for step in range(total)]
        self.rates = [plan.learning_rate * max(0.0, s) for s in shape]
        self.step, self.seconds, self.losses = 0, 0.0, list[float]()

    def resume(self) -> bool:
        """Go on from the kept state; False when there is none. Raises ValueError when it is of another plan."""
        import torch

        if not self.state_path.is_file():
            return False
        state = torch.load(self.state_path, weights_only=True)
        if state["plan"] != asdict(self.plan):
            raise ValueError(f"{self.state_path} is of another plan: {state['plan']}; give another --run")
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds, self.losses = state["step"], state["seconds"], state["losses"]
        return True

    def save(self) -> None:
        """Write the state beside the old one, then replace it: a kill in between loses nothing."""
        import torch

        self.state_path.parent.mkdir(parents=True, exist_ok=True)
        new = self.state_path.with_suffix(".new")
        progress = {"plan": asdict(self.plan), "step": self.step, "seconds": self.seconds, "losses": self.losses}
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), **progress}, new)
        new.replace(self.state_path)

    def run(self, until: int | None = None, save_every: int = 100) -> None:
        """Train up to step ``until`` (all steps by default)."""
        import torch

        self.model.train()
        while self.step < (len(self.batches) if until is None else until):
            start = time.perf_counter()
            for group in self.optimizer.param_groups:
                group["lr"] = self.rates[self.step]
            loss = masked_loss(self.model, self.batches[self.step])
            self.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.step += 1
            self.seconds += time.perf_counter() - start
            self.losses.append(loss.item())
            if self.step % save_every == 0:
                self.save()
                recent = sum(self.losses[-save_every:]) / save_every
                print(f"{self.step}/{len(self.batches)} loss {recent:.3f} {self.seconds:.0f} s", file=sys.stderr)
        self.save()


def train(plan: Plan, out: Path, run: Path) -> dict[str, Any]:
    """Train the tokenizer and the model (or go on with a kept run) and write the checkpoint; returns its card."""
    import torch

    torch.manual_seed(plan.seed)
    pairs = training_pairs()
    texts = [text for pair in pairs for text in pair if text]
    tokenizer = train_tokenizer(texts, plan.vocabulary)
    model = build_model(plan, tokenizer)
    trainer = Trainer(model, Batches(pairs, tokenizer, plan), plan, run)
    if not trainer.resume():
        vectors = torch.from_numpy(piece_vectors(tokenizer, plan.hidden))
        model.bert.embeddings.word_embeddings.weight.data.copy_(vectors)
    trainer.run()
    out.mkdir(parents=True, exist_ok=True)
    model.eval().to(torch.float16).save_pretrained(out)
    tokenizer.save_pretrained(out)
    weights = inverse_document_frequencies(tokenizer, list(dict.fromkeys(texts)))
    save_weights(out / PIECE_WEIGHTS, {"idf": torch.from_numpy(weights)})
    card = {
        "family": "bert",
        "title": {"ru": "Малый русский BERT для BERTScore", "en": "Small Russian BERT for BERTScore"},
        "licence": "Apache-2.0",
        "training": {
            "command": "python -m training.pretrain_bert",
            "data": "texts of shared/data/clothes (train), polite rewritings of RUSSE-2022, names of things",
            "pairs": len(pairs),
            "minutes": round(trainer.seconds / 60, 1),
            "last_loss": round(sum(trainer.losses[-100:]) / len(trainer.losses[-100:]), 3),
            **asdict(plan),
        },
    }
    write_card(out, card)
    return card


def main(argv: Sequence[str] | None = None) -> None:
    """Train (resuming ``runs/bert-ru-mini``), then choose the layer, fit the baseline and score on validation."""
    parser = argparse.ArgumentParser(prog="python -m training.pretrain_bert", description=__doc__)
    parser.add_argument("--out", type=Path, default=CHECKPOINTS / "language" / NAME)
    parser.add_argument("--run", type=Path, default=RUNS / NAME)
    parser.add_argument("--epochs", type=int, default=Plan.epochs)
    arguments = parser.parse_args(argv)
    train(Plan(epochs=arguments.epochs), arguments.out, arguments.run)
    json.dump(fit(arguments.out), sys.stdout, ensure_ascii=False, indent=2)
    print()


if __name__ == "__main__":
    main()
