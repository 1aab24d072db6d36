"""Erasing a placeholder from a generated text so that the rest reads as clean Russian."""

from __future__ import annotations

import re
from collections.abc import Sequence

from masking.words import fold, forms

_LAST_WORD = re.compile(r"([^\W\d_]+(?:-[^\W\d_]+)*)[\s:–—№-]*$")
_FIRST_WORD = re.compile(r"^[\s:–—-]*([^\W\d_]+)")
_CLAUSE_END = ".!?;,()"
_KEYS = frozenset(
    "цена размер рост длина ширина вес объем возраст год количество телефон стоимость артикул модель состав номер "
    "обхват высота скидка наличие покупка хлопок стелька мерка покупать".split()
)
_DANGLING = frozenset("на за в с от до по для из и а но или к у около примерно всего только лишь".split())
_RULES = (
    (re.compile(r"\(\s*[,.;]*\s*\)"), ""),
    (re.compile(r"\s+([,.;:!?)])"), r"\1"),
    (re.compile(r"\(\s+"), "("),
    (re.compile(r"[,;:](?:\s*[,;:])+"), ","),
    (re.compile(r"[,;:–—-]+\s*([.!?])"), r"\1"),
    (re.compile(r"([.!?])\s*[,;:.]+(?=\s|$)"), r"\1"),
    (re.compile(r"^[\s,.;:!?–—-]+"), ""),
    (re.compile(r"[\s,;:–—-]+$"), ""),
    (re.compile(r"[ \t]{2,}"), " "),
)


def erase(text: str, start: int, end: int, lead: Sequence[str]) -> tuple[str, int]:
    """Cut ``text[start:end]`` with the words before it that lose their sense; return the text and where it was cut.

    Args:
        lead: lemmas that stand before a value of this slot and say nothing without it.
    """
    words = frozenset(lead) | _KEYS | _DANGLING
    head = text[:start]
    while (match := _LAST_WORD.search(head)) and forms(fold(match[1])) & words:
        head = head[: match.start()]
    tail = text[end:]
    if _opens_clause(head) and (match := _FIRST_WORD.match(tail)) and fold(match[1]) in ("году", "год", "лет", "штук"):
        tail = tail[match.end() :]
    return head.rstrip() + _joint(head, tail) + tail.lstrip(), len(head.rstrip())


def _opens_clause(head: str) -> bool:
    return not head.strip() or head.rstrip()[-1] in _CLAUSE_END


def _joint(head: str, tail: str) -> str:
    """A space between what is left, unless punctuation follows."""
    tail = tail.lstrip()
    return "" if not tail or not head.strip() or tail[0] in ",.;:!?)" else " "


def tidy(text: str) -> str:
    """Single spaces, no doubled or dangling punctuation, sentences with a capital."""
    before = None
    while before != text:
        before = text
        for pattern, replacement in _RULES:
            text = pattern.sub(replacement, text)
    return re.sub(r"(^|[.!?]\s+)([а-яёa-z])", lambda m: m[1] + m[2].upper(), text)
