"""Russian words and their lemmas (pymorphy3), for text towers, training targets and every text metric.

The Penn Treebank tokenizer of ``pycocoevalcap`` is made for English: it keeps ё and е as different words, lower-cases
placeholders, and starts Java for every call. Here a text is its lower-cased words and numbers with ё as е; a hyphenated
word is one word, placeholders stay as they are, punctuation goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

WORD = re.compile(r"<[A-Z_0-9]+>|[а-яёa-z]+(?:-[а-яёa-z]+)*|\d+(?:[.,]\d+)*")


@lru_cache(maxsize=1)
def morphology() -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


@lru_cache(maxsize=100_000)
def lemma(word: str) -> str:
    return morphology().parse(word)[0].normal_form.replace("ё", "е")


@lru_cache(maxsize=100_000)
def possible_lemmas(word: str) -> tuple[str, ...]:
    """Every dictionary form ``word`` (spelled with its ё) may have, likeliest first, ё as е.

    The likeliest one alone is often wrong for clothes: «майка» is read as a form of «майк», «худи» as a verb.
    """
    return tuple(dict.fromkeys(parse.normal_form.replace("ё", "е") for parse in morphology().parse(word)))


def spelled_words(text: str) -> Iterator[str]:
    """Lower-cased words and numbers with their ё, placeholders kept."""
    parts = re.split(r"(<[A-Z_0-9]+>)", text)
    return iter(WORD.findall("".join(part if i % 2 else part.lower() for i, part in enumerate(parts))))


def words(text: str) -> list[str]:
    """Lower-cased words and numbers, ё as е, placeholders kept: ``"Ёлка за <PRICE>!" -> ["елка", "за", "<PRICE>"]``."""
    return [word.replace("ё", "е") for word in spelled_words(text)]


def lemmas(text: str) -> list[str]:
    return [w if w.startswith("<") else lemma(w) for w in words(text)]
