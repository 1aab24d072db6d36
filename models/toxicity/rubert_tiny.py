"""``cointegrated/rubert-tiny-toxicity``: five labels and the aggregate of its model card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.toxicity.published import PublishedClassifier

if TYPE_CHECKING:
    from torch import Tensor

LABELS = 5


class RubertTinyClassifier(PublishedClassifier):
    """Labels non-toxic, insult, obscenity, threat, dangerous, each through a sigmoid.

    The card's aggregate: a text is safe if it is both non-toxic and not dangerous, so the probability of rudeness is
    ``1 - p(non-toxic) * (1 - p(dangerous))``. The labels of the published ``config.json`` are told by their order.
    """

    @staticmethod
    def check(name: str, config: Any) -> None:
        if config.num_labels != LABELS:
            raise ValueError(f"{name}: rubert-tiny-toxicity has {LABELS} labels, this model has {config.num_labels}")

    def probability(self, logits: Tensor) -> Tensor:
        chances = logits.sigmoid()
        return 1 - chances[:, 0] * (1 - chances[:, -1])
