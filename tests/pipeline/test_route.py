"""Which captioner writes and which photos it reads, for every mixture of text and photos."""

from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from models.captioners.base import Inputs
from models.photo import Photo
from pipeline.prompt import task_for, write_prompt
from pipeline.route import captioner_name, photos_for
from pipeline.settings import load_settings

PHOTOS = [Photo(f"{name}.jpg", Image.new("RGB", (8, 8))) for name in "abc"]


ONE, MANY = (SimpleNamespace(inputs=Inputs(text=True, photos=photos)) for photos in ("single", "many"))


class Encoder:
    """``b`` lies between ``a`` and ``c``; the text «c» is nearest to ``c``."""

    photos = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [0.8, 0.6], [0.3, 0.9]]), dim=1)

    def encode_photos(self, photos):
        return self.photos[[PHOTOS.index(photo) for photo in photos]]

    def encode_texts(self, texts):
        return torch.stack([self.photos[{"a": 0, "c": 2}[text]] for text in texts])


@pytest.mark.parametrize(
    ("chosen", "photos", "expected"),
    [(None, 0, "for-text"), ("mine", 0, "for-text"), (None, 1, "default"), ("mine", 1, "mine"), ("mine", 3, "mine")],
)
def test_an_ad_without_photos_goes_to_its_own_captioner(chosen, photos, expected):
    settings = load_settings().model_copy(update={"captioner": "default", "text_captioner": "for-text"})
    assert captioner_name(settings, chosen, PHOTOS[:photos]) == expected


@pytest.mark.parametrize("text", ["", "a"])
def test_a_captioner_of_many_photos_reads_all_of_them(text):
    assert photos_for(MANY, PHOTOS, text, Encoder()) == tuple(PHOTOS)


@pytest.mark.parametrize(("text", "expected"), [("a", "a.jpg"), ("c", "c.jpg"), ("", "b.jpg"), (" \n", "b.jpg")])
def test_a_captioner_of_one_photo_reads_the_fitting_or_the_central_one(text, expected):
    assert [photo.name for photo in photos_for(ONE, PHOTOS, text, Encoder())] == [expected]


def test_no_photo_needs_no_choice():
    assert photos_for(ONE, [], "a", Encoder()) == ()
    assert photos_for(ONE, PHOTOS[:1], "c", Encoder()) == (PHOTOS[0],)


def test_the_prompt_is_the_hidden_token_the_text_and_the_photos():
    assert (
        write_prompt("<SINGLE>", "Размер: <SIZE>\n", 2, "ad") == "<SINGLE> Размер: <SIZE> <IMG_1> <IMG_2> Объявление:"
    )
    assert write_prompt("<SINGLE>", "", 1, "caption") == "<SINGLE> <IMG_1> На фото:"
    assert write_prompt("<SINGLE>", "куртка", 0, "ad") == "<SINGLE> куртка Объявление:"
    assert (task_for("куртка"), task_for(" \n")) == ("ad", "caption")
