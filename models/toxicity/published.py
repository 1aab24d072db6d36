"""Published classifiers of ``transformers``, from a local folder or the hub cache."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.checkpoint import read_card
from models.parts import resolve
from models.toxicity.base import ToxicityClassifier

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 16
LONGEST = 512


class PublishedClassifier(ToxicityClassifier):
    """Runs a sequence classifier; a family says how its labels make one probability.

    Args:
        name: folder name of the checkpoint.
        model, tokenizer: as ``transformers`` loads them.
        threshold: probability from which a text is rejected.
    """

    def __init__(self, name: str, model: Any, tokenizer: Any, threshold: float) -> None:
        self.name, self.model, self.tokenizer, self.threshold = name, model.eval(), tokenizer, threshold

    @classmethod
    def load(cls, folder: Path) -> PublishedClassifier:
        """Load what ``parts.model`` of the card names; raises ``models.parts.MissingPart`` saying how to get it."""
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        card = read_card(folder)
        path = resolve(card["parts"]["model"])
        model = AutoModelForSequenceClassification.from_pretrained(path)
        return cls(folder.name, model, AutoTokenizer.from_pretrained(path), card["threshold"])

    def scores(self, texts: Sequence[str]) -> list[float]:
        import torch

        found: list[float] = []
        with torch.inference_mode():
            for start in range(0, len(texts), BATCH):
                batch = list(texts[start : start + BATCH])
                inputs = self.tokenizer(batch, return_tensors="pt", padding=True, truncation=True, max_length=LONGEST)
                found += self.probability(self.model(**inputs).logits).tolist()
        return [score if any(map(str.isalpha, text)) else 0.0 for score, text in zip(found, texts, strict=True)]

    def probability(self, logits: Tensor) -> Tensor:
        """(N,) probabilities of (N, L) logits."""
        raise NotImplementedError
