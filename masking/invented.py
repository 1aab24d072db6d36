"""Numbers that a generated text holds and the input does not: the service never makes up a price or a size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from masking.around import Around
from masking.mask import mask
from masking.numbers import Number, find_numbers, normalized
from masking.slots import UNKNOWN, Lexicon, lexicon
from masking.tokens import Token, Tokenizer

_TAG = re.compile(r"<[^<>\s]{1,20}>")
_PIECE = re.compile(r"\d+(?:[.,]\d+)?")
_COUNTED_BY_EYE = 10  # «два кармана» is what a photo shows

_CARDINALS = """ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать
четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать""".split()
_ORDINALS = """нулевой первый второй третий четвертый пятый шестой седьмой восьмой девятый десятый одиннадцатый двенадцатый
тринадцатый четырнадцатый пятнадцатый шестнадцатый семнадцатый восемнадцатый девятнадцатый""".split()
_TENS = "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто".split()
_TENTH = "двадцатый тридцатый сороковой пятидесятый шестидесятый семидесятый восьмидесятый девяностый".split()
_HUNDREDS = "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот".split()
_COLLECTIVES = "двое трое четверо пятеро шестеро семеро".split()
_VALUES: dict[str, float] = {
    **{word: i for words in (_CARDINALS, _ORDINALS) for i, word in enumerate(words)},
    **{word: 20 + 10 * i for words in (_TENS, _TENTH) for i, word in enumerate(words)},
    **{word: 100 + 100 * i for i, word in enumerate(_HUNDREDS)},
    **{word: 2 + i for i, word in enumerate(_COLLECTIVES)},
    **{"полтора": 1.5, "полторы": 1.5, "сотый": 100, "сотня": 100, "десяток": 10, "дюжина": 12},
}
_SCALES = {"тысяча": 1_000, "тыща": 1_000, "тысячный": 1_000, "миллион": 1_000_000}
_ALL_VALUES: dict[str, float] = {**_VALUES, **_SCALES}


@dataclass(frozen=True)
class _Numeral:
    """Neighbouring numeral words that make one number: tokens ``first`` to ``last``."""

    first: int
    last: int
    value: float


def invented_numbers(text: str, source: str, slots: Lexicon | None = None) -> list[str]:
    """The numbers of a generated text, in digits or words and as written there, that the source does not hold.

    A number is held when its value stands in the source, in digits or words («размер сорок два» for 42). Small
    numbers in words that count what a photo shows («два кармана», «одна пуговица») are no inventions; with a unit or
    after a slot's word («два года», «размер три») they are. Placeholders are not numbers.
    """
    return [text[number.start : number.end] for number in _invented(text, source, slots or lexicon())]


def with_placeholders(text: str, source: str, slots: Lexicon | None = None) -> str:
    """A generated text with placeholders for the numbers it invented: «за пятьсот рублей» → «за <PRICE> рублей»."""
    chosen = slots or lexicon()
    invented = _invented(text, source, chosen)
    plain, starts, position = "", [], 0
    for number in invented:
        plain += _without_tags(text[position : number.start])
        starts.append(len(plain))
        plain += number.digits
        position = number.end
    found = {span.start: span.placeholder for span in mask(plain + _without_tags(text[position:]), chosen).spans}
    for number, start in zip(reversed(invented), reversed(starts), strict=True):
        text = text[: number.start] + found.get(start, f"<{UNKNOWN}>") + text[number.end :]
    return text


@dataclass(frozen=True)
class _Invented:
    """``text[start:end]``, a number in ``digits`` or words."""

    start: int
    end: int
    digits: str


def _invented(text: str, source: str, slots: Lexicon) -> list[_Invented]:
    held = set(_pieces(source)) | {numeral.value for numeral in _numerals(_words(source, slots))}
    plain = _without_tags(text)
    numbers = [
        _Invented(n.start, n.end, plain[n.start : n.end])
        for n in _digits(plain)
        if not held.issuperset(_pieces(plain[n.start : n.end]))
    ]
    tokens = _words(plain, slots)
    words = [
        _Invented(tokens[n.first].start, tokens[n.last].end, f"{n.value:g}".replace(".", ","))
        for n in _numerals(tokens)
        if n.value not in held and (n.value >= _COUNTED_BY_EYE or _measures(tokens, n, slots))
    ]
    return sorted(numbers + words, key=lambda number: number.start)


def _without_tags(text: str) -> str:
    return _TAG.sub(lambda tag: " " * len(tag[0]), text)


def _digits(text: str) -> list[Number]:
    return find_numbers(text, lambda _: False, lambda _: False)


def _pieces(text: str) -> Iterator[float]:
    """Every single number of ranges and products too: «42-44» holds 42 and 44."""
    for number in _digits(text):
        for piece in _PIECE.findall(normalized(text[number.start : number.end])):
            yield float(piece.replace(",", "."))


def _words(text: str, slots: Lexicon) -> list[Token]:
    return Tokenizer(slots.compounds, slots.abbreviations).split(text, [])


def _numerals(tokens: list[Token]) -> Iterator[_Numeral]:
    first = 0
    while first < len(tokens):
        last = first
        while last < len(tokens) and _value(tokens[last]) is not None:
            last += 1
        if last > first:
            yield _Numeral(first, last - 1, _sum(tokens[first:last]))
        first = last + 1


def _value(token: Token) -> float | None:
    return next((_ALL_VALUES[form] for form in sorted(token.forms & _ALL_VALUES.keys())), None)


def _sum(tokens: list[Token]) -> float:
    """«две тысячи пятьсот» → 2500."""
    total, current = 0.0, 0.0
    for token in tokens:
        value = _value(token) or 0
        if not token.forms.isdisjoint(_SCALES):
            total, current = total + (current or 1) * value, 0.0
        else:
            current += value
    return total + current


def _measures(tokens: list[Token], numeral: _Numeral, slots: Lexicon) -> bool:
    """Whether a unit follows the numeral or a slot's word stands right before it."""
    around = Around(slots, tokens)
    unit = around.unit_at(numeral.last + 1, False)
    named = unit is not None and any(_names_a_measure(p.slot, slots) for p in unit.phrases)
    before = around.left_phrases(numeral.first - 1, "before") if numeral.first else []
    return named or any(_names_a_measure(p.slot, slots) for p in before)


def _names_a_measure(slot: str, slots: Lexicon) -> bool:
    return slot != UNKNOWN and not slots.slots[slot].counted
