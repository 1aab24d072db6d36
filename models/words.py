"""Russian words and their lemmas (pymorphy3), for text towers, training targets and attribute scores."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

WORD = re.compile(r"<[A-Z_0-9]+>|[а-яa-z]+(?:-[а-яa-z]+)*")


@lru_cache(maxsize=1)
def morphology() -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


@lru_cache(maxsize=100_000)
def lemma(word: str) -> str:
    return morphology().parse(word)[0].normal_form.replace("ё", "е")


def words(text: str) -> list[str]:
    """Lower-cased words, ё as е, placeholders kept."""
    return [w if w.startswith("<") else w.lower() for w in WORD.findall(_lower_outside(text))]


def _lower_outside(text: str) -> str:
    parts = re.split(r"(<[A-Z_0-9]+>)", text)
    return "".join(p if i % 2 else p.lower().replace("ё", "е") for i, p in enumerate(parts))


def lemmas(text: str) -> list[str]:
    return [w if w.startswith("<") else lemma(w) for w in words(text)]
