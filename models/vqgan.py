"""The encoder of ruDALL-E's VQGAN (`shonenkov/rudalle-utils: vqgan.gumbelf8-sber.model.ckpt`): photos -> image codes.

Module names are those of taming-transformers' ``GumbelVQ`` (Esser et al. 2021); its decoder is not needed here.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.checkpoint import fill
from models.photo import Photo, computed_once
from models.squares import CentralSquare
from models.vision import VisionEncoder

BATCH = 4


@dataclass(frozen=True)
class VqganShape:
    """The defaults are those of the published gumbel f8.

    Attributes:
        ch: channels of the first level; ``ch_mult`` times it those of every level, each half as large as the one before.
        num_res_blocks: residual blocks a level; those of the last level, the smallest, are followed by attention.
        z_channels: D of the features.
        n_embed: size of the codebook.
    """

    ch: int = 128
    ch_mult: tuple[int, ...] = (1, 1, 2, 4)
    num_res_blocks: int = 2
    z_channels: int = 256
    n_embed: int = 8192


def _norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(32, channels, eps=1e-6)


class ResnetBlock(nn.Module):
    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = _norm(before), nn.Conv2d(before, after, 3, padding=1)
        self.norm2, self.conv2 = _norm(after), nn.Conv2d(after, after, 3, padding=1)
        if before != after:
            self.nin_shortcut = nn.Conv2d(before, after, 1)

    def forward(self, x: Tensor) -> Tensor:
        read = self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))
        return read + (self.nin_shortcut(x) if hasattr(self, "nin_shortcut") else x)


class AttnBlock(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = _norm(channels)
        self.q, self.k, self.v, self.proj_out = (nn.Conv2d(channels, channels, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm(x)
        query, key, value = (layer(normed).flatten(2).transpose(1, 2) for layer in (self.q, self.k, self.v))
        read = F.scaled_dot_product_attention(query, key, value)
        return x + self.proj_out(read.transpose(1, 2).unflatten(2, x.shape[2:]))


class Downsample(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, (0, 1, 0, 1)))


class Level(nn.Module):
    """Residual blocks of one resolution, with attention or with halving after them."""

    def __init__(self, before: int, after: int, blocks: int, last: bool) -> None:
        super().__init__()
        self.block = nn.ModuleList(ResnetBlock(after if i else before, after) for i in range(blocks))
        self.attn = nn.ModuleList(AttnBlock(after) for _ in range(blocks if last else 0))
        if not last:
            self.downsample = Downsample(after)

    def forward(self, x: Tensor) -> Tensor:
        for index, block in enumerate(self.block):
            x = block(x)
            if self.attn:
                x = self.attn[index](x)
        return x if self.attn else self.downsample(x)


class Encoder(nn.Module):
    """(N, 3, S, S) pixels in -1 … 1 -> (N, z_channels, S / f, S / f), f = 2 ** (levels - 1)."""

    def __init__(self, shape: VqganShape) -> None:
        super().__init__()
        channels = [shape.ch * times for times in (1, *shape.ch_mult)]
        top = channels[-1]
        self.conv_in = nn.Conv2d(3, shape.ch, 3, padding=1)
        self.down = nn.ModuleList(
            Level(channels[i], channels[i + 1], shape.num_res_blocks, i == len(channels) - 2)
            for i in range(len(channels) - 1)
        )
        self.mid = nn.ModuleDict(
            {"block_1": ResnetBlock(top, top), "attn_1": AttnBlock(top), "block_2": ResnetBlock(top, top)}
        )
        self.norm_out = _norm(top)
        self.conv_out = nn.Conv2d(top, shape.z_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv_in(x)
        for module in (*self.down, *self.mid.values()):
            x = module(x)
        return self.conv_out(F.silu(self.norm_out(x)))


class Vqgan(nn.Module):
    """The half of ``GumbelVQ`` that reads: ``encoder``, ``quant_conv`` and the projection of ``quantize``."""

    def __init__(self, shape: VqganShape) -> None:
        super().__init__()
        self.encoder = Encoder(shape)
        self.quant_conv = nn.Conv2d(shape.z_channels, shape.z_channels, 1)
        self.quantize = nn.ModuleDict({"proj": nn.Conv2d(shape.z_channels, shape.n_embed, 1)})

    def forward(self, x: Tensor) -> Tensor:
        return self.quant_conv(self.encoder(x))

    def projection(self) -> tuple[Tensor, Tensor]:
        """(n_embed, D) and (n_embed,): a cell's code is its highest linear score."""
        return self.quantize["proj"].weight.detach().flatten(1), self.quantize["proj"].bias.detach()


class VqganEncoder(VisionEncoder):
    """Features of the central square of a photo before they become codes.

    Args:
        name: of the checkpoint, under which a photo keeps its features.
        network: with its weights.
        size: side in pixels that a photo is read at.
    """

    def __init__(self, name: str, network: Vqgan, size: int) -> None:
        self.name = name
        self.network = network.eval().requires_grad_(False)
        self.dim = network.quant_conv.out_channels
        self.preprocess = CentralSquare(size, (0.5,) * 3, (0.5,) * 3)

    @torch.inference_mode()
    def tokens(self, photos: Sequence[Photo]) -> Tensor:
        return torch.stack(computed_once(f"vqgan/{self.name}", photos, self._compute))

    def _compute(self, photos: list[Photo]) -> list[Tensor]:
        features: list[Tensor] = []
        for start in range(0, len(photos), BATCH):
            pixels = torch.stack([self.preprocess(photo.image) for photo in photos[start : start + BATCH]])
            features.extend(self.network(pixels).flatten(2).transpose(1, 2))
        return features


def load_vqgan(path: Path, shape: VqganShape) -> Vqgan:
    """Read the published checkpoint, its decoder and losses left out.

    Raises:
        ValueError: weights do not fit, or the file holds Python objects besides tensors, which could run code.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    except pickle.UnpicklingError as error:
        advice = "on a machine you trust, load it and save {'state_dict': …} alone"
        raise ValueError(f"{path} holds more than tensors ({error}); {advice}") from error
    network = Vqgan(shape)
    read = ("encoder.", "quant_conv.", "quantize.proj.")
    fill(network, {name: weight for name, weight in state.items() if name.startswith(read)}, path.name)
    return network
