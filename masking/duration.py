"""Times that something took: «носили 2 года», «стаж 14 лет» are no ages."""

from __future__ import annotations

from masking.around import Around
from masking.numbers import Number
from masking.slots import UNKNOWN, Slot
from masking.words import is_verb

_AGE_PREPOSITIONS = frozenset("на для от с к до".split())
_REACH = 8  # tokens before a number searched for the verb


def is_duration(around: Around, number: Number, slot: Slot) -> bool:
    """Whether a number with a unit of time tells how long something went on, not how old someone is.

    A verb before it or another slot's word says so; an age's preposition («на 2 года») and the slot's own ``verbs``
    («исполнилось 2 года») say the opposite.
    """
    after_preposition = around.preposition(number) in _AGE_PREPOSITIONS
    if not after_preposition and _is_other_verb(around, number.unit_end, slot):
        return True  # «2 года стояла»
    passed = False
    if number.index and not around.tokens[number.index - 1].forms.isdisjoint(slot.words["things"]):
        return False  # «дочке 4 года»
    for i in around.sentence_before(number, limit=_REACH):
        if around.tokens[i].raw == ",":
            return False
        passed = passed or around.tokens[i].number is not None
        speaking = {phrase.slot for phrase in around.left_phrases(i, "before")} - {slot.name}
        if UNKNOWN in speaking or (speaking and not passed and not after_preposition):
            return True
        if not after_preposition and _is_other_verb(around, i, slot):
            return True
    return False


def _is_other_verb(around: Around, i: int, slot: Slot) -> bool:
    """Whether token ``i`` is a verb and none of the slot's own."""
    if i >= len(around.tokens) or not around.tokens[i].is_word:
        return False
    return is_verb(around.tokens[i].raw) and around.tokens[i].forms.isdisjoint(slot.words["verbs"])
