"""What carries image features into a language model: (N, C, D) features of a photo -> (N, K, width) vectors."""

from __future__ import annotations

from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CellEmbedding(nn.Module):
    """(N, C, D) cells of a convolutional backbone -> (N, C, width) with what a ViT's have: one scale, marks of their places."""

    def __init__(self, features: int, width: int, cells: int = 49) -> None:
        super().__init__()
        self.project = nn.Sequential(nn.LayerNorm(features), nn.Linear(features, width))
        self.position = nn.Parameter(torch.randn(cells, width) * 0.02)

    def forward(self, photos: Tensor) -> Tensor:
        return self.project(photos) + self.position


class QueryConnector(CellEmbedding):
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
        super().__init__(features, width, cells)
        self.vectors = queries
        self.queries = nn.Parameter(torch.randn(queries, width) * 0.02)
        block = nn.TransformerDecoderLayer(
            width, width // 64, 2 * width, dropout, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerDecoder(block, layers, nn.LayerNorm(width))

    def forward(self, photos: Tensor) -> Tensor:
        return self.blocks(self.queries.expand(len(photos), -1, -1), super().forward(photos))


class LinearConnector(nn.Module):
    """One linear layer from image features to the width of the language model, over a grid of K = ``grid``² averages.

    Args:
        features: D, width of the image features.
        width: width of the language model.
        grid: the C cells of a photo (a square, after a class token if there is one) are averaged to this side.
    """

    def __init__(self, features: int, width: int, grid: int = 3) -> None:
        super().__init__()
        self.grid = grid
        self.vectors = grid * grid
        self.project = nn.Linear(features, width)

    def forward(self, photos: Tensor) -> Tensor:
        side = isqrt(photos.shape[1])
        maps = photos[:, -side * side :].transpose(1, 2).unflatten(2, (side, side))
        return self.project(F.adaptive_avg_pool2d(maps, self.grid).flatten(2).transpose(1, 2))


class MlpMapper(nn.Module):
    """ClipCap's MLP from one image embedding to K vectors (keys ``model.0``, ``model.2`` as published).

    Args:
        features: D of the image embedding; of several cells the mean is taken.
        width: width of the language model.
        vectors: K.
    """

    def __init__(self, features: int, width: int, vectors: int = 30) -> None:
        super().__init__()
        self.vectors = vectors
        hidden = width * vectors // 2
        self.model = nn.Sequential(nn.Linear(features, hidden), nn.Tanh(), nn.Linear(hidden, width * vectors))

    def forward(self, photos: Tensor) -> Tensor:
        return self.model(photos.mean(1)).unflatten(1, (self.vectors, -1))


class MapperLayer(nn.Module):
    """A pre-norm block of ClipCap's transformer mapper, module names as published."""

    def __init__(self, width: int, heads: int, mlp_ratio: float) -> None:
        super().__init__()
        hidden = int(width * mlp_ratio)
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.attn = nn.ModuleDict(
            {
                "to_queries": nn.Linear(width, width, bias=False),
                "to_keys_values": nn.Linear(width, 2 * width, bias=False),
                "project": nn.Linear(width, width),
            }
        )
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, hidden), "fc2": nn.Linear(hidden, width)})

    def forward(self, x: Tensor) -> Tensor:
        seen = self.norm1(x)
        queries = self.attn["to_queries"](seen).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        keys, values = self.attn["to_keys_values"](seen).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        read = F.scaled_dot_product_attention(queries, keys, values).transpose(1, 2).flatten(2)
        x = x + self.attn["project"](read)
        return x + self.mlp["fc2"](F.relu(self.mlp["fc1"](self.norm2(x))))


class TransformerMapper(nn.Module):
    """ClipCap's transformer mapper: one image embedding -> ``clip_length`` vectors, read by K learnt constants.

    Args:
        features: D of the image embedding; of several cells the mean is taken.
        width: width of the language model.
        vectors: K.
        clip_length: vectors the embedding is spread over.
        layers, heads, mlp_ratio: of the transformer.
    """

    def __init__(
        self, features: int, width: int, vectors: int = 30, clip_length: int = 10, layers: int = 8, heads: int = 8,
        mlp_ratio: float = 2.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.vectors, self.clip_length = vectors, clip_length
        self.linear = nn.Linear(features, clip_length * width)
        self.prefix_const = nn.Parameter(torch.randn(vectors, width))
        blocks = nn.ModuleList(MapperLayer(width, heads, mlp_ratio) for _ in range(layers))
        self.transformer = nn.ModuleDict({"layers": blocks})

    def forward(self, photos: Tensor) -> Tensor:
        image = self.linear(photos.mean(1)).unflatten(1, (self.clip_length, -1))
        x = torch.cat([image, self.prefix_const.expand(len(photos), -1, -1)], 1)
        for block in self.transformer["layers"]:
            x = block(x)
        return x[:, self.clip_length :]


CONNECTORS = {"query": QueryConnector, "linear": LinearConnector, "mlp": MlpMapper, "transformer": TransformerMapper}


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
