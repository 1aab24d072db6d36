"""Masks on texts of our own, and the properties every text must have."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masking import PLACEHOLDERS, mask, mask_ad, restore, unmask

SLOTS = [
    ("Отдам за 500 руб", "PRICE"),
    ("Цена 1 500", "PRICE"),
    ("размер 42-44", "SIZE"),
    ("на рост 98 см", "HEIGHT"),
    ("длина 106 см", "LENGTH"),
    ("вес 4,1 кг", "WEIGHT"),
    ("объём 50 мл", "VOLUME"),
    ("на 3-4 года", "AGE"),
    ("покупали в 2019 году", "YEAR"),
    ("100% хлопок", "PERCENT"),
    ("тел. 8-900-123-45-67", "PHONE"),
    ("в наличии 12 шт", "COUNT"),
    ("артикул 77-19", "UNK_VAL"),
]


@pytest.mark.parametrize(("text", "slot"), SLOTS)
def test_the_words_around_choose_the_slot(text, slot):
    assert [span.slot for span in mask(text).spans] == [slot]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("абв гд.,<>PRICE‹%₽0123456789-/хx()\n"), max_size=60) | st.text(max_size=40))
def test_unmasking_a_mask_gives_the_text_back(text):
    masked = mask(text)
    assert unmask(masked.text, masked) == text
    assert not any(character.isdigit() for character in masked.text)


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_a_typed_placeholder_is_escaped(placeholder):
    masked = mask(f"цена {placeholder}")
    assert placeholder not in masked.text
    assert unmask(masked.text, masked) == f"цена {placeholder}"


def test_long_texts_take_linear_time():
    text = "Продам куртку, размер 42-44, цена 1 500 руб, рост 164 см. " * 1725
    mask(text[:2000])
    started = time.process_time()
    masked = mask(text)
    assert time.process_time() - started < 2.0
    assert len(masked.spans) == 3 * 1725


def test_values_come_back_by_slot_and_words():
    masked = mask_ad({"Размер": "30 (19 см)", "Цена": "1 500 ₽"}, "покупали за 3000 руб")
    assert restore("Отдам за <PRICE>. Размер <SIZE>.", masked) == "Отдам за 1 500 ₽. Размер 30 (19 см)."
    assert restore("Цена <PRICE>, покупали за <PRICE>.", masked) == "Цена 1 500 ₽, покупали за 3000 руб."


def test_equal_values_are_not_ambiguous():
    masked = mask_ad({"Цена": "1500"}, "отдам за 1500")
    assert "1500" in restore("Отдам за <PRICE>.", masked)


def test_unknown_placeholders_are_erased_or_left_blank():
    masked = mask("красное платье")
    generated = "Красное платье. Размер <SIZE>. Отдам за <PRICE>."
    assert restore(generated, masked) == "Красное платье."
    assert restore(generated, masked, blanks=True).count("__") == 2
