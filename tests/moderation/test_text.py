"""The judge of the texts of an ad."""

import pytest

from moderation.text import TextModerator

DECENT = [
    "Сукно бильярдное зелёное",
    "Мандарины ящиком, самовывоз",
    "Щенки суки лабрадора",
    "Команда в сборе, мебель цела",
]
RUDE = ["Продам стол, а торгаши идите на хуй", "П и д о р а с ы, не звоните", "Тупые идиоты, не пишите мне"]


@pytest.fixture(scope="module")
def judge():
    return TextModerator()


@pytest.mark.parametrize("text", DECENT)
def test_words_that_only_look_bad_pass(judge, text):
    assert judge.judge({"text": text})[0].passed is True


@pytest.mark.parametrize("text", RUDE)
def test_rude_texts_are_rejected_with_their_words(judge, text):
    verdict = judge.judge({"Цвет": "белый", "text": text})[0]
    assert verdict.passed is False
    assert verdict.details["field"] == "text"
    assert verdict.details["words"]


def test_an_attribute_value_is_judged(judge):
    verdict = judge.judge({"Бренд": RUDE[0], "text": "Стол"})[0]
    assert verdict.passed is False
    assert "Бренд" in verdict.message.ru


def test_a_rude_word_does_not_drown_in_a_long_text(judge):
    polite = "Стол дубовый, стоял на даче, ножки целые, столешница ровная. " * 20
    assert judge.score(polite) < judge.classifier.threshold <= judge.score(f"{polite}{RUDE[0]}. {polite}")


def test_no_text_is_not_applicable(judge):
    assert judge.judge({"text": " "})[0].passed is None
