import gradio as gr
import pytest

from ui.attributes import UNNAMED, USUAL, Attributes

FORMS = [
    {"Размер": "30 (19 см)", "Цвет": ""},
    [["Размер", "30 (19 см)"], ["Цвет", ""]],
    {"headers": ["Поле", "Значение"], "data": [["Размер", "30 (19 см)"], ["Цвет", None]], "metadata": None},
]


@pytest.fixture
def table():
    return Attributes(words={})


@pytest.mark.parametrize("payload", FORMS)
def test_every_form_of_the_table_is_read_and_empty_fields_are_left_out(table, payload):
    assert table.preprocess(payload) == {"Размер": "30 (19 см)"}


def test_order_is_kept(table):
    assert list(table.preprocess([["Цена", "1"], ["Бренд", "2"], ["Своё", "3"]])) == ["Цена", "Бренд", "Своё"]


def test_nothing_typed_is_lost(table):
    rows = [["Размер", "44"], ["", "без имени"], ["Размер", "46"]]
    assert table.preprocess(rows) == {"Размер": "44, 46", UNNAMED: "без имени"}


@pytest.mark.parametrize("payload", ["текст", 5, [["одно"]], ["ab", "cd"]])
def test_another_form_is_refused(table, payload):
    with pytest.raises(gr.Error, match="attributes"):
        table.preprocess(payload)


def test_usual_fields_stand_ready_and_others_follow(table):
    assert [key for key, _ in table.postprocess(None)] == USUAL
    rows = table.postprocess({"Длина": "90 см", "Цвет": "синий"})
    assert dict(rows)["Цвет"] == "синий"
    assert rows[-1] == ["Длина", "90 см"]
    assert table.preprocess(rows) == {"Цвет": "синий", "Длина": "90 см"}
