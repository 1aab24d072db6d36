"""Feature maps of training photos, computed once and memory-mapped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from tqdm import tqdm

from models.vision import EfficientNetEncoder, cells, load_vision, normalise
from training.images import affine_views, load_squares, load_stamp_squares, shift_light


class FeatureCache:
    """(N, D, H, W) half-precision maps on disk; ``cache[[3, 1]]`` reads rows as (2, H·W, D) float32."""

    def __init__(self, maps: np.ndarray) -> None:
        self.maps = maps

    def __len__(self) -> int:
        return len(self.maps)

    def __getitem__(self, rows: Sequence[int]) -> Tensor:
        return cells(torch.from_numpy(self.maps[list(rows)]).float()) if len(rows) else torch.empty(0)


def cache_features(
    vision: str, photos: Sequence[Path], stamps: Sequence[Path], views: int, folder: Path, seed: int = 0
) -> FeatureCache:
    """Compute, or open, ``views`` rows a photo (the first untouched, the others augmented) and one row a stamp."""
    target = folder / "maps.npy"
    if not (folder / "done").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        encoder = load_vision(vision)
        squares = load_squares(photos, folder / "squares.npy")
        extra = load_stamp_squares(stamps, folder / "stamps.npy") if stamps else []
        side = encoder.size // 32
        shape = (len(photos) * views + len(stamps), encoder.dim, side, side)
        maps = np.lib.format.open_memmap(target, "w+", np.float16, shape)
        random = np.random.default_rng(seed)
        for start in tqdm(range(0, len(photos), 16), desc="features", mininterval=20):
            batch = squares[start : start + 16]
            rows = [_maps(encoder, batch, random if view else None) for view in range(views)]
            block = np.stack(rows, 1).reshape(-1, *shape[1:])
            maps[start * views : start * views + len(block)] = block
        for start in range(0, len(extra), 64):
            block = _maps(encoder, extra[start : start + 64], None)
            maps[len(photos) * views + start : len(photos) * views + start + len(block)] = block
        maps.flush()
        (folder / "done").touch()
    return FeatureCache(np.load(target, mmap_mode="r"))


@torch.inference_mode()
def _maps(encoder: EfficientNetEncoder, squares: np.ndarray, random: np.random.Generator | None) -> np.ndarray:
    x = normalise(torch.from_numpy(np.array(squares)).permute(0, 3, 1, 2))
    if random is None:
        x = F.interpolate(x, (encoder.size, encoder.size), mode="bicubic", antialias=True)
    else:
        x = shift_light(affine_views(x, encoder.size, random, zoom=(0.7, 1.0)), random)
    return encoder.network.extract_features(x.contiguous(memory_format=torch.channels_last)).half().numpy()
