"""Russian word forms: the lemmas a word may have and whether a noun agrees with a number (pymorphy3, loaded lazily)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_KNOWN_SHARE = 0.05  # parses less likely than this are left out: «весь» is hardly ever a noun
_GUESSED_PLURAL = re.compile(r"\w{2,}(?:ов|ев|ей|ок|ек|[иоуэ])$")  # «5 бодиков», «5 гуппи»
_GUESSED_SINGULAR = re.compile(r"\w{2,}[аяыиоуэ]$")
_CONTENT = frozenset({"NOUN", "ADJF", "PRTF", "ADVB", "NUMR"})
_VERBS = frozenset({"VERB", "INFN", "GRND", "PRTS"})
_NAMES = frozenset({"Name", "Surn", "Patr", "Geox", "Abbr"})


@lru_cache(maxsize=1)
def morphology() -> Any:
    """The analyser (about 0.3 s to load, 15 MB)."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


def fold(word: str) -> str:
    """Lower-cased, ё as е."""
    return word.lower().replace("ё", "е")


@lru_cache(maxsize=50_000)
def parses(word: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """(lemma, grammemes) of every likely reading of a dictionary word; empty for a word the dictionary does not hold.

    Unknown words are not guessed: a guess costs ten times a look-up and an ad may hold any number of them.
    """
    if not word.isalpha() or not morphology().word_is_known(word):
        return ()
    readings = morphology().parse(word)
    return tuple((fold(r.normal_form), frozenset(r.tag.grammemes)) for r in readings if r.score >= _KNOWN_SHARE)


@lru_cache(maxsize=50_000)
def forms(word: str) -> frozenset[str]:
    """The folded word, its lemmas and, for a hyphenated word, those of its parts."""
    folded = fold(word)
    lemmas = {lemma for lemma, _ in parses(folded)}
    if "-" in folded:
        lemmas.update(form for part in folded.split("-") if len(part) > 3 for form in forms(part))
    return frozenset({folded, *lemmas})


def lemma(word: str) -> str:
    """The likeliest lemma (the folded word itself when unknown)."""
    folded = fold(word)
    readings = parses(folded)
    return readings[0][0] if readings else folded


def is_verb(word: str) -> bool:
    """A finite verb, an infinitive, a gerund or a short participle in its likeliest reading."""
    readings = parses(fold(word))
    return bool(readings) and bool(readings[0][1] & _VERBS) and "Abbr" not in readings[0][1]


def is_content(word: str) -> bool:
    """A word that says something of its own: a noun, an adjective, an adverb, or one the dictionary does not know."""
    readings = parses(fold(word))
    return not readings or bool(readings[0][1] & _CONTENT and "Apro" not in readings[0][1])


@lru_cache(maxsize=1_000)
def plural(noun: str) -> str:
    """The nominative plural: карманов → карманы; the word itself when it has none."""
    inflected = morphology().parse(noun)[0].inflect({"plur", "nomn"})
    return inflected.word if inflected else noun


def is_noun(word: str) -> bool:
    return any("NOUN" in grammemes for _, grammemes in parses(fold(word)))


def is_adjective(word: str) -> bool:
    readings = parses(fold(word))
    return bool(readings) and bool(readings[0][1] & {"ADJF", "PRTF"})


def is_abbreviation(word: str) -> bool:
    """Not a whole word of the dictionary: «ул», «шт», «разм»."""
    readings = parses(fold(word))
    return len(word) <= 2 or not readings or any("Abbr" in grammemes for _, grammemes in readings)


def is_genitive(word: str) -> bool:
    """A noun in the genitive that cannot be read as a nominative: «лет», «месяца», not «места»."""
    readings = [grammemes for _, grammemes in parses(fold(word)) if "NOUN" in grammemes]
    return any("gent" in g for g in readings) and not any("nomn" in g or "accs" in g for g in readings)


def can_be_genitive(word: str) -> bool:
    """A noun that may stand in the genitive: «корпуса», which is a plural as well."""
    return any({"NOUN", "gent"} <= grammemes for _, grammemes in parses(fold(word)))


def is_genitive_plural(word: str) -> bool:
    """«игр», «карманов», but no noun without cases («пальто»)."""
    return any({"NOUN", "gent", "plur"} <= g and "Fixd" not in g for _, g in parses(fold(word)))


def is_plural(word: str) -> bool:
    """A noun that may stand in the nominative plural."""
    return any({"NOUN", "plur", "nomn"} <= g and "Fixd" not in g for _, g in parses(fold(word)))


def agrees_adjective(word: str) -> bool:
    """An adjective in the genitive plural: «одинаковых»."""
    return any({"ADJF", "gent", "plur"} <= g for _, g in parses(fold(word)))


def agrees(word: str, number: str) -> bool:
    """Whether ``word`` is a noun in a form that counts with the integer ``number``: 1 карман, 2 кармана, 5 карманов.

    Oblique plurals pass with any number («с 2 карманами»). Names and abbreviations do not count.
    """
    folded, count = fold(word), int(number)
    one, few = count % 10 == 1 and count % 100 != 11, count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14)
    readings = parses(folded)
    if not readings:
        guess = _GUESSED_SINGULAR if few else _GUESSED_PLURAL
        return not one and guess.match(folded) is not None
    return any(
        "NOUN" in g
        and not g & _NAMES
        and (
            ("plur" in g and bool(g & {"gent", "datv", "ablt", "loct"}))
            or (few and {"sing", "gent"} <= g)
            or (one and "sing" in g and bool(g & {"nomn", "accs"}))
        )
        for _, g in readings
    )
