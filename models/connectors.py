"""What carries image features into a language model: (N, C, D) features of a photo -> (N, K, width) vectors."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class QueryConnector(nn.Module):
    """Learnt queries read a feature map and become the prefix of a language model.

    The transformer mapper of ClipCap (Mokady et al. 2021) with the queries attending to the spatial features, as the
    Q-Former of BLIP-2 does (Li et al. 2023), instead of to one pooled vector.

    Args:
        features: D, width of the image features.
        width: width of the language model.
        queries: K, prefix vectors a photo.
        layers: blocks of self-attention, cross-attention and MLP.
        cells: C, image features a photo.
    """

    def __init__(
        self, features: int, width: int, queries: int, layers: int = 2, cells: int = 49, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.vectors = queries
        self.project = nn.Sequential(nn.LayerNorm(features), nn.Linear(features, width))
        self.position = nn.Parameter(torch.randn(cells, width) * 0.02)
        self.queries = nn.Parameter(torch.randn(queries, width) * 0.02)
        block = nn.TransformerDecoderLayer(
            width, width // 64, 2 * width, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerDecoder(block, layers, nn.LayerNorm(width))

    def forward(self, photos: Tensor) -> Tensor:
        cells = self.project(photos) + self.position
        return self.blocks(self.queries.expand(len(photos), -1, -1), cells)


CONNECTORS = {"query": QueryConnector}


def build_connector(card: dict[str, Any], features: int, width: int) -> nn.Module:
    """The connector of a checkpoint's card (``kind`` and its arguments), with random weights.

    Raises:
        ValueError: the kind is unknown.
    """
    arguments = dict(card)
    kind = arguments.pop("kind")
    if kind not in CONNECTORS:
        raise ValueError(f"unknown connector {kind!r}; known: {', '.join(CONNECTORS)}")
    return CONNECTORS[kind](features, width, **arguments)
