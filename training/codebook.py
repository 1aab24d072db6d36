"""Image codes for a ruDOLPH captioner: k-means of the cells of cached features (``python -m training codebook CONFIG``).

Codes of features in the place of a VQGAN's: Ramesh et al. 2021 learn theirs, BEiT v2 (Peng et al. 2022) and AudioLM
take clusters of a frozen encoder, as here. To be made before ``python -m training captioner`` of the same config.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.captioners.rudolph import CODEBOOK
from models.checkpoint import CHECKPOINTS, save_weights
from models.rudolph.codes import PhotoCodes
from training.captioner import training_set
from training.features import FeatureCache
from training.run_config import read_config

ROWS_AT_ONCE = 256


def sample_cells(cache: FeatureCache, rows: int, cells: int, seed: int = 0) -> Tensor:
    """(M, D) features: ``cells`` random cells of each of ``rows`` random rows, or of all rows where there are fewer."""
    random = np.random.default_rng(seed)
    chosen = np.sort(random.choice(len(cache), min(rows, len(cache)), replace=False))
    parts = []
    for start in range(0, len(chosen), ROWS_AT_ONCE):
        block = cache[chosen[start : start + ROWS_AT_ONCE].tolist()]
        places = random.random(block.shape[:2]).argsort(1)[:, :cells]
        parts.append(block.gather(1, torch.from_numpy(places)[..., None].expand(-1, -1, block.shape[2])))
    return torch.cat(parts).flatten(0, 1)


def fit_codebook(cells: Tensor, size: int, seed: int = 0) -> Tensor:
    """(size, D) k-means centres of (M, D) cells.

    Raises:
        ValueError: there are fewer cells than centres asked for.
    """
    from sklearn.cluster import MiniBatchKMeans

    if len(cells) < size:
        raise ValueError(f"a codebook of {size} needs as many cells at least, there are {len(cells)}")
    means = MiniBatchKMeans(size, batch_size=4096, n_init=1, max_iter=20, random_state=seed).fit(cells.numpy())
    return torch.from_numpy(means.cluster_centers_).float()


def explained(cells: Tensor, centres: Tensor) -> tuple[float, float]:
    """Share of the variance of the cells that their codes keep, and share of the codes in use."""
    codes = PhotoCodes.nearest(centres)(cells[None])[0]
    left = (cells - centres[codes]).square().sum() / (cells - cells.mean(0)).square().sum()
    return 1 - left.item(), len(codes.unique()) / len(centres)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "config", type=Path, help="a YAML run of the family rudolph; `codebook` of its card is the size"
    )
    parser.add_argument("--work", type=Path, default=Path("runs"), help="where the cached features are (default runs)")
    parser.add_argument("--rows", type=int, default=4000, help="photos and views that cells are drawn from")
    arguments = parser.parse_args()
    config = read_config(arguments.config)
    data = training_set(config.card["parts"]["vision"], config, arguments.work)
    centres = fit_codebook(sample_cells(data.cache, arguments.rows, cells=16), config.card["codebook"], config.seed)
    path = CHECKPOINTS / "captioners" / arguments.config.stem / CODEBOOK
    save_weights(path, {"centres": centres})
    kept, used = explained(sample_cells(data.val_cache, 500, cells=49), centres)
    print(f"{path}: {len(centres)} codes keep {kept:.1%} of the variance of validation photos, {used:.0%} of them used")


if __name__ == "__main__":
    main()
