"""Units after the placeholders of a generated text."""

from __future__ import annotations

import re

from masking.around import Around
from masking.slots import Lexicon
from masking.tokens import Tokenizer
from masking.values import Found
from masking.words import is_content

_PREPOSITIONS = frozenset("за в на".split())
_SHORTENING_POINT = re.compile(r"\.(?=\s*[,;:)]|\s+[а-яёa-z<])")  # «р., стелька»
_REACH = 40  # characters after a placeholder that may hold its unit


class Units:
    """Reads the unit at the beginning of a text."""

    def __init__(self, slots: Lexicon) -> None:
        self._slots = slots
        self._tokenizer = Tokenizer(slots.compounds, slots.abbreviations)

    def length(self, slot: str, text: str) -> int:
        """Number of characters of the slot's unit that ``text`` begins with; 0 if it begins with something else."""
        return self._read(slot, text)[0]

    def carry_over(self, slot: str, found: Found, rest: str) -> tuple[str, str]:
        """The unit to write after a value and the text that goes on behind the unit the captioner wrote.

        The seller's unit stands («850 г», where the captioner wrote «кг»; «7к»), unless the captioner used the same
        word in another form, or the unit only repeats the slot's key («48 размер» in «размер 48»).
        """
        length, written = self._read(slot, rest)
        if found.texts[-1].endswith(")"):
            return "", rest[length:]
        _, own = self._read(slot, found.unit)
        if not own or own & written:
            return rest[:length], rest[length:]
        if not length and own & self._keys(slot):
            return "", rest
        return found.unit, rest[length:]

    def _read(self, slot: str, text: str) -> tuple[int, frozenset[str]]:
        """Length of the unit in characters and the entries of the data it is."""
        head = text[:_REACH]
        tokens = self._tokenizer.split(head, [])
        glued = bool(tokens) and tokens[0].start == 0
        unit = Around(self._slots, tokens).unit_at(0, glued) if tokens else None
        if unit is None or not unit.names & self._slots.also[slot]:
            return 0, frozenset()
        last = tokens[unit.end - 1]
        end = last.start if last.raw == "." else last.end
        return end + bool(_SHORTENING_POINT.match(head, end)), unit.names

    def _keys(self, slot: str) -> frozenset[str]:
        words = self._slots.slots[slot].words
        return frozenset((*words["before"], *words["soft"]))

    def closing_length(self, slot: str, text: str) -> int:
        """Number of characters of words that lose their sense without the value: «и ваша», «за все», «каждая»."""
        tokens = self._tokenizer.split(text[:_REACH], [])
        found = Around(self._slots, tokens).right_phrases(0, "after") if tokens else ()
        words = next((phrase.words for phrase in found if phrase.slot == slot), ())
        lone = len(words) == 1 and words[0] in _PREPOSITIONS
        return 0 if not words or lone or is_content(tokens[0].raw) else tokens[len(words) - 1].end
