"""This project's own classifier: logistic regression over hashed words, n-grams and categories of a lexicon."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.checkpoint import load_weights, read_card
from models.toxicity.base import ToxicityClassifier
from models.toxicity.features import BINS, bins, segments


class BuiltinClassifier(ToxicityClassifier):
    """A text is as toxic as the worst sentence of its worst reading.

    Args:
        name: folder name.
        weights: (BINS,) of the logistic regression.
        bias: its intercept.
        threshold: probability from which a text is rejected.
    """

    def __init__(self, name: str, weights: np.ndarray, bias: float, threshold: float) -> None:
        if weights.shape != (BINS,):
            raise ValueError(f"{name}: {BINS} weights are needed, there are {weights.shape}")
        self.name, self.weights, self.bias, self.threshold = name, weights, bias, threshold

    @classmethod
    def load(cls, folder: Path) -> BuiltinClassifier:
        card = read_card(folder)
        state = load_weights(folder / "model.safetensors")
        return cls(folder.name, state["weights"].numpy(), float(state["bias"]), card["threshold"])

    def scores(self, texts: Sequence[str]) -> list[float]:
        return [self._score(text) for text in texts]

    def _score(self, text: str) -> float:
        logits = [self.logit(segment) for segment in segments(text)]
        return float(1 / (1 + np.exp(-max(logits)))) if logits else 0.0

    def logit(self, segment: str) -> float:
        """Log-odds of one sentence; its features are binary and of unit length together."""
        active = bins(segment)
        return self.bias + float(self.weights[active].sum() / np.sqrt(len(active))) if len(active) else self.bias
