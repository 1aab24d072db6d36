"""What a number looks like with the characters around it: a model, a temperature, a product, a decade."""

from __future__ import annotations

import re

from masking.around import Unit
from masking.numbers import Number
from masking.slots import Lexicon
from masking.tokens import Token
from masking.words import parses

_TIMES = frozenset(("на", "х", "x"))
_LIST_RATIO = 4  # values of one list differ at most so many times
_SUM_DIGITS = 4  # a bare number of fewer digits after a brand is a model, not a sum


class Look:
    """Questions about single numbers of one tokenized text; ``shouting`` texts are all capitals."""

    def __init__(self, lexicon: Lexicon, tokens: list[Token], shouting: bool) -> None:
        self._slots = list(lexicon.slots.values())
        self._tokens = tokens
        self._shouting = shouting
        self._matching: dict[tuple[str, str], tuple[str, ...]] = {}

    def is_code_letter(self, number: Number, unit: Unit) -> bool:
        """«142М» is a model: one capital written to a number is a unit only if data say so («5К»)."""
        i = number.index + 1
        written = any(phrase.role == "glued" for phrase in unit.phrases)
        if unit.shared or unit.end != i + 1 or self._shouting or written:
            return False
        letter = self._tokens[i]
        return letter.start == number.end and len(letter.raw) == 1 and letter.raw.isupper()

    def is_negative(self, number: Number) -> bool:
        """«-45» after a space, short enough for a temperature."""
        i = number.index - 1
        if i < 0 or self._tokens[i].raw not in "-−–" or self._tokens[i].end != number.start or len(number.value) > 2:
            return False
        return i == 0 or self._tokens[i - 1].end < self._tokens[i].start

    def slots(self, number: Number) -> tuple[str, ...]:
        """Slots whose pattern a value matches, alone or with what is written to it («7+», «90-х»), UNK_VAL first."""
        following = ""
        for token in self._tokens[number.index + 1 : number.index + 3]:
            if token.start != number.end + len(following) or token.number is not None:
                break
            following += token.raw
        form = self._product(number) or number.value, following
        if form not in self._matching:
            written = [form[0] + following[:n] for n in range(len(following) + 1)]
            matching = (s.name for s in reversed(self._slots) if s.pattern and any(map(s.pattern.fullmatch, written)))
            self._matching[form] = tuple(matching)
        return self._matching[form]

    def _product(self, number: Number) -> str:
        """«120x60» for either number of «120 на 60», empty if there is no such pair; «2 на 64 Гб» is none."""
        for step in (1, -1):
            i, j = number.index + step, number.index + 2 * step
            if min(i, j) < 0 or max(i, j) >= len(self._tokens) or self._tokens[i].folded not in _TIMES:
                continue
            partner = self._tokens[j].number
            if partner is not None and alike(number, partner) and max(len(number.value), len(partner.value)) > 1:
                return f"{number.value}x{partner.value}"
        return ""

    def is_all_in_one(self, number: Number) -> bool:
        """Either number of «3в1», «100 в 1»."""
        for step in (1, -1):
            between, partner = number.index + step, number.index + 2 * step
            if min(between, partner) >= 0 and max(between, partner) < len(self._tokens):
                other = self._tokens[partner].number
                if self._tokens[between].folded == "в" and other is not None and "1" in (number.value, other.value):
                    return True
        return False

    def follows_a_name(self, number: Number, told: bool) -> bool:
        """Whether a Latin word or a brand in the middle of a sentence stands right before: «Xbox 360», «Штиль 180».

        In a text that tells its price elsewhere (``told``) «Макита 2470» and «нокиа 3310» are names as well.
        """
        i = number.index - 1
        if i >= 0 and self._tokens[i].number is not None and self._tokens[i].number.source == "none":
            i -= 1  # «Ryzen 5 2600»
        if i < 0 or not self._tokens[i].is_word:
            return False
        begins = i == 0 or self._tokens[i - 1].ends_sentence
        capital = self._tokens[i].raw[0].isupper() and not begins and not self._shouting
        is_sum = len(number.value) >= _SUM_DIGITS and not told
        return self._tokens[i].is_latin or (capital and not is_sum) or (told and not parses(self._tokens[i].folded))


def alike(one: Number, other: Number) -> bool:
    """Whether two values could stand in one list: numbers of one magnitude."""
    a, b = (re.match(r"\d{1,9}", number.value) for number in (one, other))
    if a is None or b is None:
        return False
    low, high = sorted((int(a[0]), int(b[0])))
    return high <= _LIST_RATIO * max(low, 1)
