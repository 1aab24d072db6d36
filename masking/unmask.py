"""Placeholders get their values back: exactly for a masked source, by slot and words around for a generated text."""

from __future__ import annotations

import re

from masking.erase import Eraser
from masking.escape import unescape
from masking.invented import with_placeholders
from masking.mask import Masked
from masking.slots import Lexicon, lexicon
from masking.units import Units
from masking.values import Place, Values

BLANK = "__"
_JOINT = r"(?:\s*(?:[,/(+&–—-]|и|или|до)|\s?[^\W\d_]{1,8}\.?\s*\()\s*"  # between placeholders that stand for one value or for a list
_CLOSING = re.compile(r"[^()<>.]{0,12}\)")  # « см)» after «<SIZE> (<SIZE>»


def unmask(text: str, masked: Masked) -> str:
    """Put the values back: ``unmask(mask(t).text, mask(t)) == t`` for every ``t``.

    A text with other placeholders than the mask's, or in another order, was written by a captioner and is given to
    :func:`restore`.
    """
    slots = sorted({span.slot for span in masked.spans})
    parts = re.split(f"<({'|'.join(slots)})>", text) if slots else [text]
    if parts[1::2] != [span.slot for span in masked.spans]:
        return restore(text, masked)
    parts[1::2] = [span.value for span in masked.spans]
    parts[::2] = [unescape(part) for part in parts[::2]]
    return "".join(parts)


def restore(generated: str, masked: Masked, blanks: bool = False, slots: Lexicon | None = None) -> str:
    """Fill a generated text with the values of the input.

    A placeholder takes the value of its slot with the unit the seller wrote; among several values the one whose words
    stand around it. A value of several numbers («30 (19 см)», «36, 37 и 39») comes back whole. A placeholder that the
    input does not hold, or that could be any of several values, is erased with the words that lose their sense
    («отдам за <PRICE>»), and the text around it is tidied. A value the generated text does not ask for is not added.
    A number the captioner wrote itself, in digits or words, that the input does not hold counts as a placeholder.

    Args:
        generated: what a captioner wrote.
        masked: the masked input.
        blanks: leave ``__`` in the place of a value that is not known instead of erasing.
        slots: other slots than the product's.
    """
    chosen = slots or lexicon()
    values, units, eraser = Values(masked, chosen), Units(chosen), Eraser(chosen)
    runs = re.compile("|".join(rf"<{slot}>(?:{_JOINT}<{slot}>)*" for slot in chosen.slots))
    place, rest = Place(), with_placeholders(generated, masked.source, chosen)
    while match := runs.search(rest):
        place.write(rest[: match.start()])
        run, rest = match[0], rest[match.end() :]
        slot = run[1 : run.index(">")]
        found = values.find(slot, run.count("<"), place, rest)
        if found is None and blanks:
            place.write_value(run.replace(f"<{slot}>", BLANK), slot)
            continue
        if found is None or len(found.texts) == 1:
            rest = _without_closing(run, rest)
        if found is None:
            place.done, rest = eraser.erase(place.done, rest, slot, place.fence)
            continue
        unit, rest = units.carry_over(slot, found, rest)
        place.write_value(_filled(run, slot, found.texts) + unit, slot)
    return place.done + rest


def _filled(run: str, slot: str, texts: tuple[str, ...]) -> str:
    """Placeholders and the marks between them with a text for each, or with one text for all."""
    if len(texts) == 1:
        return texts[0]
    marks = run.split(f"<{slot}>")
    return "".join(mark + text for mark, text in zip(marks, texts, strict=False))


def _without_closing(run: str, rest: str) -> str:
    """The text after a run that opened a bracket, from behind that bracket."""
    closing = _CLOSING.match(rest) if run.count("(") > run.count(")") else None
    return rest[closing.end() :] if closing else rest
