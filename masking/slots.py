"""The slots and their words, read from ``slots.toml`` (the one place to add a slot or a word)."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from masking.words import fold, is_abbreviation

SLOTS_FILE = Path(__file__).with_name("slots.toml")
UNKNOWN = "UNK_VAL"
LEFT = ("before", "soft", "contents", "adjacent", "far")
RIGHT = ("units", "glued", "doubtful", "after")
_FLAGS = ("counted", "named", "small")
_WORD_LISTS = (*LEFT, *RIGHT, "also", "things", "verbs", "lead")


@dataclass(frozen=True)
class Slot:
    """One slot: its name and the words that choose it; the keys are explained at the top of ``slots.toml``."""

    name: str
    words: dict[str, tuple[str, ...]]
    counted: bool = False
    named: bool = False
    small: bool = False
    shape: re.Pattern[str] | None = None
    bare: re.Pattern[str] | None = None
    pattern: re.Pattern[str] | None = None
    always: re.Pattern[str] | None = None
    roles: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def placeholder(self) -> str:
        return f"<{self.name}>"

    def looks_like(self, value: str) -> bool:
        """Whether a value has this slot's shape; a slot without a shape takes any."""
        return self.shape is None or self.shape.fullmatch(value) is not None


@dataclass(frozen=True)
class Phrase:
    """An item of a word list: its words, where it stands and what it speaks for.

    ``role`` is the key of ``slots.toml`` it came from, ``slot`` the slot's name.
    """

    words: tuple[str, ...]
    role: str
    slot: str


class Lexicon:
    """All slots with their phrases indexed for look-up.

    Attributes:
        slots: by name, in the order of the file, UNK_VAL last; ``rank`` is the place of each in it.
        left: phrases that stand before a number, by their last word, longest first.
        right: phrases that stand after a number, by their first word, longest first.
        multipliers: words that multiply the unit after them.
        abbreviations: words that a point shortens although they look like whole words.
        compounds: items with inner punctuation (``т.р``, ``км/ч``, ``кв.м``) that must be read as one word.
    """

    def __init__(
        self, slots: Iterable[Slot], multipliers: Iterable[str] = (), abbreviations: Iterable[str] = ()
    ) -> None:
        listed = list(slots)
        ordered = [s for s in listed if s.name != UNKNOWN] + [s for s in listed if s.name == UNKNOWN]
        self.slots = {slot.name: slot for slot in ordered}
        if UNKNOWN not in self.slots:
            raise ValueError(f"{SLOTS_FILE.name} must define the slot {UNKNOWN}")
        self.rank = {name: place for place, name in enumerate(self.slots)}
        self.multipliers = frozenset(multipliers)
        self.abbreviations = frozenset(abbreviations)
        self.left = self._index(LEFT, key=-1)
        self.right = self._index(RIGHT, key=0)
        self.also = {slot.name: self._accepted(slot) for slot in ordered}
        self.things = {slot.name: frozenset(slot.words["things"]) for slot in ordered}
        self.compounds = sorted(self._compound_words(), key=len, reverse=True)

    def shortens(self, word: str) -> bool:
        """Whether a point after the word shortens it («тел.») rather than ends a sentence."""
        return fold(word) in self.abbreviations or is_abbreviation(word)

    def _index(self, roles: tuple[str, ...], key: int) -> dict[str, list[Phrase]]:
        index: dict[str, list[Phrase]] = defaultdict(list)
        for slot in self.slots.values():
            for role in roles:
                for item in slot.words[role]:
                    words = tuple(item.split())
                    index[words[key].lstrip("=")].append(Phrase(words, role, slot.name))
        return {word: sorted(phrases, key=lambda p: -len(p.words)) for word, phrases in index.items()}

    @staticmethod
    def _accepted(slot: Slot) -> frozenset[str]:
        return frozenset(item for role in ("units", "glued", "doubtful", "also") for item in slot.words[role])

    def _compound_words(self) -> set[str]:
        items = {item for slot in self.slots.values() for role in (*LEFT, *RIGHT) for item in slot.words[role]}
        return {part for item in items for part in item.split() if len(part) > 1 and re.search(r"\w[./·]\w|\w\d", part)}


def _listed(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(item.split()) for item in words.split(",") if item.strip()))


def _compiled(entry: dict[str, Any], key: str) -> re.Pattern[str] | None:
    return re.compile(entry[key]) if key in entry else None


def read_slots(path: Path = SLOTS_FILE) -> Lexicon:
    """Read a file of slots; raises ValueError naming an unknown key or a bad name."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    known = {"name", *_FLAGS, "shape", "bare", "pattern", "always", "roles", *_WORD_LISTS}
    slots = []
    for entry in data["slot"]:
        if unknown := set(entry) - known:
            raise ValueError(f"{path.name}: slot {entry.get('name')} has unknown keys {sorted(unknown)}")
        if not re.fullmatch(r"[A-Z][A-Z_]*", entry["name"]):
            raise ValueError(f"{path.name}: a slot's name is made of capitals and _, not {entry['name']!r}")
        slots.append(
            Slot(
                name=entry["name"],
                words={key: _listed(entry.get(key, "")) for key in _WORD_LISTS},
                **{flag: entry.get(flag, False) for flag in _FLAGS},
                shape=_compiled(entry, "shape"),
                bare=_compiled(entry, "shape" if entry.get("bare") is True else "bare"),
                pattern=_compiled(entry, "pattern"),
                always=_compiled(entry, "always"),
                roles={role: frozenset(_listed(words)) for role, words in entry.get("roles", {}).items()},
            )
        )
    return Lexicon(slots, _listed(data.get("multipliers", "")), _listed(data.get("abbreviations", "")))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The slots of the product."""
    return read_slots()


SLOTS: tuple[str, ...] = tuple(lexicon().slots)
PLACEHOLDERS: tuple[str, ...] = tuple(f"<{name}>" for name in SLOTS)
