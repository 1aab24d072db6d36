"""The judge of photo and text: decisions from cosines, messages, and the command's lines."""

import json
import math

import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from models.clip.base import ImageTextEncoder
from models.photo import Photo
from moderation.listing import lists_things, text_parts
from moderation.match import FEATURES, Calibration, MatchJudge, lone_features, match_features
from moderation.pairs import match_pairs

THINGS = {"футболк": 0, "джинс": 1, "стул": 2, "кружк": 3}
COLORS = [(250, 20, 20), (20, 250, 20), (20, 20, 250), (250, 250, 20)]
CALIBRATION = Calibration(
    bias=-5.0,
    weights=(10.0, 10.0, -2.0, -2.0, 0.0, 0.0, 0.0, 0.0),
    thresholds={False: ((1, 0.5), (10, 0.1)), True: ((1, 0.3), (10, 0.1))},
)
CROWD = F.normalize(torch.eye(5) + 0.1, dim=1)


class ToyEncoder(ImageTextEncoder):
    """A photo of one colour stands for one thing; a text points to all the things it names."""

    name, dim = "toy", len(THINGS) + 1

    def encode_photos(self, photos):
        colors = [photo.image.getpixel((0, 0)) for photo in photos]
        return F.one_hot(torch.tensor([COLORS.index(color) for color in colors]), self.dim).float()

    def encode_texts(self, texts):
        rows = torch.tensor([[float(stem in text.lower()) for stem in THINGS] + [0.2] for text in texts])
        return F.normalize(rows, dim=1)


def photo_of(thing, name="p.jpg"):
    return Photo(name, Image.new("RGB", (8, 8), COLORS[THINGS[thing]]))


@pytest.fixture
def judge():
    return MatchJudge(ToyEncoder(), CALIBRATION, CROWD)


def test_fitting_photo_passes(judge):
    photo, ad = judge.judge("Белая футболка", [photo_of("футболк", "a.jpg")])
    assert (photo.passed, photo.photo, photo.index, photo.check) == (True, "a.jpg", 0, "match")
    assert ad.passed and ad.photo is None
    assert photo.details["cosine"] == pytest.approx(1 / math.hypot(1, 0.2))
    assert photo.score == pytest.approx(torch.sigmoid(torch.tensor(10 * photo.details["cosine"] - 5)).item())


def test_one_foreign_photo_is_named_and_turns_the_ad_away(judge):
    photos = [photo_of("футболк", "a.jpg"), photo_of("стул", "b.jpg"), photo_of("футболк", "c.jpg")]
    *each, ad = judge.judge("Футболки", photos)
    assert [verdict.passed for verdict in each] == [True, False, True]
    assert ad.passed is False
    assert ad.score == min(verdict.score for verdict in each)
    for message in (*ad.message, *each[1].message):
        assert "b.jpg" in message
        assert "a.jpg" not in message and "c.jpg" not in message


def test_an_accepted_photo_of_low_probability_is_not_said_to_fit(judge):
    doubtful = Calibration(-12.0, CALIBRATION.weights, {False: ((1, 0.01),), True: ((1, 0.01),)})
    photo, _ = MatchJudge(ToyEncoder(), doubtful, CROWD).judge("Стул", [photo_of("стул", "a.jpg")])
    assert photo.passed and photo.score < 0.5 and "не противоречит" in photo.message.ru


def test_every_photo_foreign_says_that_text_and_photos_differ(judge):
    *each, ad = judge.judge("Джинсы", [photo_of("стул", "a.jpg"), photo_of("стул", "b.jpg")])
    assert not any(verdict.passed for verdict in each)
    assert "a.jpg" in ad.message.ru and "b.jpg" in ad.message.ru
    assert "не об одном" in ad.message.ru


def test_each_photo_of_a_lot_needs_only_its_own_part_of_the_text(judge):
    photos = [photo_of("футболк"), photo_of("джинс"), photo_of("кружк")]
    assert judge.judge("Отдам вместе: футболка, джинсы и кружка.", photos)[-1].passed
    assert not judge.judge("Отдам вместе: футболка, джинсы и шапка.", photos)[-1].passed


@pytest.mark.parametrize(("text", "things"), [("", ["стул"]), ("  \n", ["стул"]), ("Футболка", [])])
def test_without_text_or_photos_it_does_not_apply(judge, text, things):
    (verdict,) = judge.judge(text, [photo_of(thing) for thing in things])
    assert verdict.passed is None and verdict.score is None and verdict.photo is None


def test_more_photos_are_judged_more_mildly():
    thresholds = [CALIBRATION.threshold(count, False) for count in range(1, 13)]
    assert thresholds[0] == pytest.approx(0.5) and thresholds[9] == pytest.approx(0.1)
    assert thresholds[:10] == sorted(thresholds[:10], reverse=True)
    assert thresholds[10] == pytest.approx(0.1)


def test_a_list_of_things_is_judged_more_mildly(judge):
    """Each photo shows one of the things, of which the text says a word."""
    assert judge.read("Продаю вещи: футболка, джинсы и стул").several
    assert judge.read("Пакет вещей").several
    assert not judge.read("Мягкая футболка, без пятен, для дома").several
    assert CALIBRATION.threshold(1, True) < CALIBRATION.threshold(1, False)


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("В комплекте синие шорты, белая футболка и кепка.", True),
        ("Разбираю шкаф. Продаю: чёрные джинсы, тёмно-синий пиджак", True),
        ("Шорты, синие, с надписью", False),
        ("Простая, мягкая, хорошо сидит, дома тоже удобно", False),
        ("футболка", False),
    ],
)
def test_lists_of_things_are_told_from_lists_of_words(text, listed):
    assert lists_things(text) is listed


def test_calibration_survives_its_card():
    again = Calibration.of({"calibration": json.loads(json.dumps(CALIBRATION.to_json()))}, "toy")
    assert again == CALIBRATION


def test_card_without_calibration_says_how_to_make_one():
    with pytest.raises(ValueError, match="python -m training clip --calibrate toy"):
        Calibration.of({"family": "open_clip"}, "toy")


def test_features_tell_the_stranger_among_alike_photos():
    photos = F.normalize(torch.tensor([[1.0, 0.1, 0], [1, -0.1, 0], [1, 0, 0.1], [0, 0, 1]]), dim=1)
    features = match_features(photos, torch.tensor([[1.0, 0, 0], [0, 1, 0]]), torch.eye(3))
    assert features.shape == (4, len(FEATURES))
    below, apart = features[:, FEATURES.index("below")], features[:, FEATURES.index("apart")]
    assert below.argmax() == 3 and apart.argmax() == 3
    assert (apart[:3] == 0).all()


def test_features_do_not_depend_on_the_order_of_photos():
    torch.manual_seed(0)
    photos, texts = F.normalize(torch.randn(5, 8), dim=1), F.normalize(torch.randn(3, 8), dim=1)
    order = torch.tensor([3, 1, 4, 0, 2])
    assert torch.allclose(
        match_features(photos, texts, torch.eye(8))[order],
        match_features(photos[order], texts, torch.eye(8)),
        atol=1e-6,
    )


def test_lone_photo_has_no_others_to_differ_from():
    torch.manual_seed(0)
    photos, texts = F.normalize(torch.randn(4, 8), dim=1), F.normalize(torch.randn(3, 8), dim=1)
    alone = torch.cat([match_features(photo, texts, torch.eye(8)) for photo in photos.unsqueeze(1)])
    assert torch.allclose(alone, lone_features(photos, texts, torch.eye(8)))
    assert (alone[:, 2:4] == 0).all()


def test_parts_of_a_text():
    text = "Разбираю шкаф. Белая юбка, шапка и шорты; цена 500"
    assert text_parts(text) == [
        text, "Разбираю шкаф", "Белая юбка, шапка и шорты", "цена 500", "Белая юбка", "шапка", "шорты"
    ]  # fmt: skip
    assert text_parts("футболка") == ["футболка"]
    assert len(text_parts("Одно. " * 3 + "".join(f"Слово {i}. " for i in range(500)))) <= 24


def test_sentence_with_long_members_is_no_list():
    assert len(text_parts("Тёплая кофта с высоким горлом и карманами, хорошо сидит под курткой зимой")) == 1


def test_pairs_share_photos_and_report_unreadable_ones(judge, tmp_path):
    Image.new("RGB", (8, 8), COLORS[0]).save(tmp_path / "red.png")
    (tmp_path / "bad.jpg").write_bytes(b"not a photo")
    pairs = [
        {"photo": "red.png", "text": "футболка", "id": 7},
        {"photo": "red.png", "text": "стул"},
        {"photo": "bad.jpg", "text": "стул"},
        {"photo": "red.png", "text": " "},
    ]
    fits, differs, broken, empty = match_pairs(judge, pairs, tmp_path)
    assert fits["accepted"] is True and fits["id"] == 7
    assert differs["accepted"] is False and differs["probability"] < fits["probability"]
    assert broken["accepted"] is None and "bad.jpg" in broken["error"]
    assert empty["accepted"] is None and empty["error"]


def test_pair_without_text_names_its_line(judge, tmp_path):
    with pytest.raises(ValueError, match="line 2"):
        list(match_pairs(judge, [{"photo": "a", "text": "b"}, {"photo": "a"}], tmp_path))
