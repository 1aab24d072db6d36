"""Image codes: which entry of a codebook each cell of a photo is."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PhotoCodes(nn.Module):
    """(N, C, D) image features -> (N, C) codes, the highest of V linear scores.

    The scores are the projection of a VQGAN's Gumbel quantiser, or, ``nearest``, the distances to k-means centres.
    Buffers are not saved with a network: they come with its vision part.

    Args:
        weight: (V, D).
        bias: (V,).
    """

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight, persistent=False)
        self.register_buffer("bias", bias, persistent=False)

    @classmethod
    def nearest(cls, centres: Tensor) -> PhotoCodes:
        """The nearest of (V, D) centres: |x - c|² is smallest where x·c - |c|²/2 is highest."""
        return cls(centres, -centres.square().sum(1) / 2)

    @torch.no_grad()
    def forward(self, features: Tensor) -> Tensor:
        return (features @ self.weight.T + self.bias).argmax(-1)
