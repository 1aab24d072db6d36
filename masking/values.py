"""Which value of the input a placeholder of a generated text stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from masking.escape import escape
from masking.mask import Masked, Span
from masking.numbers import normalized
from masking.slots import Lexicon
from masking.words import forms, is_noun

_CLAUSE_MARK = re.compile(r"[,.;:!?()\n]")
_SENTENCE_MARK = re.compile(r"[.!?\n]")
_PLACEHOLDER = re.compile(r"<[A-Z_]+>")
_WORD = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]+)*")
_NOUN, _LAST_WORD = re.compile(r"\s?([^\W\d_]{2,})"), re.compile(r"[^\W\d_]+$")
_REACH = 200  # characters looked at on either side

Words = frozenset[str]


@dataclass
class Place:
    """The text restored so far, with the ends of the values written into it.

    Attributes:
        done: the text before the placeholder that is being looked at.
        fence: where the last value of any slot ends in it; words before belong to that value.
        fences: the same by slot.
    """

    done: str = ""
    fence: int = 0
    fences: dict[str, int] = field(default_factory=dict)

    def write(self, text: str) -> None:
        self.done += text

    def write_value(self, text: str, slot: str) -> None:
        self.done += text
        self.fence = self.fences[slot] = len(self.done)


@dataclass(frozen=True)
class Found:
    """The texts for a run of placeholders (one for each or one for all) and the unit the seller wrote after them."""

    texts: tuple[str, ...]
    unit: str


class Values:
    """The values of one masked ad by slot; equal ones count once."""

    def __init__(self, masked: Masked, slots: Lexicon) -> None:
        self._masked = masked
        self._slots = slots

    def find(self, slot: str, count: int, place: Place, rest: str) -> Found | None:
        """The value for ``count`` placeholders in a row between ``place.done`` and ``rest``, None if none is sure."""
        groups = self._groups(slot)
        if count > 1 and len(groups) == count and all(len(spans) == 1 for spans in groups):
            return Found(tuple(spans[0].value for spans in groups), groups[-1][-1].unit)
        groups = [spans for spans in groups if self._counts_the_same(slot, spans, rest)]
        spans = groups[0] if len(groups) == 1 else self._likeliest(slot, groups, place, rest)
        if spans is None:
            return None
        text = escape(self._masked.group_text(spans[0].group))
        return Found((text,), "" if text.endswith(")") else spans[-1].unit)

    def _counts_the_same(self, slot: str, spans: list[Span], rest: str) -> bool:
        """Whether a counted noun after the placeholder is the one of the value: 6 pockets are not 6 buttons."""
        written = _NOUN.match(rest)
        counted = _LAST_WORD.search(spans[-1].unit)
        if not self._slots.slots[slot].counted or written is None or counted is None or not is_noun(written[1]):
            return True
        return not forms(written[1]).isdisjoint(forms(counted[0]))

    def _groups(self, slot: str) -> list[list[Span]]:
        """Spans of a slot by group, groups with the same numbers and unit once."""
        groups: dict[int, list[Span]] = {}
        for span in self._masked.spans:
            if span.slot == slot:
                groups.setdefault(span.group, []).append(span)
        distinct = {tuple((normalized(s.value), s.unit.strip()) for s in spans): spans for spans in groups.values()}
        return list(distinct.values())

    def _likeliest(self, slot: str, groups: list[list[Span]], place: Place, rest: str) -> list[Span] | None:
        """The one group whose surroundings are most like the placeholder's: clause first, then sentence, then all."""
        if not groups:
            return None
        groups = self._of_role(slot, groups, _around(place.done[place.fence :], rest, _CLAUSE_MARK))
        if len(groups) == 1:
            return groups[0]
        for mark, start in (
            (_CLAUSE_MARK, place.fence),
            (_SENTENCE_MARK, place.fence),
            (None, place.fences.get(slot, 0)),
        ):
            wanted = _around(place.done[start:], rest, mark)
            scores = [_likeness(wanted, self._context(spans, mark)) for spans in groups]
            best = max(scores)
            if best > 0 and scores.count(best) == 1:
                return groups[scores.index(best)]
        return None

    def _of_role(self, slot: str, groups: list[list[Span]], wanted: tuple[Words, Words]) -> list[list[Span]]:
        """Groups that play the same role as the placeholder (asked price, old price); all where no role is told."""
        role = self._role(slot, wanted)
        same = [spans for spans in groups if self._role(slot, self._context(spans, _CLAUSE_MARK)) == role]
        return same or groups

    def _role(self, slot: str, around: tuple[Words, Words]) -> str | None:
        """The role whose words stand around; the first of the data where there are none."""
        roles = self._slots.slots[slot].roles
        told = (name for name, words in reversed(roles.items()) if not words.isdisjoint(around[0] | around[1]))
        return next(told, next(iter(roles), None))

    def _context(self, spans: list[Span], mark: re.Pattern[str] | None) -> tuple[Words, Words]:
        start, end = self._masked.group_bounds(spans[0].group)
        source = self._masked.source
        others = [s for s in self._masked.spans if s.group != spans[0].group]
        if mark is None:
            others = [s for s in others if s.slot == spans[0].slot]
        fence = max((s.end + len(s.unit) for s in others if s.end <= start), default=0)
        wall = min((s.start for s in others if s.start >= end), default=len(source))
        return _around(source[fence:start], source[end:wall], mark)


def _around(before: str, after: str, mark: re.Pattern[str] | None) -> tuple[Words, Words]:
    """Lemmas of the words before a place and after it, up to the nearest mark and the next placeholder."""
    before, after = before[-_REACH:], _PLACEHOLDER.split(after[:_REACH])[0]
    if mark is not None:
        # «Размер: 46» is one clause: a colon right before the number does not part it from its key.
        before = mark.split(before.rstrip(" :"))[-1]
        after = mark.split(after)[0]
    return _lemmas(before), _lemmas(after)


def _lemmas(text: str) -> Words:
    return frozenset(form for word in _WORD.findall(text) for form in forms(word))


def _likeness(one: tuple[Words, Words], other: tuple[Words, Words]) -> float:
    """Common words; those that stand before both count most."""
    crossed = len(one[0] & other[1]) + len(one[1] & other[0])
    return 2 * len(one[0] & other[0]) + len(one[1] & other[1]) + crossed / 2
