"""``unitary/multilingual-toxic-xlm-roberta`` (Detoxify): independent labels, each through a sigmoid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.toxicity.published import PublishedClassifier

if TYPE_CHECKING:
    from torch import Tensor


class XlmRobertaClassifier(PublishedClassifier):
    """The label ``toxicity`` (or ``toxic``) where the model names one, else the largest; the labels are not exclusive."""

    def probability(self, logits: Tensor) -> Tensor:
        chances = logits.sigmoid()
        labels = {label.lower(): int(i) for i, label in self.model.config.id2label.items()}
        for name in ("toxicity", "toxic"):
            if name in labels:
                return chances[:, labels[name]]
        return chances.max(1).values
