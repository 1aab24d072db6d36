"""One item or several, from text, photos and both."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.photo import Photo
from models.photo_files import read_photo
from pipeline.diversity import (
    SINGLE,
    SINGLE_PROMPTS,
    VARIATIVE,
    VARIATIVE_PROMPTS,
    DiversityJudge,
    PhotoContrast,
    ZeroShot,
    score_lines,
)
from pipeline.diversity_features import photo_features, phrase_weights, signs, telling

CASES = Path(__file__).resolve().parents[2] / "test_cases"
HELD_OUT = Path(__file__).with_name("diversity_held_out.jsonl")


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
        ("Туфли замшевые, каблук устойчивый", SINGLE),
    ],
)
def test_texts(judge, text, token):
    assert judge.token(judge.score(text, [])) == token


def test_texts_written_for_measuring(judge):
    """The bar of unseen texts; ``python -m training diversity`` prints the figures."""
    lines = [json.loads(line) for line in HELD_OUT.read_text(encoding="utf-8").splitlines()]
    right = [(judge.score(line["text"], []) >= 0.5) == bool(line["variative"]) for line in lines]
    assert np.mean(right) > 0.9


def test_several_shots_of_one_photo_are_single(judge):
    picture = Image.effect_noise((200, 200), 60).convert("RGB")
    photos = [Photo("a.jpg", picture), Photo("b.jpg", picture.rotate(2))]
    assert judge.token(judge.score("", photos)) == SINGLE


def test_a_text_and_its_photos_speak_together(judge):
    photos = [read_photo(path) for path in sorted((CASES / "3.1_different_items").glob("*.jpg"))]
    assert judge.token(judge.score("Разбираю шкаф: джинсы, лонгслив и кроссовки", photos)) == VARIATIVE


def test_one_photo_leaves_the_word_to_the_text(judge):
    photo = [Photo("a.jpg", Image.new("RGB", (64, 64), "white"))]
    text = "Пакет вещей: платья, кофты, джинсы, две куртки"
    assert judge.score(text, photo) == judge.score(text, [])


def test_nothing_is_single(judge):
    assert judge.score("", []) == 0.0


def test_lines_get_score_and_token(judge, tmp_path):
    line = next(iter(score_lines([{"text": "Стол письменный", "id": 7}], tmp_path, judge)))
    assert line["token"] == SINGLE and line["id"] == 7 and 0 <= line["score"] <= 1


class Words:
    """An encoder of two directions: photos and words of many things lie on one, those of one thing on the other."""

    def encode_texts(self, texts):
        import torch

        return torch.tensor([[1.0, 0.0] if text in VARIATIVE_PROMPTS else [0.0, 1.0] for text in texts])

    def encode_photos(self, photos):
        import torch

        return torch.tensor([[1.0, 0.0] if photo.name == "many" else [0.0, 1.0] for photo in photos])


def test_zero_shot_is_the_difference_of_means_averaged_over_photos():
    blank = Image.new("RGB", (8, 8))
    many, one = Photo("many", blank), Photo("one", blank)
    assert PhotoContrast(Words())([many, one]).tolist() == [1.0, -1.0]
    judge = ZeroShot({"scale": 2.0, "contrast_threshold": 0.25})
    judge.contrast = PhotoContrast(Words())
    assert judge.logit("", [many, many, one]) == pytest.approx(2 * (1 / 3 - 0.25))
    assert judge.logit("много разных вещей", []) is None


def test_the_zero_shot_checkpoint_asks_the_words_of_the_brief():
    zero_shot = DiversityJudge("zero-shot")
    assert zero_shot.card["prompts"] == {"variative": list(VARIATIVE_PROMPTS), "single": list(SINGLE_PROMPTS)}
    photos = [Photo("a.jpg", Image.new("RGB", (64, 64), "white"))]
    assert 0 <= zero_shot.score("", photos) <= 1
    assert zero_shot.score("много вещей", []) == 0.0


def test_a_missing_checkpoint_is_named():
    with pytest.raises(FileNotFoundError, match="nowhere"):
        DiversityJudge("nowhere")


def test_an_unknown_family_is_named(tmp_path):
    folder = tmp_path / "diversity" / "odd"
    folder.mkdir(parents=True)
    (folder / "checkpoint.json").write_text('{"family": "guess"}', encoding="utf-8")
    with pytest.raises(ValueError, match="guess"):
        DiversityJudge("odd", tmp_path)


def test_fields_that_tell_nothing_are_left_out(judge):
    assert telling("Предмет: стол. Размер: 1,5 м. Цена: 500 руб. Без сколов") == "Предмет: стол. Без сколов"
    assert telling("Состояние: Хорошее. Цена: 500") == ""
    assert telling("Стол, цена 500. Размер: любой") == "Стол, цена 500."
    assert judge.score("Пальто чёрное. Цена: 500", []) == judge.score("Пальто чёрное.", [])


def test_features():
    same, other = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    alike, unlike = (photo_features(rows, rows, np.zeros(2)) for rows in (same, other))
    assert alike[1] == pytest.approx(1) and unlike[1] == pytest.approx(0)
    assert phrase_weights("стол и стул", {"стол": 0, "и стул": 1}, np.ones(2)) == pytest.approx(np.full(2, 0.5**0.5))
    assert len(signs("")) == len(signs("Лот: чашки, ложки"))
