"""Numbers that count things: a noun agrees with them."""

from __future__ import annotations

import re

from masking.around import Around
from masking.numbers import Number
from masking.tokens import Token
from masking.words import agrees, is_adjective, is_genitive_plural

_COUNT = re.compile(r"(?:\d{1,4}-)?(\d{1,5})")
_FEW = 500  # «кошек 1000» is a price


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
        return None

    def noun_before(self, number: Number) -> bool:
        """«игр 15»: a clause of a noun in the genitive plural and a number."""
        before = list(self._around.clause(number))
        count = _COUNT.fullmatch(number.value)
        if count is None or int(count[1]) >= _FEW or len(before) != 1:
            return False
        noun = self._tokens[before[0]]
        return noun.is_word and is_genitive_plural(noun.raw)

    def is_multiplied(self, number: Number) -> bool:
        """«2 по 5 кг»: «по» and another number follow."""
        following = self._tokens[number.index + 1 : number.index + 3]
        return len(following) == 2 and following[0].folded == "по" and following[1].number is not None
