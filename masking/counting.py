"""Numbers that count things: a noun agrees with them."""

from __future__ import annotations

import re

from masking.around import Around, Unit
from masking.numbers import Number
from masking.tokens import Token
from masking.words import (
    agrees,
    agrees_adjective,
    is_abbreviation,
    is_adjective,
    is_genitive,
    is_genitive_plural,
    is_noun,
    is_plural,
)

_COUNT = re.compile(r"(?:\d{1,4}-)?(\d{1,5})")
_FEW = 500  # «кошек 1000» is a price
_SLIPS = 20  # «4 хозяин» is one, «50 пара» a price
_HANDFUL = 10  # «сандалии 24» is a size


class Counting:
    """Questions about the nouns around the numbers of one tokenized text."""

    def __init__(self, around: Around, tokens: list[Token]) -> None:
        self._around = around
        self._tokens = tokens

    def is_count(self, number: Number) -> bool:
        """An integer or a range of integers."""
        return _COUNT.fullmatch(number.value) is not None

    def noun_after(self, number: Number) -> int | None:
        """Index of the noun after a number that agrees with it, past adjectives: «5 глубоких карманов»."""
        count = _COUNT.fullmatch(number.value)
        if count is None or self._around.is_ordinal(number):
            return None
        start, _ = self._around.after(number)
        for i in range(start, min(start + 3, len(self._tokens))):
            word = self._tokens[i]
            if not word.is_word or word.is_latin:
                return None
            if not word.raw[0].isupper() and agrees(word.raw, count[1]):
                return i
            if not is_adjective(word.raw):
                return None
            if agrees_adjective(word.raw) and not self._goes_on(i + 1):
                return i  # «есть 2 одинаковых»
        return None

    def _goes_on(self, i: int) -> bool:
        return i < len(self._tokens) and (self._tokens[i].is_word or self._tokens[i].number is not None)

    def noun_before(self, number: Number) -> bool:
        """«игр 15», «ствола 3», «розетки 2»: a clause of a noun in the genitive or the plural and a number."""
        before = self._around.clause(number)
        count = _COUNT.fullmatch(number.value)
        if count is None or int(count[1]) >= _FEW or len(before) != 1:
            return False
        noun = self._tokens[before[0]]
        if not noun.is_word:
            return False
        few = noun.raw[0].islower() and is_genitive(noun.raw) and agrees(noun.raw, count[1])
        return few or is_genitive_plural(noun.raw) or (int(count[1]) <= _HANDFUL and is_plural(noun.raw))

    def disagrees(self, number: Number, unit: Unit) -> bool:
        """Whether a counted noun is no unit of the number: «100 пара» is a price, «высота 75 полка есть» two things."""
        count = _COUNT.fullmatch(number.value)
        if count is None or int(count[1]) < _SLIPS or unit.shared or unit.end != unit.start + 1:
            return False
        noun = self._tokens[unit.start].raw
        if not all(self._around.slot(phrase).counted for phrase in unit.phrases):
            return False
        return not is_abbreviation(noun) and is_noun(noun) and not agrees(noun, count[1])

    def is_multiplied(self, number: Number) -> bool:
        """«2 по 5 кг»: «по» and another number follow."""
        following = self._tokens[number.index + 1 : number.index + 3]
        if self._around.preposition(number) == "с":  # «с 1988 по 1995»
            return False
        return len(following) == 2 and following[0].folded == "по" and following[1].number is not None
