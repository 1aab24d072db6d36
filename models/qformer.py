"""BLIP-2's connector (Li et al. 2023): learnt queries read the features of a photo, or of all photos of an ad at once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import Blip2QFormerConfig, Blip2QFormerModel, PreTrainedModel

from models.connectors import CellEmbedding
from models.language import MAX_PHOTOS
from models.networks import PrefixNetwork, group_photos, photo_counts


class QFormerConnector(nn.Module):
    """(N, C, D) features -> (N, K, width) prefix vectors; names of the children as in the published checkpoints.

    Args:
        qformer: reads ``encoder_hidden_size`` wide features.
        queries: K.
        width: of the language model.
        cells: (N, C, D) -> (N, C, encoder_hidden_size); the identity for a ViT.
        joint: whether it reads all photos of an ad at once; then every photo gets a mark of its place.
    """

    def __init__(
        self, qformer: Blip2QFormerModel, queries: int, width: int, cells: nn.Module, joint: bool = False
    ) -> None:
        super().__init__()
        config = qformer.config
        self.vectors = queries
        self.cells = cells
        self.query_tokens = nn.Parameter(torch.randn(1, queries, config.hidden_size) * config.initializer_range)
        self.qformer = qformer
        self.language_projection = nn.Linear(config.hidden_size, width)
        # Zeros: an ad of one photo is read as BLIP-2 reads it until the marks are trained.
        self.photo_marks = nn.Parameter(torch.zeros(MAX_PHOTOS, 1, config.encoder_hidden_size)) if joint else None

    @classmethod
    def of_shape(
        cls, features: int, width: int, queries: int, cells: int = 49, joint: bool = False, **shape: Any
    ) -> QFormerConnector:
        """A random one over a convolutional backbone; ``shape``: fields of ``Blip2QFormerConfig``."""
        config = Blip2QFormerConfig(**shape)
        embedding = CellEmbedding(features, config.encoder_hidden_size, cells)
        return cls(Blip2QFormerModel(config), queries, width, embedding, joint)

    def forward(self, photos: Tensor) -> Tensor:
        return self._read(self.cells(photos))

    def join(self, photos: Tensor, counts: list[int]) -> Tensor:
        """(ΣN, C, D) features of ads with so many photos each -> (B, K, width)."""
        places = torch.cat([torch.arange(count) for count in counts])
        grouped, there = group_photos(self.cells(photos) + self.photo_marks[places], counts)
        return self._read(grouped.flatten(1, 2), there.repeat_interleave(grouped.shape[2], 1))

    def _read(self, seen: Tensor, mask: Tensor | None = None) -> Tensor:
        read = self.qformer(
            query_embeds=self.query_tokens.expand(len(seen), -1, -1),
            encoder_hidden_states=seen,
            encoder_attention_mask=mask,
        )
        return self.language_projection(read.last_hidden_state)


class JointNetwork(PrefixNetwork):
    """A prefix network whose K vectors stand for all photos of an ad together.

    Args:
        photo_ids: ids of the ``<IMG_i>`` tokens, which say how many photos an ad has.
    """

    def __init__(
        self, language: PreTrainedModel, connector: QFormerConnector, prefix_id: int, photo_ids: list[int]
    ) -> None:
        super().__init__(language, connector, prefix_id)
        self.register_buffer("photo_ids", torch.tensor(photo_ids), persistent=False)

    def connect(self, ids: Tensor, photos: Tensor) -> Tensor:
        return self.connector.join(photos, [count for count in photo_counts(ids, self.photo_ids) if count])
