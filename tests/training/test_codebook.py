"""Image codes out of cached features."""

import numpy as np
import pytest
import torch

from models.rudolph.codes import PhotoCodes
from training.codebook import explained, fit_codebook, sample_cells
from training.features import FeatureCache


@pytest.fixture
def clusters():
    """Twelve photos of 2 × 2 cells around five far points of a space of eight dimensions."""
    random = np.random.default_rng(0)
    points = random.normal(size=(5, 8)) * 10
    kinds = np.arange(48) % 5
    maps = (points[kinds] + random.normal(size=(48, 8)) * 0.1).reshape(12, 2, 2, 8).transpose(0, 3, 1, 2)
    return FeatureCache(maps.astype(np.float16)), kinds.reshape(12, 4)


def test_cells_are_drawn_from_the_rows_without_repeats(clusters):
    cache, _ = clusters
    cells = sample_cells(cache, rows=7, cells=3)
    assert cells.shape == (21, 8)
    known = cache[list(range(12))].flatten(0, 1)
    assert (torch.cdist(cells, known).min(1).values == 0).all()
    assert len(cells.unique(dim=0)) == 21
    assert sample_cells(cache, rows=100, cells=100).shape == (48, 8)


def test_the_codes_are_the_clusters(clusters):
    cache, kinds = clusters
    cells = sample_cells(cache, rows=12, cells=4)
    centres = fit_codebook(cells, 5)
    codes = PhotoCodes.nearest(centres)(cache[list(range(12))])
    assert len({(code, kind) for code, kind in zip(codes.flatten().tolist(), kinds.flatten(), strict=True)}) == 5
    kept, used = explained(cells, centres)
    assert kept > 0.99
    assert used == 1
    poor, _ = explained(cells, centres[:1])
    assert poor < 0.5


def test_more_centres_than_cells_are_refused(clusters):
    with pytest.raises(ValueError, match="there are 4"):
        fit_codebook(sample_cells(clusters[0], rows=1, cells=4), 5)
