"""One item or several, from text, photos and both."""

import pytest
from PIL import Image

from models.photo import Photo
from pipeline.diversity import SINGLE, VARIATIVE, DiversityJudge, score_lines


@pytest.fixture(scope="module")
def judge():
    return DiversityJudge()


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("Утюг, гладильная доска, сушилка, пылесос, забирайте всё сразу", VARIATIVE),
        ("Разбираю шкаф: куртка, свитер, шапка и сапоги одним пакетом", VARIATIVE),
        ("Велосипед подростковый, цепь смазана", SINGLE),
        ("Восемь одинаковых стульев для кафе", SINGLE),
    ],
)
def test_texts(judge, text, token):
    assert judge.token(judge.score(text, [])) == token


def test_several_shots_of_one_photo_are_single(judge):
    picture = Image.effect_noise((200, 200), 60).convert("RGB")
    photos = [Photo("a.jpg", picture), Photo("b.jpg", picture.rotate(2))]
    assert judge.token(judge.score("", photos)) == SINGLE


def test_nothing_is_single(judge):
    assert judge.score("", []) == 0.0


def test_lines_get_score_and_token(judge, tmp_path):
    line = next(iter(score_lines([{"text": "Стол письменный", "id": 7}], tmp_path, judge)))
    assert line["token"] == SINGLE and line["id"] == 7 and 0 <= line["score"] <= 1
