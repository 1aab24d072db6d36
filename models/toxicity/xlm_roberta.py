"""``unitary/multilingual-toxic-xlm-roberta`` (Detoxify): independent labels, each through a sigmoid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.toxicity.published import PublishedClassifier

if TYPE_CHECKING:
    from torch import Tensor

NAMES = ("toxicity", "toxic")


class XlmRobertaClassifier(PublishedClassifier):
    """The label ``toxicity`` (``toxic``) where the configuration names one, else the first: Detoxify's own order.

    The other labels are no verdicts: beside ``insult`` and ``threat`` the model tells which group is spoken of.
    """

    def probability(self, logits: Tensor) -> Tensor:
        labels = {label.lower(): int(i) for i, label in self.model.config.id2label.items()}
        place = next((labels[name] for name in NAMES if name in labels), 0)
        return logits[:, place].sigmoid()
