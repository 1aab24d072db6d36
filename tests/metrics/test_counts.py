"""Placeholders, repetition, distinct texts, length: counted by hand."""

import pytest

from metrics import load_metric


def test_placeholder_recall_by_slot():
    result = load_metric("placeholders").compute(
        predictions=["Куртка за <PRICE>, размер <SIZE>", "Юбка <SIZE> <AGE>", "Шапка"],
        references=["<SINGLE> Цена: <PRICE>. Размер: <SIZE>-<SIZE> <IMG_1>", "Цена: <PRICE>. Размер: <SIZE>", "Шапка"],
    )
    assert result["recall_by_slot"] == pytest.approx({"PRICE": 1 / 2, "SIZE": 2 / 3})
    assert result["asked_by_slot"] == {"PRICE": 2, "SIZE": 3}
    assert result["recall"] == pytest.approx(3 / 5)
    assert result["precision"] == pytest.approx(3 / 4)
    assert result["per_text"] == [pytest.approx(2 / 3), pytest.approx(1 / 2), None]


def test_nothing_asked_for_has_no_recall():
    result = load_metric("placeholders").compute(predictions=["Шапка"], references=["Шапка"])
    assert (result["recall"], result["precision"], result["recall_by_slot"]) == (None, None, {})


def test_repetition_by_hand():
    """Nine words, five different; of eight bigrams «а б» stands four times, «б а» three, «а в» once."""
    result = load_metric("repetition").compute(predictions=["а б а б а б а б в"])
    assert result["repetition_1"] == pytest.approx(1 - 3 / 9)
    assert result["repetition_2"] == pytest.approx(1 - 3 / 8)


def test_repetition_of_empty_and_short_texts_is_zero():
    result = load_metric("repetition").compute(predictions=["", "юбка"])
    assert result["repetition_1"] == result["repetition_4"] == 0


def test_distinct():
    result = load_metric("distinct").compute(predictions=["Белая юбка.", "белая юбка", "Чёрная юбка", "Шорты"])
    assert result["distinct_texts"] == pytest.approx(3 / 4)
    assert result["distinct_1"] == pytest.approx(4 / 7)
    assert result["distinct_2"] == pytest.approx(2 / 3)


def test_length():
    result = load_metric("length").compute(predictions=["Юбка за <PRICE>", "", "Тёмно-синяя"])
    assert result["per_text"] == [3, 0, 1]
    assert (result["words_shortest"], result["words_longest"]) == (0, 3)
    assert result["words"] == pytest.approx(4 / 3)
    assert result["empty"] == pytest.approx(1 / 3)
