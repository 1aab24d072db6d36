"""Numbers of a Russian text, in digits or words, as values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from models.words import lemma

# "5 000" is one number, "12.05" too; "5к" is digits and a thousand; a placeholder or photo mark (<IMG_1>) holds none.
TOKEN = re.compile(
    r"<[A-Z_0-9]+>|(?P<word>[а-яё]+)"
    r"|(?P<digits>\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,]\d+)*)(?P<thousand>[кk]\b)?",
    re.I,
)
SPACES = re.compile(r"[ \u00a0\u202f]")
THOUSAND, MILLION = 1e3, 1e6
MULTIPLIERS = {"тыс": THOUSAND, "тысяча": THOUSAND, "млн": MILLION, "миллион": MILLION}

_ONES = "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать"
_TEENS = "пятнадцать шестнадцать семнадцать восемнадцать девятнадцать"
_TENS = "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто"
_HUNDREDS = "сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот"
_ORDINAL = "нулевой первый второй третий четвертый пятый шестой седьмой восьмой девятый десятый"
_TEENTH = "одиннадцатый двенадцатый тринадцатый четырнадцатый пятнадцатый шестнадцатый семнадцатый восемнадцатый"
_TENTH = "двадцатый тридцатый сороковой пятидесятый шестидесятый семидесятый восьмидесятый девяностый сотый"
_COLLECTIVE = "двое трое четверо пятеро шестеро семеро восьмеро девятеро десятеро"

# Not numbers here: «оба», «пара», «несколько», «половина».
WORD_VALUES: dict[str, float] = {
    **{word: value for value, word in enumerate(f"{_ONES} {_TEENS}".split())},
    **{word: 10 * value for value, word in enumerate(_TENS.split(), start=2)},
    **{word: 100 * value for value, word in enumerate(_HUNDREDS.split(), start=1)},
    **{word: value for value, word in enumerate(f"{_ORDINAL} {_TEENTH} девятнадцатый".split())},
    **{word: 10 * value for value, word in enumerate(_TENTH.split(), start=2)},
    **{word: value for value, word in enumerate(_COLLECTIVE.split(), start=2)},
    "полтора": 1.5,
    "десяток": 10,
    "десятка": 10,
    "дюжина": 12,
    "сотня": 100,
}
WORD_VALUES["сотый"] = 100


def numbers(text: str) -> list[float]:
    """Values of the numbers of a text, in order: ``"две тысячи пятьсот рублей, 42-44" -> [2500, 42, 44]``.

    Cardinals, collectives («трое») and ordinals («второй») in any case; «5 000», «5к» and «пять тысяч» are 5000; a date
    or a version such as «12.05.2020» gives its parts.
    """
    return [_value(run) for run in _runs(text)]


def numbers_said(text: str) -> set[float]:
    """Every value a text may be said to hold: ``numbers``, and the parts «5 000» or «пять тысяч» are written of."""
    parts = (part for run in _runs(text) for part in run)
    groups = (float(group) for match in TOKEN.finditer(text) for group in re.findall(r"\d+", match["digits"] or ""))
    return {*numbers(text), *parts, *groups}


def _runs(text: str) -> Iterator[list[float]]:
    """Numerals that stand side by side and make one number; a word or a mark between them ends a run."""
    run: list[float] = []
    end = 0
    for match in TOKEN.finditer(text):
        if run and text[end : match.start()].strip():
            yield run
            run = []
        end = match.end()
        parts = _digit_values(match["digits"]) if match["digits"] else _word_values(match["word"] or "")
        for part in parts or [None]:
            if run and (part is None or match["digits"] or not _continues(run[-1], part)):
                yield run
                run = []
            if part is not None:
                run.append(part)
        if match["thousand"]:
            run.append(THOUSAND)
    if run:
        yield run


def _digit_values(digits: str) -> list[float]:
    plain = SPACES.sub("", digits).replace(",", ".")
    return [float(plain)] if plain.count(".") < 2 else [float(part) for part in plain.split(".")]


def _word_values(word: str) -> list[float]:
    form = lemma(word.lower()) if word else ""
    value = MULTIPLIERS.get(form, WORD_VALUES.get(form))
    return [] if value is None else [float(value)]


def _continues(before: float, part: float) -> bool:
    """«двадцать» + «пять», «сто» + «двадцать», «две» + «тысячи» + «пятьсот» go on; «два» + «три» are two numbers."""
    if part in (THOUSAND, MILLION):
        return before < THOUSAND
    if before in (THOUSAND, MILLION):
        return part < THOUSAND
    return (before in range(100, 1000, 100) and part < 100) or (before in range(20, 100, 10) and 0 < part < 10)


def _value(run: list[float]) -> float:
    total = group = 0.0
    for part in run:
        if part in (THOUSAND, MILLION):
            total, group = total + (group or 1.0) * part, 0.0
        else:
            group += part
    return total + group
