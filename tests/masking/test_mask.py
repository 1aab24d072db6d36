"""Masks on texts of our own, and the properties every text must have."""

import random
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from masking import PLACEHOLDERS, mask, mask_ad, mask_attributes, unmask

SLOTS = [
    ("Отдам за 500 руб", "PRICE"),
    ("Цена 1 500", "PRICE"),
    ("прошу 5к", "PRICE"),
    ("носки по 100 пара", "PRICE"),
    ("размер 42-44", "SIZE"),
    ("джинсы W34", "SIZE"),
    ("на рост 98 см", "HEIGHT"),
    ("длина 106 см", "LENGTH"),
    ("тумба 90х60х75", "WIDTH"),
    ("высота корпуса 21 см", "WIDTH"),
    ("вес 4,1 кг", "WEIGHT"),
    ("объём 50 мл", "VOLUME"),
    ("на 3-4 года", "AGE"),
    ("покупали в 2019 году", "YEAR"),
    ("стаж с 2008", "YEAR"),
    ("100% хлопок", "PERCENT"),
    ("тел. 8-900-123-45-67", "PHONE"),
    ("в наличии 12 шт", "COUNT"),
    ("есть 2 одинаковых", "COUNT"),
    ("артикул 77-19", "UNK_VAL"),
    ("2 года стояла в гараже", "UNK_VAL"),
    ("насос 206 л/мин", "UNK_VAL"),
]
ALPHABET = st.sampled_from(
    [*"абв гд.,<>‹%₽0123456789-/хx()[]{}+:;*²½①٣५\n\t\0\u200b\u202e", "<PRICE>", "‹‹", "<|", " 000"]
)


@pytest.mark.parametrize(("text", "slot"), SLOTS)
def test_the_words_around_choose_the_slot(text, slot):
    assert [span.slot for span in mask(text).spans] == [slot]


def test_numbers_of_a_list_and_of_a_bracket_are_one_group():
    listed, bracket = mask("Размеры: 40, 42, 44. Цена 500"), mask("Размер 30 (19 см)")
    assert [span.slot for span in listed.spans] == ["SIZE", "SIZE", "SIZE", "PRICE"]
    assert len({span.group for span in listed.spans[:3]}) == 1
    assert bracket.text == "Размер <SIZE> (<SIZE> см)" and bracket.group_text(bracket.spans[0].group) == "30 (19 см)"


def test_a_key_gives_its_slot_to_the_whole_value():
    masked = mask_attributes({"Размер": "30 (19 см)", "Цена": "1500", "Описание": "рост 98"})
    assert masked["Размер"].text == "<SIZE> (<SIZE> см)"
    assert [m.spans[0].slot for m in masked.values()] == ["SIZE", "PRICE", "HEIGHT"]


@settings(max_examples=200, deadline=None)
@given(st.lists(ALPHABET, max_size=40).map("".join) | st.text(max_size=40))
@example("<PRICE> ‹PRICE> ‹‹PRICE> 5")
@example("٣٤ ² ½ Ⅷ ⑤ 𝟗 五")
@example("\0" + "5\x1b[31m7")
def test_unmasking_a_mask_gives_the_text_back(text):
    masked = mask(text)
    assert unmask(masked.text, masked) == text
    assert not any(character.isdigit() for character in masked.text)
    assert [text[span.start : span.end] for span in masked.spans] == [span.value for span in masked.spans]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_a_typed_placeholder_is_escaped(placeholder):
    masked = mask(f"цена {placeholder}")
    assert placeholder not in masked.text
    assert unmask(masked.text, masked) == f"цена {placeholder}"


LONG = {
    "an ad": "Продам куртку, размер 42-44, цена 1 500 руб, рост 164 см. ",
    "one run of digits": "7",
    "thousands": "1 000 ",
    "digits and spaces": "7 ",
    "brackets": "5(",
    "spaces": " ",
    "spaces and numbers": "5" + " " * 99,
    "lines": "\n",
    "products": "5х",
    "dashes": "5-",
    "commas": "размеры 36, ",
    "tags": "<PRICE>",
    "multipliers": "5 тыс тыс тыс ",
    "adjectives": "5 больших красивых ",
    "no punctuation": "размер 44 рост 164 цена за 3 шт 500 отдам ",
}


@pytest.mark.parametrize("name", LONG)
def test_the_time_is_linear(name):
    """Ten times the text takes about ten times as long: 100,000 characters stay far under two seconds."""
    seconds = []
    for length in (4_000, 40_000):
        text = (LONG[name] * (length // len(LONG[name]) + 1))[:length]
        seconds.append(min(_taken(text) for _ in range(3)))
    assert seconds[1] < 0.1 + 25 * seconds[0]
    assert seconds[1] < 1.6


def _taken(text):
    """Processor seconds there and back."""
    started = time.process_time()
    masked = mask(text)
    assert unmask(masked.text, masked) == text
    return time.process_time() - started


def test_a_unit_repeated_without_end_is_no_recursion():
    assert mask("5" + " тыс" * 5_000).spans[0].value == "5"


@pytest.mark.long
@pytest.mark.parametrize("name", LONG)
def test_100_000_characters_take_under_two_seconds(name):
    text = (LONG[name] * 100_000)[:100_000]
    started = time.process_time()
    mask(text)
    assert time.process_time() - started < 2


@pytest.mark.long
def test_100_000_random_characters_take_under_two_seconds():
    draw = random.Random(5)
    text = "".join(draw.choice("0९५²½①Ⅷ٣ аб<>-.,()хруб%") for _ in range(100_000))
    started = time.process_time()
    masked = mask(text)
    assert time.process_time() - started < 2
    assert unmask(masked.text, masked) == text


def test_an_ad_is_masked_knowing_its_attributes():
    masked = mask_ad({"Предмет одежды": "пальто", "Размер": ""}, "Чёрное, 46, отдам за 900")
    assert [span.slot for span in masked.spans] == ["SIZE", "PRICE"]
