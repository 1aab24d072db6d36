"""``cointegrated/rubert-tiny-toxicity``: five labels and the aggregate of its model card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.toxicity.published import PublishedClassifier

if TYPE_CHECKING:
    from torch import Tensor


class RubertTinyClassifier(PublishedClassifier):
    """Labels non-toxic, insult, obscenity, threat, dangerous; aggregate 1 - p(non-toxic) · (1 - p(dangerous))."""

    def probability(self, logits: Tensor) -> Tensor:
        chances = logits.sigmoid()
        return 1 - chances[:, 0] * (1 - chances[:, -1])
