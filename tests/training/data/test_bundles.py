"""Bundles join different items and take no number along."""

import re

import pytest

from training.data.bundles import choose_items, item_name, joined, same_kind
from training.data.dataset import Draft
from training.data.finish import find_masks
from training.data.record import AdRecord
from training.data.sample import generator


def ad(number, text, item=None, task="ad", photos=1):
    attributes = {"Предмет одежды": item} if item else {}
    record = AdRecord(id=str(number), text=text, attributes=attributes, source="S", split="val", task=task)
    return Draft(record, tuple(f"{number}.{i}".encode() for i in range(photos)))


SKIRT = ad(1, "Продаю белую юбку. Размер 44, цена 500 руб.", "юбка")
TEE = ad(2, "Футболка без пятен. Отдам за 300 рублей.")
COAT = ad(3, "Отдам за 900. Тёплая куртка на осень. Рост 110.", "куртка")
OTHER_SKIRT = ad(4, "Юбка в горошек.")


def test_the_kind_of_item_comes_from_the_form_or_the_text():
    assert item_name(SKIRT.record) == item_name(OTHER_SKIRT.record) == "юбка"
    assert item_name(ad(6, "Для юных любителей космоса! Футболка с ракетой.").record) == "футболка"
    assert item_name(ad(7, "Работает, пылесос почти новый.").record) == "пылесос"
    assert same_kind("джинсовая куртка", "куртка") and not same_kind("куртка", "юбка")
    assert same_kind("пылесос", "старый пылесос") and not same_kind("пылесос", "юбка")
    assert item_name(TEE.record) == "футболка"
    assert item_name(ad(5, "Крепкие ботинки на шнурках.").record) == "ботинки"


def test_only_different_items_are_chosen():
    drawn = iter([SKIRT, OTHER_SKIRT, OTHER_SKIRT, TEE, COAT])
    assert choose_items(lambda: next(drawn), 3) == [SKIRT, TEE, COAT]
    with pytest.raises(ValueError, match="only one kind"):
        choose_items(lambda: SKIRT, 2)


def test_the_joint_text_names_every_item_and_no_number_but_the_price_of_all():
    prices = 0
    for n in range(40):
        draft = joined([SKIRT, TEE, COAT], "b:0", "B", generator(0, n))
        record = draft.record
        assert {"юбку", "футболка", "куртка"} <= set(re.findall(r"[а-яё]+", record.text.lower()))
        digits = re.findall(r"\d[\d ]*", record.text)
        assert len(digits) == ("Цена" in record.attributes)
        if digits:
            prices += 1
            assert digits[0].strip() == re.sub(r"\D", "", record.attributes["Цена"])
            assert [span.slot for span in find_masks(record).text] == ["PRICE"]
        assert (record.hidden_token, record.split, record.task) == ("<VARIATIVE>", "val", "ad")
        assert draft.photos == (b"1.0", b"2.0", b"3.0")
    assert 5 < prices < 35


def test_a_reference_that_does_not_name_the_item_is_put_behind_its_name():
    record = joined(
        [ad(1, "Простая и мягкая. Размер 44.", "майка"), ad(2, "За 500.", "сабо")], "b", "B", generator(0, 1)
    ).record
    assert "Майка: простая и мягкая. Сабо." in record.text


def test_captions_make_a_caption_without_a_seller():
    items = [ad(1, "Белая юбка на вешалке.", task="caption"), ad(2, "Чёрная куртка на полу.", task="caption")]
    record = joined(items, "b:0", "B", generator(0)).record
    assert record.text == "Белая юбка на вешалке. Чёрная куртка на полу."
    assert (record.task, record.prompt) == ("caption", "")


def test_ten_photos_at_most_and_every_item_is_shown():
    many = [ad(1, "Юбка.", photos=6), ad(2, "Куртка.", photos=6)]
    assert joined(many, "b:0", "B", generator(0)).photos == (b"1.0", b"2.0")
