from types import SimpleNamespace

import gradio as gr
import pytest

from pipeline.result import Bilingual
from ui import texts
from ui.language import Words, language_of, said


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en-US,en;q=0.9", "en"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("de-DE,de", "ru"),
        ("kk,ru;q=0.9,en;q=0.8", "ru"),
        ("", "ru"),
    ],
)
def test_english_only_for_an_english_browser(accepted, language):
    request = SimpleNamespace(headers={"accept-language": accepted} if accepted else {})
    assert language_of(request) == language


def test_the_forced_language_wins():
    assert language_of(SimpleNamespace(headers={"accept-language": "en"}), "ru") == "ru"
    assert language_of(None, "en") == "en"
    assert language_of(None) == "ru"


def test_words_are_found_inside_mappings():
    both = {"a": Bilingual("да", "yes"), "b": {"c": Bilingual("нет", "no")}, "d": 3}
    assert said(both, "en") == {"a": "yes", "b": {"c": "no"}, "d": 3}


def test_components_say_their_texts_again():
    words = Words("ru")
    box = words(gr.Textbox, label=Bilingual("Текст", "Text"), lines=4)
    words(gr.Number, label="n")
    assert (box.label, box.lines) == ("Текст", 4)
    assert words.components == [box]
    assert words.updates("en")[0]["label"] == "Text"
    assert "label" not in words.updates("ru")[0]


def _all_texts():
    for name, value in vars(texts).items():
        if name.isupper() and name != "B":
            yield from _inside(name, value)


def _inside(name, value):
    if isinstance(value, Bilingual):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _inside(f"{name}.{key}", item)
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(name, item)


def test_every_text_is_there_in_both_languages():
    found = dict(_all_texts())
    assert len(found) > 60
    for name, text in found.items():
        assert text.ru.strip() and text.en.strip(), name
        letters = {char.lower() for char in text.ru}
        assert letters & set("абвгдежзийклмнопрстуфхцчшщъыьэюя"), name


def test_every_step_and_check_of_the_service_has_a_text():
    from pipeline.service import MODERATION, STEPS

    assert tuple(texts.STEPS) == STEPS
    assert tuple(texts.CHECKS) == MODERATION == tuple(texts.CHECK_SCORES)
