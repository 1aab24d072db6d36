"""Numbers that take the slot of the number before them: in a bracket, in a pair, in a list."""

from __future__ import annotations

from masking.around import Around, Unit
from masking.look import alike
from masking.numbers import Number
from masking.slots import UNKNOWN

_NAMED = ("word", "list")  # sources that speak for a slot beyond doubt
_CONNECTORS = frozenset(", и или либо / - – — + &".split())
_PAIRING = (["до"], ["по"], ["и"], ["или"], ["-"], ["–"], ["—"], ["/"], ["на"])


class Neighbours:
    """Rules about a number and the one before it; each answers with a slot's name or None."""

    def __init__(self, around: Around) -> None:
        self._around = around

    def bracket(self, number: Number, unit: Unit | None) -> str | None:
        """«30 (19 см)», «98 (+6 см)»: what a bracket adds to a value named by words is of the same slot and group."""
        previous = self._around.previous
        if previous is None or previous.source not in _NAMED or not self._around.accepts(previous.slot, unit):
            return None
        between = self._between(previous, number)
        if not between or between[0] != "(" or any(mark not in "(+-–~≈" for mark in between):
            return None
        return _joined(number, previous)

    def pair(self, number: Number, unit: Unit | None) -> str | None:
        """«высота от 90 до 160 см», «23 шт из 30»: the second number of a pair is what the first is."""
        previous = self._around.previous
        if previous is None or not self._around.accepts(previous.slot, unit):
            return None
        between = self._between(previous, number)
        if between == ["из"] or (between == ["до"] and (previous.slot == UNKNOWN or unit is not None)):
            return previous.slot  # «с 9 до 18», «с 7 месяцев до 3 лет»
        if previous.source != "word" or between not in _PAIRING or not alike(previous, number):
            return None
        number.source = "word"
        return previous.slot

    def list(self, number: Number, unit: Unit | None) -> str | None:
        """«Размеры: 36, 37 и 39», «память 8+256»."""
        previous = self._around.previous
        if unit is not None or previous is None:
            return None
        between = self._between(previous, number)
        added = between == ["+"] and previous.slot != UNKNOWN
        listed = previous.source in _NAMED and alike(previous, number)
        if not between or not _CONNECTORS.issuperset(between) or not (added or listed):
            return None
        return _joined(number, previous)

    def _between(self, previous: Number, number: Number) -> list[str]:
        return [token.folded for token in self._around.tokens[previous.unit_end : number.index]]


def _joined(number: Number, previous: Number) -> str:
    number.source, number.group = "list", previous.group
    return previous.slot
