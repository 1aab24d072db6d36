"""The things an ad is about: a bare number near a coat is a size."""

from __future__ import annotations

from masking.around import Around
from masking.numbers import Number
from masking.slots import Slot

_BEFORE, _AFTER = 40, 12  # tokens searched on either side of a number


def has_things_near(around: Around, slot: Slot, number: Number) -> bool:
    """Whether a thing of the slot is named before the number or later in its sentence; a slot without things has any."""
    things = around.lexicon.things[slot.name]
    if not things:
        return True
    tokens = around.tokens
    for i in range(number.index - 1, max(-1, number.index - _BEFORE), -1):
        if tokens[i].is_word and not things.isdisjoint(tokens[i].forms):
            return True
    for token in tokens[number.index + 1 : number.index + _AFTER]:
        if token.ends_sentence:
            return False
        if token.is_word and not things.isdisjoint(token.forms):
            return True
    return False
