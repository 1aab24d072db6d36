"""What carries image features into a language model."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class QueryConnector(nn.Module):
    """Learnt queries read a feature map and become the prefix of a language model.

    The transformer mapper of ClipCap (Mokady et al. 2021) with the queries attending to the spatial features, as the
    Q-Former of BLIP-2 does (Li et al. 2023), instead of to one pooled vector.

    Args:
        features: channels of the feature map.
        width: width of the language model.
        queries: K, prefix vectors a photo.
        layers: blocks of self-attention, cross-attention and MLP.
        grid: side of the feature map.
    """

    def __init__(
        self, features: int, width: int, queries: int, layers: int = 2, grid: int = 7, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.project = nn.Sequential(nn.LayerNorm(features), nn.Linear(features, width))
        self.position = nn.Parameter(torch.randn(grid * grid, width) * 0.02)
        self.queries = nn.Parameter(torch.randn(queries, width) * 0.02)
        block = nn.TransformerDecoderLayer(
            width, width // 64, 2 * width, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerDecoder(block, layers, nn.LayerNorm(width))

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, C, H, W) feature maps to (N, K, width) prefixes."""
        cells = self.project(maps.flatten(2).transpose(1, 2)) + self.position
        return self.blocks(self.queries.expand(len(maps), -1, -1), cells)
