"""Values come back into generated texts; what the input does not hold is erased and the rest stays clean Russian."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masking import PLACEHOLDERS, invented_numbers, mask, mask_ad, restore

SHOES = mask_ad({"Размер": "30 (19 см)", "Цена": "1 500 ₽"}, "покупали за 3000 руб")
PAIRS = mask("Ботинки 38 размер и туфли 40 размер, по 500 р")
DRESS = mask_ad({"Размер": "42"}, "рост 164 см")


@pytest.mark.parametrize(
    ("masked", "generated", "restored"),
    [
        pytest.param(SHOES, "Отдам за <PRICE>.", "Отдам за 1 500 ₽.", id="asked price"),
        pytest.param(SHOES, "Брали за <PRICE>, прошу <PRICE>.", "Брали за 3000 руб, прошу 1 500 ₽.", id="old and new"),
        pytest.param(SHOES, "Размер <SIZE>.", "Размер 30 (19 см).", id="group whole"),
        pytest.param(SHOES, "Размер <SIZE> (<SIZE> см).", "Размер 30 (19 см).", id="group asked whole"),
        pytest.param(PAIRS, "Туфли <SIZE> размера.", "Туфли 40 размера.", id="two sizes by words"),
        pytest.param(PAIRS, "Размеры <SIZE> и <SIZE>.", "Размеры 38 и 40.", id="both sizes"),
        pytest.param(PAIRS, "Две пары. Размер <SIZE>.", "Две пары.", id="ambiguous"),
        pytest.param(DRESS, "Платье за <PRICE>.", "Платье.", id="unknown with its preposition"),
        pytest.param(DRESS, "Платье, вес <WEIGHT> г, размер <SIZE>.", "Платье, размер 42.", id="unknown with its unit"),
        pytest.param(DRESS, "Платье (вес <WEIGHT> г).", "Платье.", id="empty bracket"),
        pytest.param(DRESS, "Цена <PRICE>. размер <SIZE>", "Размер 42", id="a new sentence begins"),
        pytest.param(DRESS, "На рост <HEIGHT> см. Длина <LENGTH> см.", "На рост 164 см.", id="a value keeps its unit"),
        pytest.param(DRESS, "Хлопок <PERCENT>%, лён <PERCENT>%.", "Хлопок, лён.", id="contents stay"),
        pytest.param(DRESS, "Красивое платье.", "Красивое платье.", id="missing ones are not added"),
        pytest.param(mask("<PRICE> за 500 р"), "Отдам за <PRICE>.", "Отдам за 500 р.", id="typed placeholder"),
    ],
)
def test_values_come_back_by_slot_and_words(masked, generated, restored):
    assert restore(generated, masked) == restored


def test_equal_values_are_not_ambiguous():
    masked = mask_ad({"Цена": "1500"}, "отдам за 1500")
    assert "1500" in restore("Отдам за <PRICE>.", masked)


def test_blanks_stand_for_what_is_not_known():
    generated = "Платье, размер <SIZE>, длина <LENGTH> см, отдам за пятьсот рублей."
    assert restore(generated, DRESS, blanks=True) == "Платье, размер 42, длина __ см, отдам за __ рублей."


@pytest.mark.parametrize(
    ("generated", "restored"),
    [
        ("Платье за пятьсот рублей.", "Платье."),
        ("Новое. Отдам за тысячу рублей.", "Новое."),
        ("Платье, стоило три тысячи пятьсот, почти новое.", "Платье, почти новое."),
        ("Платье, длина 90 см.", "Платье."),
        ("Сто процентов хлопок.", "Хлопок."),
        ("Платье, две пуговицы, сорок шестой размер.", "Платье, две пуговицы, 42 размер."),
        ("Платье, размер сорок два, два кармана.", "Платье, размер сорок два, два кармана."),
        ("Платье, размер 42.", "Платье, размер 42."),
    ],
)
def test_numbers_the_captioner_made_up_are_removed(generated, restored):
    assert restore(generated, DRESS) == restored


def test_numbers_that_the_input_holds_are_not_invented():
    source = "платье размер 42, цена 500 руб, на 2 года"
    assert invented_numbers("Размер сорок два, пятьсот рублей, на два года", source) == []
    assert invented_numbers("Размер сорок, два рубля, на три года", source) == ["сорок", "три"]
    assert invented_numbers("<PRICE> и <SIZE>", "") == []


WORDS = st.sampled_from(
    ["отдам за", "размер", "рост", "и", "платье", "(", ")", ",", ".", "см", "руб", "цена", "для", "—"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS | st.sampled_from(PLACEHOLDERS), max_size=14).map(" ".join))
def test_no_placeholder_and_no_foreign_number_survives(generated):
    restored = restore(generated, DRESS)
    assert not any(placeholder in restored for placeholder in PLACEHOLDERS)
    assert set(re.findall(r"\d+", restored)) <= {"42", "164"}
    assert restore(generated, DRESS, blanks=True).count("__") <= generated.count("<")
