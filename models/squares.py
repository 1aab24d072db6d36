"""The middle of a photo as ruCLIP and ruDOLPH read it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor


class CentralSquare:
    """The largest central square, resized: what ``RandomResizedCrop(scale=(1, 1), ratio=(1, 1))`` comes to.

    (Where the sides differ by one pixel the packages draw at random which one they drop; here it is the last.)

    Args:
        size: side in pixels.
        mean, std: of the colours, 0 to 1.
    """

    def __init__(self, size: int, mean: Sequence[float], std: Sequence[float]) -> None:
        self.size = size
        self.mean, self.std = torch.tensor(mean).view(3, 1, 1), torch.tensor(std).view(3, 1, 1)

    def __call__(self, image: Image.Image) -> Tensor:
        """(3, size, size) of a photo."""
        side = min(image.size)
        left, top = (image.width - side) // 2, (image.height - side) // 2
        square = image.convert("RGB").crop((left, top, left + side, top + side))
        resized = np.asarray(square.resize((self.size, self.size), Image.Resampling.BILINEAR))
        return (torch.from_numpy(resized.copy()).permute(2, 0, 1).float() / 255 - self.mean) / self.std
