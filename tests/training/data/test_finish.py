"""Masks of references and prompts, and tokens known by construction."""

import pytest

from masking import mask_ad
from training.data.finish import find_masks
from training.data.record import AdRecord


def record(**fields):
    return AdRecord(**({"id": "1", "source": "S"} | fields))


def masked(**fields):
    ad = record(**fields)
    return ad.model_copy(update={"masks": find_masks(ad)})


def test_the_prompt_is_masked_as_the_service_does():
    attributes = {"Размер": "30 (19 см)", "Пусто": " ", "Рост, см": "110"}
    ad = masked(attributes=attributes, seller_text="ботинки за 500 руб <b>", text="Ботинки.")
    assert ad.masked_prompt == mask_ad(attributes, "ботинки за 500 руб <b>").text
    assert ad.masked_prompt.startswith("Размер: <SIZE> (<SIZE> см). Рост, см: <HEIGHT>. ботинки за <PRICE> руб ‹b>")


def test_the_reference_is_masked_knowing_the_form():
    ad = masked(attributes={"Предмет одежды": "пальто"}, text="Тёплое, 48, почти новое.\nОтдам за 1 500 руб.")
    assert ad.masked_text == "Тёплое, <SIZE>, почти новое.\nОтдам за <PRICE> руб."
    assert [span.value for span in ad.masks.text] == ["48", "1 500"]


def test_placeholders_of_a_reference_are_kept_and_other_tokens_escaped():
    ad = masked(text="Размер <SIZE>, цена 500 <IMG_1> <SINGLE>.")
    assert ad.masked_text == "Размер <SIZE>, цена <PRICE> ‹IMG_<UNK_VAL>> ‹SINGLE>."
    assert (ad.masks.text[0].slot, ad.masks.text[0].value) == ("SIZE", "<SIZE>")


@pytest.mark.parametrize("text", ["Без чисел.", "5", "   5   ", "Юбка\n\n7"])
def test_odd_texts(text):
    ad = masked(text=text, attributes={"Цена": "500"})
    assert not any(c.isdigit() for c in ad.masked_text)
    assert ad.masked_text.count("<") == sum(c.isdigit() for c in text)
