"""Where the numbers of a text are: digits with their inner separators, a phone as one number.

The text is walked digit run by digit run; whether two neighbours belong together is decided by the few characters
between them, so the walk is linear in the length of the text whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

# \d is every decimal digit of Unicode; the rest are digits to str.isdigit() (superscripts, circled) and vulgar fractions.
RUN = re.compile(
    r"[\d²³¹⁰⁴-⁹₀-₉①-⑨⑴-⑼⒈-⒐⓪⓵-⓽⓿❶-❾➀-➈➊-➒¼-¾⅐-⅞፩-፱᧚\U00010a40-\U00010a43\U00010e60-\U00010e68\U00011052-\U0001105a\U0001f100-\U0001f10a]+"
)

DASHES = "-–—−‑‐‒~"
SPACES = " \u00a0\u202f\u2009"
_DASH_SET, _SPACE_SET = re.escape(DASHES), re.escape(SPACES)
_JOINER = re.compile(rf"[{_DASH_SET}/\\]|[.]{{2,3}}|…| ?[хxХX×*✕] ?")
_SPACED_DASH = re.compile(rf"[{_SPACE_SET}]?[{_DASH_SET}][{_SPACE_SET}]?")
_PHONE_GAP = re.compile(rf"[{_SPACE_SET}{_DASH_SET}.()]{{1,3}}")
_PHONE_MARKS = SPACES + DASHES + ".()"
_SHORTEST_PHONE, _LONGEST_PHONE = 5, 13  # digits
_ENUMERATED_GAP = 3  # three numbers joined by commas are a list, not a decimal
_MOST_GROUPS = 3  # of three digits after the first: billions
_MEMORY = {"128", "256", "512"}

Run = tuple[int, int]


@dataclass(slots=True)
class Number:
    """One number of a text: ``text[start:end]`` with its slot, filled in by :mod:`masking.choose`.

    Attributes:
        index: place among the tokens of the text.
        value: the digits as slots' patterns read them: x for any product sign, "-" for any dash, / for a backslash, no
            spaces.
        source: what chose the slot: ``word`` (a word before it), ``unit``, ``list``, ``look`` or ``none``.
        unit_end: index of the token after the number's unit.
        group: numbers restored together share one.
        unit: its unit as written, with the space before it: " см".
        contradicted: its unit spoke against the words before it, which may be about a later number.
    """

    start: int
    end: int
    value: str
    index: int = 0
    slot: str = ""
    source: str = "none"
    unit_end: int = 0
    group: int = -1
    unit: str = ""
    contradicted: bool = False


def find_numbers(text: str, phone_before: Callable[[int], bool], single_before: Callable[[int], bool]) -> list[Number]:
    """All numbers of a text, in order; together they cover every digit.

    ``phone_before(start)`` tells whether the words before a position announce a phone (a short local phone is only a
    phone then); ``single_before(start)`` whether they announce a value below a thousand, such as a size, so that
    «рост 92 900 руб» is not ninety-two thousand.
    """
    runs = [match.span() for match in RUN.finditer(text)]
    numbers = []
    i = 0
    while i < len(runs):
        last = _phone_end(text, runs, i, phone_before) or _number_end(text, runs, i, single_before)
        start, end = runs[i][0], runs[last][1]
        numbers.append(Number(start, end, normalized(text[start:end])))
        i = last + 1
    return numbers


def normalized(number: str) -> str:
    """A number as the slots' patterns read it: x, - and / for all signs of a product, a range and a fraction."""
    if number.isdecimal():
        return number
    number = re.sub(rf"[{_SPACE_SET}']", "", number)
    number = re.sub(r"[хxХX×*✕]", "x", number).replace("\\", "/")
    return re.sub(rf"[{_DASH_SET}]|\.{{2,3}}|…", "-", number)


# -- phones ------------------------------------------------------------------------------------------------------------


def _phone_end(text: str, runs: list[Run], first: int, announced: Callable[[int], bool]) -> int | None:
    """Index of the last run of the phone that begins at run ``first``, None if no phone does."""
    start, end = runs[first]
    international = start > 0 and text[start - 1] == "+"
    groups, gaps, digits, best = [end - start], "", end - start, None
    last = first
    while True:
        if digits >= _SHORTEST_PHONE and (
            _is_phone(text[start : runs[last][1]], groups, gaps, international, lambda: announced(start))
            or _is_local(groups, gaps, lambda: announced(start))
        ):
            best = last
        last += 1
        if last == len(runs):
            return best
        length = runs[last][1] - runs[last][0]
        gap = text[runs[last - 1][1] : runs[last][0]]
        digits += length
        if length < 2 or digits > _LONGEST_PHONE or not _PHONE_GAP.fullmatch(gap):
            return best
        groups.append(length)
        gaps += gap


def _is_phone(written: str, groups: list[int], gaps: str, international: bool, announced: Callable[[], bool]) -> bool:
    """A phone with its code: «8 (900) 123-45-67», «+7…», «9001234567»; every group but the first has two digits."""
    digits, first = sum(groups), groups[0]
    if international:
        return 10 <= digits <= _LONGEST_PHONE and (written[0] != "7" or digits == 11)
    if digits == 11 and written[0] in "78":
        code = written[1:].lstrip(_PHONE_MARKS)[:1] if first == 1 else written[1]
        return code in "3489" and (groups[1] >= 3 if first == 1 else first in (4, 5, 6, 7, 11))
    if digits == 10 and written[0] in "3489" and first in (3, 4, 10):
        return any(c in gaps for c in DASHES + "()") or (first == 10 and written[0] == "9") or announced()
    return False


def _is_local(groups: list[int], gaps: str, announced: Callable[[], bool]) -> bool:
    """A phone without a code: «555-18-40» anywhere, «55-18-40» and «555 18 40» only where words announce a phone."""
    if len(groups) not in (2, 3) or not 5 <= sum(groups) <= 7 or any(n != 2 for n in groups[1:]) or "." in gaps:
        return False
    dashed = not any(c in SPACES for c in gaps)
    return (groups == [3, 2, 2] and dashed) or announced()


# -- everything else ---------------------------------------------------------------------------------------------------


def _number_end(text: str, runs: list[Run], first: int, single: Callable[[int], bool]) -> int:
    """Index of the last run of the number that begins at run ``first``."""
    last = first
    grouped = _thousands_end(text, runs, last, single)
    while True:
        last = grouped
        if last + 1 >= len(runs):
            return last
        gap = text[runs[last][1] : runs[last + 1][0]]
        if gap == "," and _commas_enumerate(text, runs, last):
            return last
        if not (_glues(text, runs, last, gap) or _is_range(text, runs, last, gap)):
            return last
        grouped = _thousands_end(text, runs, last + 1, None)


def _glues(text: str, runs: list[Run], i: int, gap: str) -> bool:
    """Whether a separator without a word in it makes one number of two runs."""
    if gap in (",", "."):
        return True
    if gap == ":":
        return runs[i][1] - runs[i][0] <= 2 and runs[i + 1][1] - runs[i + 1][0] <= 3
    return _JOINER.fullmatch(gap) is not None


def _is_range(text: str, runs: list[Run], i: int, gap: str) -> bool:
    """«6 - 12»: a dash with spaces joins a range, not «размер 38 - 500 руб»."""
    if not _SPACED_DASH.fullmatch(gap):
        return False
    low, high = _integer(text, runs[i]), _integer(text, runs[i + 1])
    return low is not None and high is not None and low < high and (high <= 2 * low or high <= 12)


def _integer(text: str, run: Run) -> int | None:
    digits = text[run[0] : run[1]]
    return int(digits) if digits.isdecimal() and len(digits) <= 9 else None


def _commas_enumerate(text: str, runs: list[Run], i: int) -> bool:
    """Whether the comma after run ``i`` stands in «36,37,38» rather than in «1,5» or «1,200,000»."""
    j, after = i + 1, 0
    while j < len(runs) and j - i < _ENUMERATED_GAP and text[runs[j - 1][1] : runs[j][0]] == ",":
        j, after = j + 1, after + 1
    before = int(i > 0 and text[runs[i - 1][1] : runs[i][0]] == ",")
    if before + after < 2:
        return False
    return any(end - start != 3 for start, end in runs[i + 1 : j])


def _thousands_end(text: str, runs: list[Run], i: int, single: Callable[[int], bool] | None) -> int:
    """Index of the last run of «86 000» beginning at run ``i`` (``i`` itself when it is not split by spaces)."""
    start, end = runs[i]
    letter_before = start > 0 and text[start - 1].isalpha()
    if end - start > 3 or text[start] == "0" or letter_before:
        return i
    last = i
    while last + 1 < len(runs) and last - i < _MOST_GROUPS and _is_thousands(text, runs, last):
        last += 1
    if last > i and ((single is not None and single(start)) or _is_model_and_memory(text, runs, i, last)):
        return i
    return last


def _is_thousands(text: str, runs: list[Run], i: int) -> bool:
    (_, end), (start, stop) = runs[i], runs[i + 1]
    return start - end == 1 and text[end] in SPACES + "'" and stop - start == 3 and text[start:stop].isdecimal()


def _is_model_and_memory(text: str, runs: list[Run], i: int, last: int) -> bool:
    """«iPhone 12 128 Гб» names a model and its memory."""
    word = re.search(r"[A-Za-z]+ ?$", text[max(0, runs[i][0] - 12) : runs[i][0]])
    memory = text[runs[last][0] : runs[last][1]] in _MEMORY
    return memory and (word is not None or re.match(r"\s?(?:гб|gb|гиг)", text[runs[last][1] :][:5], re.I) is not None)
