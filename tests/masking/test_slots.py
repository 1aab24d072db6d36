"""A slot is an entry of data: nothing else has to change."""

import pytest

from masking import mask, restore
from masking.slots import SLOTS_FILE, read_slots

VOLTAGE = """
[[slot]]
name = "VOLTAGE"
before = "вольтаж, напряжение"
units = "вольт, в, v"
"""


@pytest.fixture
def slots(tmp_path):
    head, *entries = SLOTS_FILE.read_text(encoding="utf-8").split("\n[[slot]]\n")
    path = tmp_path / "slots.toml"
    path.write_text(head + VOLTAGE + "".join(f"\n[[slot]]\n{entry}" for entry in entries), encoding="utf-8")
    return read_slots(path)


def test_a_new_entry_is_a_new_slot(slots):
    text = "Дрель, напряжение 12, зарядка на 220 вольт, цена 900"
    assert mask(text).text == "Дрель, напряжение <UNK_VAL>, зарядка на <UNK_VAL> вольт, цена <PRICE>"
    masked = mask(text, slots)
    assert masked.text == "Дрель, напряжение <VOLTAGE>, зарядка на <VOLTAGE> вольт, цена <PRICE>"
    assert (
        restore("Зарядка <VOLTAGE>, напряжение <VOLTAGE>.", masked, slots=slots) == "Зарядка 220 вольт, напряжение 12."
    )
    assert restore("Дрель, напряжение <VOLTAGE>.", mask("дрель"), slots=slots) == "Дрель."


@pytest.mark.parametrize(
    ("entry", "words"),
    [('name = "VOLTAGE"\nunit = "в"', "unknown keys"), ('name = "Voltage"', "capitals"), ('name = "<A>"', "capitals")],
)
def test_a_wrong_entry_is_named(tmp_path, entry, words):
    path = tmp_path / "slots.toml"
    path.write_text(f"[[slot]]\n{entry}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        read_slots(path)


def test_the_catch_all_slot_must_be_there(tmp_path):
    path = tmp_path / "slots.toml"
    path.write_text(VOLTAGE, encoding="utf-8")
    with pytest.raises(ValueError, match="UNK_VAL"):
        read_slots(path)
