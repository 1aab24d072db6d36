"""What ruDOLPH's tokens see: everything before them, but image codes see only some image codes.

A sequence is left text, side × side image codes row by row, right text
(https://github.com/ai-forever/ru-dolph, "Sparse Attention Mask").
"""

from __future__ import annotations

import torch
from torch import Tensor


def image_patterns(side: int, kernel: int, last_kernel: int) -> dict[str, Tensor]:
    """(side², side²) masks, True where the code of a row may see the code of a column; later codes are not left out."""
    cells = torch.arange(side * side)
    back = cells[:, None] - cells
    row, column = (place[:, None] - place for place in (cells // side, cells % side))

    def near(width: int) -> Tensor:
        return (row.abs() <= width // 2) & (column.abs() <= width // 2)

    return {
        "row": back <= side,
        "col": back % side == 0,
        "conv": near(kernel),
        "last_conv": near(last_kernel),
    }


def sparse_masks(left: int, side: int, right: int, kernel: int, last_kernel: int) -> dict[str, Tensor]:
    """The four (L, L) masks of a whole sequence, L = left + side² + right, as published state dicts hold them."""
    length, image = left + side * side + right, slice(left, left + side * side)
    masks = {}
    for name, pattern in image_patterns(side, kernel, last_kernel).items():
        masks[name] = torch.ones(length, length, dtype=torch.bool).tril()
        masks[name][image, image] &= pattern
    return masks


def mask_of_layer(layer: int, layers: int) -> str:
    """Layers take turns: row, column, row, convolution; the last is a wider convolution."""
    if layer % 4 == 1:
        return "col"
    if layer == layers - 1:
        return "last_conv"
    return "conv" if layer % 4 == 3 else "row"
