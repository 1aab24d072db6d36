"""Scores without references, against numbers worked out by hand."""

import math

import pytest
import torch

from metrics.similarity import clipscore, clipscore_of, photo_similarity, source_output_clip
from models.clip.base import ImageTextEncoder

EAST, NORTH, WEST = (torch.tensor(v) for v in ([1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]))
SIXTY = torch.tensor([0.5, math.sqrt(0.75)])


def test_clipscore_is_the_cosine_cut_at_zero():
    scores = clipscore(torch.stack([EAST, SIXTY, WEST]), EAST)
    assert scores["clipscore_per_photo"] == pytest.approx([1.0, 0.5, 0.0])
    assert scores["clipscore_mean"] == pytest.approx(0.5)
    assert scores["clipscore_max"] == pytest.approx(1.0)


def test_hessel_scale_is_two_and_a_half_times_that():
    scores = clipscore(torch.stack([SIXTY, NORTH]), EAST)
    assert scores["hessel_mean"] == pytest.approx(2.5 * 0.25)
    assert scores["hessel_max"] == pytest.approx(2.5 * 0.5)


@pytest.mark.parametrize(
    ("photos", "text"), [(torch.empty(0, 2), EAST), (2 * EAST[None], EAST), (EAST[None], 0 * EAST), (EAST, EAST)]
)
def test_clipscore_refuses_what_is_not_unit_vectors(photos, text):
    with pytest.raises(ValueError, match="expected"):
        clipscore(photos, text)


def test_clipscore_by_an_encoder():
    class Encoder(ImageTextEncoder):
        name, dim = "two", 2

        def encode_photos(self, photos):
            return torch.stack([SIXTY for _ in photos])

        def encode_texts(self, texts):
            return torch.stack([EAST for _ in texts])

    assert clipscore_of(Encoder(), ["a", "b"], "text")["clipscore_per_photo"] == pytest.approx([0.5, 0.5])


def test_photo_similarity_looks_at_every_pair_once():
    scores = photo_similarity(torch.stack([EAST, SIXTY, WEST]))
    assert scores["photo_photo_mean"] == pytest.approx((0.5 - 1.0 - 0.5) / 3)
    assert scores["photo_photo_max"] == pytest.approx(0.5)


def test_one_photo_has_no_similarity():
    assert photo_similarity(EAST[None]) == {"photo_photo_mean": None, "photo_photo_max": None}


def test_source_output_keeps_the_sign():
    assert source_output_clip(EAST, SIXTY) == pytest.approx(0.5)
    assert source_output_clip(EAST, WEST) == pytest.approx(-1.0)
    with pytest.raises(ValueError, match="unit"):
        source_output_clip(EAST, 2 * EAST)
