"""Image features shared by encoders and captioners: one backbone, one pass a photo."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from models.checkpoint import CHECKPOINTS, load_weights, read_card
from models.photo import Photo, computed_once

# (x - 127) / 128 of the EfficientNet-Lite card, for pixels scaled to 0..1.
MEAN, STD = 127 / 255, 128 / 255


def efficientnet_lite0() -> nn.Module:
    """The architecture of ``efficientnet-lite-pytorch`` (B, 3, H, W) -> (B, 1280, H/32, W/32), no weights."""
    from efficientnet_lite_pytorch import EfficientNet

    return EfficientNet.from_name("efficientnet-lite0")


def pixels(images: Sequence[Image.Image], size: int) -> Tensor:
    """Return (N, 3, size, size) normalised pixels; the whole photo is squeezed into the square, no edge is cut."""
    import numpy as np

    squares = [
        image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0) for image in images
    ]
    batch = torch.from_numpy(np.stack([np.asarray(square) for square in squares]))
    return normalise(batch.permute(0, 3, 1, 2))


def normalise(batch: Tensor) -> Tensor:
    """Map (N, 3, H, W) bytes to the range the backbone was trained on."""
    return (batch.float() / 255 - MEAN) / STD


class VisionEncoder(ABC):
    """A frozen image encoder; every photo is computed once and remembered.

    Attributes:
        name: of the checkpoint.
        dim: D of the image features.
    """

    name: str
    dim: int

    @abstractmethod
    def tokens(self, photos: Sequence[Photo]) -> Tensor:
        """Return (N, C, D) float32 features: C cells or patches a photo."""


class EfficientNetEncoder(VisionEncoder):
    """A frozen EfficientNet-Lite backbone.

    Args:
        name: folder under ``checkpoints/vision``.
        network: the backbone, in evaluation mode.
        size: side of the square it reads, in pixels.
    """

    def __init__(self, name: str, network: nn.Module, size: int) -> None:
        self.name = name
        self.network = network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
        self.size = size
        self.dim = 1280

    def tokens(self, photos: Sequence[Photo]) -> Tensor:
        return cells(self.features(photos))

    @torch.inference_mode()
    def features(self, photos: Sequence[Photo]) -> Tensor:
        """Return (N, 1280, H, W) float32 feature maps, each photo computed once and remembered."""
        return torch.stack(computed_once(f"vision/{self.name}", photos, self._compute))

    def _compute(self, photos: list[Photo]) -> Tensor:
        batch = pixels([photo.image for photo in photos], self.size)
        return self.network.extract_features(batch.contiguous(memory_format=torch.channels_last))


def cells(maps: Tensor) -> Tensor:
    """(N, D, H, W) feature maps -> (N, H·W, D)."""
    return maps.flatten(2).transpose(1, 2)


@lru_cache(maxsize=4)
def load_vision(name: str, root: Path = CHECKPOINTS) -> VisionEncoder:
    """Load ``checkpoints/vision/NAME``, or the photo tower of ``checkpoints/clip/NAME`` for ``clip/NAME``, once.

    Raises:
        FileNotFoundError: (``MissingPart`` for a published one) it is not on this machine.
        ValueError: its card names an unknown family.
    """
    if name.startswith("clip/"):
        from models.vision_published import ClipPhotoEncoder

        return ClipPhotoEncoder(name.removeprefix("clip/"), root)
    folder = root / "vision" / name
    card = read_card(folder)
    if card["family"] == "vit":
        from models.vision_published import VitEncoder

        return VitEncoder.load(folder, card["source"])
    if card["family"] != "efficientnet-lite0":
        raise ValueError(f"vision/{name}: unknown family {card['family']!r}; known: efficientnet-lite0, vit")
    network = efficientnet_lite0()
    network.load_state_dict(load_weights(folder / "model.safetensors"))
    return EfficientNetEncoder(name, network, card["image_size"])
