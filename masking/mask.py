"""Numbers of an ad become placeholders, so that the captioner cannot change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from masking.choose import Chooser
from masking.escape import escape
from masking.numbers import Number, find_numbers
from masking.slots import Lexicon, lexicon
from masking.tokens import Token, Tokenizer
from masking.words import forms

_CONTEXT = 8  # words kept on either side of a number
_CUE = 24  # characters before a number searched for a word that announces a phone


@dataclass(frozen=True)
class Span:
    """One masked number.

    Attributes:
        slot: name of the slot, for example ``PRICE``.
        start: where the number stands in the source, in characters; ``end`` is exclusive.
        value: the number as written there.
        unit: its unit as written there, with the space before it («500 руб» has " руб"), empty if it has none.
        group: numbers of one group are one value («30 (19 см)») and are restored together.
        context: words around it, folded to lower case, for telling several values of a slot apart.
    """

    slot: str
    start: int
    end: int
    value: str
    unit: str = ""
    group: int = 0
    context: tuple[str, ...] = ()

    @property
    def placeholder(self) -> str:
        return f"<{self.slot}>"


@dataclass(frozen=True)
class Masked:
    """A text with placeholders instead of numbers.

    Attributes:
        text: the masked text; its only placeholders are those of ``spans``, in their order.
        spans: the numbers, in the order of the source.
        source: the text that was masked.
    """

    text: str
    spans: tuple[Span, ...]
    source: str

    def group_text(self, group: int) -> str:
        """The source from the first to the last number of a group, closing brackets included: «30 (19 см)»."""
        start, end = self.group_bounds(group)
        return self.source[start:end]

    def group_bounds(self, group: int) -> tuple[int, int]:
        """Where a group stands in the source; raises KeyError if there is no such group."""
        members = [span for span in self.spans if span.group == group]
        if not members:
            raise KeyError(f"no group {group}")
        start, end = members[0].start, members[-1].end
        if self.source.count("(", start, end) > self.source.count(")", start, end):
            closing = self.source.find(")", end)
            end = closing + 1 if closing >= 0 else end
        return start, end


def mask(text: str, slots: Lexicon | None = None) -> Masked:
    """Put a placeholder in the place of every number of a text.

    The slot is chosen by the words before the number, then by the unit after it; a number nothing speaks for becomes
    ``<UNK_VAL>``. Placeholders typed into the text are escaped (:mod:`masking.escape`). Linear in the text's length.
    """
    return _mask(text, (), slots or lexicon())


def mask_attributes(attributes: Mapping[str, str], slots: Lexicon | None = None) -> dict[str, Masked]:
    """Mask the values of a form: ``{"Размер": "30 (19 см)"}`` gives ``<SIZE> (<SIZE> см)`` in one group.

    A key that names a slot («Рост, см») gives it to every number of the value; under any other key a value is masked
    like free text.
    """
    chosen = slots or lexicon()
    return {key: _mask(value, _forced(key, 0, len(value), chosen), chosen) for key, value in attributes.items()}


def mask_ad(attributes: Mapping[str, str], text: str, slots: Lexicon | None = None) -> Masked:
    """Mask a whole ad, written as ``Ключ: значение. … текст`` (``pipeline.ad.Ad.full_text``).

    The values of the attributes take the slots of their keys as in :func:`mask_attributes`; the free text is masked
    knowing the attributes (a bare number of an ad for a coat is a size).
    """
    chosen = slots or lexicon()
    parts: list[str] = []
    regions: list[_Region] = []
    position = 0
    for key, value in attributes.items():
        if value.strip():
            start = position + len(key) + len(": ")
            regions += _forced(key, start, start + len(value), chosen)
            parts.append(f"{key}: {value}")
            position += len(parts[-1]) + len(". ")
    if text.strip():
        parts.append(text)
    return _mask(". ".join(parts), regions, chosen)


@dataclass(frozen=True)
class _Region:
    """A stretch of text whose numbers all take one slot and stand in one group."""

    start: int
    end: int
    slot: str


def _forced(key: str, start: int, end: int, slots: Lexicon) -> tuple[_Region, ...]:
    slot = slot_of_key(key, slots)
    return (_Region(start, end, slot),) if slot else ()


def slot_of_key(key: str, slots: Lexicon | None = None) -> str | None:
    """The slot an attribute's key names («Размер обуви» → SIZE, «Год выпуска» → YEAR), None if it names none."""
    chosen = slots or lexicon()
    tokens = _tokenizer(chosen).split(key, [])
    for role in ("before", "soft"):
        for token in tokens:
            for form in (token.raw, *sorted(token.forms)):
                for phrase in chosen.left.get(form, ()):
                    if phrase.role == role and len(phrase.words) == 1:
                        return phrase.slot
    return None


def _mask(text: str, regions: Sequence[_Region], slots: Lexicon) -> Masked:
    cues = _Cues(text, slots)
    numbers = find_numbers(text, cues.phone, cues.single)
    tokens = _tokenizer(slots).split(text, numbers)
    chooser = Chooser(slots, text, tokens)
    groups = {region: chooser.next_group() for region in regions}
    left = list(reversed(regions))
    for number in numbers:
        while left and left[-1].end <= number.start:
            left.pop()
        region = left[-1] if left and left[-1].start <= number.start else None
        chooser.choose(number, region and region.slot, region and groups[region])
    return _written(text, numbers, tokens)


def _written(text: str, numbers: Sequence[Number], tokens: Sequence[Token]) -> Masked:
    parts: list[str] = []
    spans: list[Span] = []
    position = 0
    for number in numbers:
        value = text[number.start : number.end]
        context = _context(tokens, number.index)
        span = Span(number.slot, number.start, number.end, value, number.unit, number.group, context)
        parts += [escape(text[position : number.start]), span.placeholder]
        spans.append(span)
        position = number.end
    parts.append(escape(text[position:]))
    return Masked("".join(parts), tuple(spans), text)


def _context(tokens: Sequence[Token], index: int) -> tuple[str, ...]:
    around = [*tokens[max(0, index - _CONTEXT) : index], *tokens[index + 1 : index + 1 + _CONTEXT]]
    return tuple(token.folded for token in around if token.is_word)


@lru_cache(maxsize=8)
def _tokenizer(slots: Lexicon) -> Tokenizer:
    return Tokenizer(slots.compounds, slots.abbreviations)


class _Cues:
    """What the word right before a number says about how far the number goes."""

    def __init__(self, text: str, slots: Lexicon) -> None:
        self._text = text
        self._slots = slots

    def phone(self, start: int) -> bool:
        """Whether one of the three words before announces a phone."""
        return "PHONE" in self._slots_before(start, words=3)

    def single(self, start: int) -> bool:
        """Whether the word right before names a value below a thousand."""
        return any(self._slots.slots[name].small for name in self._slots_before(start, words=1)[:1])

    def _without_marks(self, tokens: list[Token]) -> list[Token]:
        """Tokens without the marks at their end; a point counts only after a shortened word («р. 92»)."""
        while tokens and tokens[-1].raw in ".:-–":
            mark, *shortened = tokens[-1:-3:-1]
            if mark.raw == "." and not (shortened and self._slots.shortens(shortened[0].raw)):
                return []
            tokens = tokens[:-1]
        return tokens

    def _slots_before(self, start: int, words: int) -> list[str]:
        tokens = _tokenizer(self._slots).split(self._text[max(0, start - _CUE) : start], [])
        if words == 1:
            tokens = self._without_marks(tokens)[-1:]
        near = [token for token in tokens if token.is_word][-words:]
        found = (p for word in reversed(near) for form in forms(word.raw) for p in self._slots.left.get(form, ()))
        return [p.slot for p in found if p.role in ("before", "soft")]
