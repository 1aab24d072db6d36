"""Numbers in digits and words, and those a text invents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics import load_metric
from metrics.invented_numbers import invented_numbers
from metrics.numerals import numbers


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Отдам за две тысячи пятьсот рублей", [2500]),
        ("5 000 руб., 5к, пять тысяч, 5 тыс.", [5000, 5000, 5000, 5000]),
        ("двадцать пять, два-три раза, сто двадцать", [25, 2, 3, 120]),
        ("два миллиона триста тысяч пять", [2_300_005]),
        ("42-44, рост 1,5 м, 90х60х75", [42, 44, 1.5, 90, 60, 75]),
        ("сорок второй размер, двое детей, полтора года", [42, 2, 1.5]),
        ("12.05.2020", [12, 5, 2020]),
        ("двумя карманами и тремя пуговицами", [2, 3]),
        ("рукав три четверти", [3]),
        ("<PRICE> и <SIZE>, <IMG_1>", []),
        ("пара туфель, обе целые, семья, на полу стоят, сторона", []),
        ("7 к ботинкам", [7]),
        ("45 пять", [45, 5]),
    ],
)
def test_values(text, values):
    assert numbers(text) == pytest.approx(values)


@pytest.mark.parametrize(
    ("output", "source", "invented"),
    [
        ("Юбка за 500 рублей", "Юбка", [500]),
        ("Юбка за пятьсот рублей", "Цена: 500", []),
        ("Размер 42, рост 170", "размер 42 170", []),
        ("Цена 5 000", "Цена: 5000", []),
        ("Цена 5000", "Цена: 5к", []),
        ("С двумя карманами", "Куртка <PRICE>", [2]),
        ("Надевали два раза", "надевали 2 раза", []),
        ("За <PRICE>", "Цена: <PRICE>", []),
    ],
)
def test_invented(output, source, invented):
    assert invented_numbers(output, source) == invented


@given(st.text(alphabet="0123456789 ,.-хк тысячадвапятьсто<PRICE>", max_size=60))
def test_repeating_the_source_invents_nothing(text):
    assert invented_numbers(text, text) == []


@given(st.integers(0, 10**7))
def test_grouped_thousands_are_one_number(value):
    assert numbers(f"цена {value:,} руб".replace(",", " ")) == [value]


def test_metric():
    result = load_metric("invented_numbers").compute(
        predictions=["Куртка, 3 кармана, одна молния", "Куртка за <PRICE>"], references=["Куртка", "Цена: <PRICE>"]
    )
    assert (result["invented_numbers"], result["count"], result["per_text"]) == (0.5, 2, [2, 0])
