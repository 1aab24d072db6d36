"""Augmented copies differ, stay of the same item, and come back the same for the same seed."""

import numpy as np
import pytest
from PIL import Image

from tests.training.data.ads import picture
from training.data.augment import augmented, copy_count, encode, may_flip
from training.data.record import AdRecord
from training.data.sample import generator


@pytest.fixture
def photo(tmp_path):
    with Image.open(picture(tmp_path / "p.jpg", 3, (240, 320))) as image:
        return image.convert("RGB")


def test_copies_are_fresh_and_fixed_by_the_seed(photo):
    copies = [encode(augmented(photo, generator(0, n), True)) for n in range(20)]
    assert len(set(copies)) == 20
    assert copies[:3] == [encode(augmented(photo, generator(0, n), True)) for n in range(3)]


@pytest.mark.parametrize("size", [(240, 320), (320, 240), (400, 40), (30, 30)])
def test_no_empty_corner_is_left(size):
    """A white photo turned over a black nothing shows black wherever the crop reaches too far."""
    white = Image.new("RGB", size, "white")
    for n in range(40):
        copy = augmented(white, generator(1, n), True)
        assert np.asarray(copy).min() > 120
        assert copy.width >= size[0] * 0.5 and copy.height >= size[1] * 0.5


def test_the_light_keeps_colours_nameable():
    red = Image.new("RGB", (64, 64), (200, 30, 30))
    for n in range(40):
        r, g, b = np.asarray(augmented(red, generator(2, n), True)).reshape(-1, 3).mean(0)
        assert r > 2 * max(g, b)


def test_the_middle_is_never_blurred():
    """A fine chequered pattern keeps its contrast in the middle, and loses it in the corners at times."""
    cells = np.indices((300, 300)).sum(0) // 2 % 2 * 255
    board = Image.fromarray(cells.astype(np.uint8)).convert("RGB")
    corners = []
    for n in range(30):
        copy = np.asarray(augmented(board, generator(3, n), True).convert("L"), float)
        height, width = copy.shape
        assert copy[height // 2 - 15 : height // 2 + 15, width // 2 - 15 : width // 2 + 15].std() > 40
        corners.append(copy[:20, :20].std())
    assert min(corners) < 25 < max(corners)


@pytest.mark.parametrize(
    ("text", "flips"),
    [("Белая футболка", True), ("Футболка с надписью", False), ("Принт на груди", False), ("Карман слева", False),
     ("Левый рукав потёрт", False), ("Правда хорошая вещь", True)],
)  # fmt: skip
def test_letters_and_sides_are_not_mirrored(text, flips):
    assert may_flip(AdRecord(id="1", text=text, source="S")) is flips


@pytest.mark.parametrize(("factor", "ads"), [(2.5, 5000), (2.5, 10_000), (2.3, 1000), (1.0, 10)])
def test_the_factor_is_met_exactly(factor, ads):
    counts = [copy_count(place, factor) for place in range(ads)]
    assert sum(counts) == int(ads * factor + 1e-6) and max(counts) - min(counts) <= 1
