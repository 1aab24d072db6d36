"""Published classifiers of ``transformers``, from a local folder or the hub cache."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.checkpoint import read_card
from models.parts import MissingPart, resolve
from models.toxicity.base import ToxicityClassifier

if TYPE_CHECKING:
    from torch import Tensor

BATCH = 16
# Tokens a BERT can take.
LONGEST = 512
# Characters from which a text's sentences are judged alone too: a rude one drowns in a long polite ad.
LONG = 300
NEEDS = ("config.json",)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")


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
        """Load what ``source`` of the card names.

        Raises:
            models.parts.MissingPart: it is not on this machine; the message says how to get it.
            ValueError: the model has not the labels of this family.
        """
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        card = read_card(folder)
        try:
            path = resolve(card["source"], NEEDS, base=folder)
        except MissingPart as error:
            raise error.of(folder.name) from error
        model = AutoModelForSequenceClassification.from_pretrained(path, local_files_only=True)
        cls.check(folder.name, model.config)
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
        return cls(folder.name, model, tokenizer, card["threshold"])

    @staticmethod
    def check(name: str, config: Any) -> None:
        """Raise ValueError where the labels are not those of the family."""

    def scores(self, texts: Sequence[str]) -> list[float]:
        cut = [parts(text) for text in texts]
        found = iter(self._run([part for of_text in cut for part in of_text]))
        return [max((next(found) for _ in of_text), default=0.0) for of_text in cut]

    def _run(self, texts: list[str]) -> list[float]:
        import torch

        found: list[float] = []
        with torch.inference_mode():
            for start in range(0, len(texts), BATCH):
                batch = texts[start : start + BATCH]
                inputs = self.tokenizer(batch, return_tensors="pt", padding=True, truncation=True, max_length=LONGEST)
                found += self.probability(self.model(**inputs).logits).tolist()
        return found

    def probability(self, logits: Tensor) -> Tensor:
        """(N,) probabilities of (N, L) logits."""
        raise NotImplementedError


def parts(text: str) -> list[str]:
    """The text, and for a long one its sentences too; nothing of a text without letters."""
    if not any(map(str.isalpha, text)):
        return []
    sentences = _SENTENCE_END.split(text) if len(text) > LONG else []
    return [text, *(sentence for sentence in sentences if any(map(str.isalpha, sentence)))]
