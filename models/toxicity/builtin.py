"""This project's own classifier: hashed words and n-grams weighed by a regression, and a network over the words' meaning."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from models.checkpoint import fill, load_weights, read_card
from models.sentences import sentence_encoder
from models.toxicity.base import ToxicityClassifier
from models.toxicity.features import BINS, bins, says_nothing, segments, signs
from models.toxicity.words import padded, width, words

if TYPE_CHECKING:
    from torch import Tensor

    from models.toxicity.network import RudenessNetwork

NETWORK = "network."
BATCH = 64


class BuiltinClassifier(ToxicityClassifier):
    """A text is as toxic as the worst segment of its worst reading.

    Args:
        name: folder name.
        weights: (BINS,) of the regression over hashed tokens.
        bias: its intercept.
        network: judges the same segments by the meaning of their words.
        mixture: weights of what ``judges`` tells of a segment, and what is added.
        threshold: probability from which a text is rejected.
    """

    def __init__(
        self,
        name: str,
        weights: np.ndarray,
        bias: float,
        network: RudenessNetwork,
        mixture: Sequence[float],
        threshold: float,
    ) -> None:
        if weights.shape != (BINS,):
            raise ValueError(f"{name}: {BINS} weights are needed, there are {weights.shape}")
        self.name, self.weights, self.bias, self.threshold = name, weights, bias, threshold
        self.network, self.mixture = network.eval(), np.array(mixture)

    @classmethod
    def load(cls, folder: Path) -> BuiltinClassifier:
        from models.toxicity.network import RudenessNetwork

        card = read_card(folder)
        state = load_weights(folder / "model.safetensors")
        network = RudenessNetwork(width())
        fill(network, {k.removeprefix(NETWORK): v for k, v in state.items() if k.startswith(NETWORK)}, folder.name)
        mixture = state["mixture"].numpy()
        return cls(folder.name, state["weights"].numpy(), float(state["bias"]), network, mixture, card["threshold"])

    def state(self) -> dict[str, Tensor]:
        """What ``load`` reads."""
        import torch

        own = {"weights": self.weights, "bias": np.array([self.bias]), "mixture": self.mixture}
        network = {NETWORK + key: value for key, value in self.network.state_dict().items()}
        return {key: torch.from_numpy(value) for key, value in own.items()} | network

    def scores(self, texts: Sequence[str]) -> list[float]:
        cut = [[segment for segment in segments(text) if not says_nothing(segment)] for text in texts]
        logits = iter(self.logits([segment for found in cut for segment in found]))
        worst = [max((next(logits) for _ in found), default=-np.inf) for found in cut]
        return [float(1 / (1 + np.exp(-logit))) for logit in worst]

    def logits(self, these: Sequence[str]) -> np.ndarray:
        """(N,) log-odds of N segments."""
        return self.judges(these) @ self.mixture[:-1] + self.mixture[-1]

    def judges(self, these: Sequence[str]) -> np.ndarray:
        """(N, 4): log-odds of the regression and of the network, signs of obscenity and of insult in the lexicon."""
        found = np.array([signs(segment) for segment in these]).reshape(len(these), 2)
        return np.column_stack([self.by_tokens(these), self.by_meaning(these), found])

    def by_tokens(self, these: Sequence[str]) -> np.ndarray:
        """(N,) log-odds of the regression; the features of a segment are binary and of unit length together."""
        active = [bins(segment) for segment in these]
        return np.array([self.bias + self.weights[a].sum() / np.sqrt(max(1, len(a))) for a in active])

    def by_meaning(self, these: Sequence[str]) -> np.ndarray:
        """(N,) log-odds of the network; segments of like length are run together."""
        import torch

        found = np.zeros(len(these))
        split = [words(segment) for segment in these]
        order = sorted(range(len(these)), key=lambda i: len(split[i]))
        with torch.inference_mode():
            for start in range(0, len(order), BATCH):
                batch = order[start : start + BATCH]
                inputs = [torch.from_numpy(array) for array in padded([split[i] for i in batch])]
                meanings = torch.from_numpy(sentence_encoder().encode([" ".join(split[i]) for i in batch]))
                found[batch] = self.network(*inputs, meanings)[0].numpy()
        return found
