"""The interface of every text classifier of the moderation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence


class ToxicityClassifier(ABC):
    """Tells rude texts from decent ones.

    Attributes:
        name: folder name of the checkpoint.
        threshold: probability from which a text is rejected.
    """

    name: str
    threshold: float

    @abstractmethod
    def scores(self, texts: Sequence[str]) -> list[float]:
        """Probability that each text is toxic, 0..1; 0 for a text without letters."""
