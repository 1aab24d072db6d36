"""What a text says about an item of clothing: its kind, main colour and pattern, by lemmas and ``synonyms.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from models.words import possible_lemmas, spelled_words

TABLE = Path(__file__).with_name("synonyms.json")
PLAIN = "однотонный"
# What stands before the thing an item lies or hangs on: «на полосатом пледе» is not about the item.
PLACE_WORDS = {"на", "у", "возле", "около", "перед"}
PREPOSITIONS = PLACE_WORDS | {"в", "с", "со", "из", "без", "по", "под", "за", "и"}
PLACE_LENGTH = 5
# «серо-голубой» is a shade; with black or white («чёрно-белый») two colours are meant.
CONTRASTING = {"белый", "чёрный"}

Lemmas = frozenset[str]


class Colour(NamedTuple):
    """A colour by its families («бирюзовый», or two for «чёрно-белый») and tone ("light", "dark" or "")."""

    families: frozenset[str]
    tone: str

    def matches(self, other: Colour) -> bool:
        """A family in common, and not one light and one dark."""
        return bool(self.families & other.families) and {self.tone, other.tone} != {"light", "dark"}


@lru_cache(maxsize=50_000)
def word_lemmas(word: str) -> Lemmas:
    """All lemmas of a word and of the parts of a hyphenated one: «куртку-косуху» is «куртка» and «косуха»."""
    return frozenset(lemma for part in {word, *word.split("-")} if part for lemma in possible_lemmas(part))


def term_lemmas(term: str) -> Lemmas:
    """Lemmas that name a term of the table: itself, or the singular(s) of one given in plural («туфли» -> «туфля»)."""
    plain = term.replace("ё", "е")
    found = possible_lemmas(term)
    return frozenset([plain] if plain in found else found)


@dataclass(frozen=True)
class Lexicon:
    """The table, ready to look up.

    Attributes:
        single: kinds by lemma, for kinds of one word.
        phrases: kinds of several words: lemmas of each word, and the kind.
        groups: numbers of the groups each kind is in.
        shades: colours by lemma; stems by the first half of a compound («бело-»); tones by prefix («тёмно-»).
        patterns: patterns by lemma.
        meeting: pairs of patterns taken for each other.
        surfaces: lemmas of what items lie on.
    """

    single: dict[str, set[str]]
    phrases: list[tuple[list[Lemmas], str]]
    groups: dict[str, set[int]]
    shades: dict[str, Colour]
    stems: dict[str, Colour]
    tones: dict[str, str]
    patterns: dict[str, set[str]]
    meeting: set[frozenset[str]]
    surfaces: Lemmas

    def kinds(self, text: str) -> list[frozenset[str]]:
        """Kinds of clothes a text names, in order; a compound («платье-рубашка») names two at once."""
        words = [word_lemmas(word) for word in spelled_words(text)]
        named, position = [], 0
        while position < len(words):
            phrase = next(((t, kind) for t, kind in self.phrases if _starts_with(words[position:], t)), None)
            kinds = {phrase[1]} if phrase else set().union(*(self.single.get(lemma, ()) for lemma in words[position]))
            named += [frozenset(kinds)] if kinds else []
            position += len(phrase[0]) if phrase else 1
        return named

    def same_kind(self, ours: Iterable[str], theirs: Iterable[str]) -> bool:
        """Is one of these kinds the same as one of those, or in a group with it?"""
        return any(a == b or self.groups[a] & self.groups[b] for a in ours for b in theirs)

    def colour(self, word: str) -> Colour | None:
        """The colour a word (in any form) names, if any."""
        *before, last = word.replace("ё", "е").split("-")
        base = next((self.shades[lemma] for lemma in word_lemmas(last) if lemma in self.shades), None)
        if base is None:
            return None
        parts = [self.stems[part] for part in before if part in self.stems]
        tone = next((self.tones[part] for part in before if self.tones.get(part)), base.tone)
        return Colour(base.families.union(*(part.families for part in parts)), "" if parts else tone)

    def colours(self, text: str) -> list[Colour]:
        """Colours of the item a text names, in order; those of the place it lies on are left out."""
        return [colour for word in self.without_place(text) if (colour := self.colour(word))]

    def patterns_named(self, text: str) -> set[str]:
        """Patterns of the item a text names; «чёрно-белый» (black or white and another) is "комбинированный"."""
        words = self.without_place(text)
        named = {pattern for word in words for lemma in word_lemmas(word) for pattern in self.patterns.get(lemma, ())}
        colours = (colour for word in words if (colour := self.colour(word)))
        if any(len(colour.families) > 1 and colour.families & CONTRASTING for colour in colours):
            named.add("комбинированный")
        return named

    def without_place(self, text: str) -> list[str]:
        """Words of a text but for «на светлом ковре», «у стены»: the place, from its preposition to its noun."""
        words, kept, position = list(spelled_words(text)), [], 0
        while position < len(words):
            after = words[position + 1 : position + 1 + PLACE_LENGTH] if words[position] in PLACE_WORDS else []
            end = _place_end(after, self.surfaces)
            kept += [words[position]] if end is None else []
            position += 1 if end is None else end + 1
        return kept


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Read ``synonyms.json`` once."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    groups: dict[str, set[int]] = {kind: set() for kind in table["other_items"]}
    for number, group in enumerate(table["items"]):
        for kind in group["same"]:
            groups.setdefault(kind, set()).add(number)
    single: dict[str, set[str]] = {}
    for kind in groups:
        for lemma in term_lemmas(kind) if " " not in kind else ():
            single.setdefault(lemma, set()).add(kind)
    shades = _shades(table)
    patterns: dict[str, set[str]] = {}
    for pattern, words in table["patterns"].items():
        for lemma in (lemma for word in words for lemma in term_lemmas(word)):
            patterns.setdefault(lemma, set()).add(pattern)
    return Lexicon(
        single=single,
        phrases=[([word_lemmas(word) for word in kind.split()], kind) for kind in groups if " " in kind],
        groups=groups,
        shades=shades,
        stems={stem: colour for shade, colour in shades.items() for stem in _stems(shade)},
        tones={prefix.replace("ё", "е"): tone for prefix, tone in table["tones"].items()},
        patterns=patterns,
        meeting={frozenset(pair) for pair in table["patterns_that_meet"]},
        surfaces=frozenset(lemma for word in table["surfaces"] for lemma in term_lemmas(word)),
    )


def _shades(table: dict[str, Any]) -> dict[str, Colour]:
    tones = {shade: tone for tone in ("light", "dark") for shade in table[tone]}
    return {
        shade.replace("ё", "е"): Colour(frozenset(families), tones.get(shade, ""))
        for shade, families in table["colours"].items()
    }


def _stems(shade: str) -> list[str]:
    """First halves of compounds: «белый» -> «бело», «беловато-»; «синий» -> «сине»."""
    return [shade[:-2] + ending for ending in ("о", "е", "овато", "ато")] if shade.endswith(("ый", "ий", "ой")) else []


def _place_end(words: Sequence[str], surfaces: Lemmas) -> int | None:
    """How many words lead to a thing to lie on, that included; None when another preposition comes first."""
    for length, word in enumerate(words, start=1):
        if word in PREPOSITIONS:
            return None
        if word_lemmas(word) & surfaces:
            return length
    return None


def _starts_with(words: Sequence[Lemmas], phrase: Sequence[Lemmas]) -> bool:
    return len(words) >= len(phrase) and all(a & b for a, b in zip(words, phrase, strict=False))
