"""Training pictures as arrays, and their augmentation as batched tensor operations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional as F

SIDE = 256


def square(path: Path) -> np.ndarray:
    """One photo squeezed to (SIDE, SIDE, 3) bytes."""
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    return np.asarray(upright.resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def stamp_square(path: Path) -> np.ndarray:
    """A stamp laid on a plain background of a random light colour, fixed by its name."""
    random = np.random.default_rng(sum(path.name.encode()))
    with Image.open(path) as image:
        stamp = image.convert("RGBA")
    stamp.thumbnail((SIDE - 16, SIDE - 16))
    board = Image.new("RGBA", (SIDE, SIDE), (*random.integers(120, 256, 3).tolist(), 255))
    board.alpha_composite(stamp, ((SIDE - stamp.width) // 2, (SIDE - stamp.height) // 2))
    return np.asarray(board.convert("RGB"))


def load_squares(paths: Sequence[Path], cache: Path) -> np.ndarray:
    """(N, SIDE, SIDE, 3) bytes, memory-mapped from ``cache``, which is made when missing."""
    return _cached(square, paths, cache)


def load_stamp_squares(paths: Sequence[Path], cache: Path) -> np.ndarray:
    return _cached(stamp_square, paths, cache)


def _cached(read: object, paths: Sequence[Path], cache: Path) -> np.ndarray:
    if not cache.is_file():
        with ThreadPoolExecutor(2) as pool:
            np.save(cache, np.stack(list(pool.map(read, paths))))
    return np.load(cache, mmap_mode="r")


def affine_views(x: Tensor, size: int, random: np.random.Generator, zoom: tuple[float, float] = (0.65, 1.05)) -> Tensor:
    """Random crop, stretch, turn (±20°) and mirror of (N, 3, H, W) in one sampling, reflected beyond the edges."""
    n = len(x)
    scale = random.uniform(*zoom, n)
    stretch = np.exp(random.uniform(-0.2, 0.2, n))
    turn = random.uniform(-math.pi / 9, math.pi / 9, n)
    mirror = random.choice([-1.0, 1.0], n)
    room = np.clip(1 - scale, 0, None)
    shift = random.uniform(-1, 1, (n, 2)) * room[:, None]
    cos, sin = np.cos(turn) * scale, np.sin(turn) * scale
    theta = np.stack(
        [
            np.stack([cos * stretch * mirror, -sin, shift[:, 0]], -1),
            np.stack([sin * mirror, cos / stretch, shift[:, 1]], -1),
        ],
        1,
    )
    grid = F.affine_grid(torch.from_numpy(theta).float(), [n, 3, size, size], align_corners=False)
    return F.grid_sample(x, grid, mode="bilinear", padding_mode="reflection", align_corners=False)


def shift_light(x: Tensor, random: np.random.Generator) -> Tensor:
    """Random brightness, contrast and a slight warm or cold cast; colours stay nameable."""
    n = len(x)
    gain = torch.from_numpy(random.uniform(0.75, 1.25, (n, 1, 1, 1)) * random.uniform(0.95, 1.05, (n, 3, 1, 1))).float()
    offset = torch.from_numpy(random.uniform(-0.15, 0.15, (n, 1, 1, 1))).float()
    return x * gain + offset
