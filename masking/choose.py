"""Which slot a number takes: by the words before it, then by the unit after it, then by its company and its look.

Every rule is a method that answers with a slot's name or None; the first answer counts. What the words are is data
(``slots.toml``).
"""

from __future__ import annotations

from collections.abc import Sequence

from masking.around import Around, Unit
from masking.counting import Counting
from masking.duration import is_duration
from masking.look import Look
from masking.neighbours import Neighbours
from masking.numbers import Number
from masking.slots import UNKNOWN, Lexicon, Phrase
from masking.things import has_things_near
from masking.tokens import Token

_PREPOSITIONS = frozenset("на для от с к до по за в от".split())
_LIMITS = frozenset(("от", "до"))
_AFTER_PREPOSITIONS = frozenset("в по на".split())


class Chooser:
    """Fills in slot, source and group of the numbers of one text, which must come in order."""

    def __init__(self, lexicon: Lexicon, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.around = Around(lexicon, tokens)
        self.tokens = tokens
        self.slots = lexicon.slots
        self._counted = next((name for name, slot in lexicon.slots.items() if slot.counted), None)
        self._groups = 0
        self._named: dict[str, bool] = {}
        self.counting = Counting(self.around, tokens)
        self.neighbours = Neighbours(self.around)
        self.look = Look(lexicon, tokens, self.around.shouting)

    def choose(self, number: Number, forced: str | None = None, group: int | None = None) -> None:
        """Decide one number; ``forced`` is the slot of an attribute's key, ``group`` that of its value."""
        number.unit_end = number.index + 1
        unit = self.around.unit(number)
        if unit is not None and (
            self.look.is_code_letter(number, unit)
            or (unit.shared and self.counting.noun_after(number))
            or self.counting.disagrees(number, unit)
        ):
            unit = None
        own = None if unit is None or unit.shared else unit
        if own is not None:
            number.unit_end = own.end
        if forced is not None:
            number.slot, number.source = forced, "word"
        else:
            number.slot = self._decide(number, unit, own)
        if own is not None and self.around.accepts(number.slot, own):
            number.unit = self._written_unit(number, own)
        if group is not None:
            number.group = group
        elif number.group < 0:
            number.group = self.next_group()
        self.around.previous = number

    def next_group(self) -> int:
        self._groups += 1
        return self._groups

    def _written_unit(self, number: Number, unit: Unit) -> str:
        """The unit with the space before it, without a closing point; empty if other words stand between."""
        first, last = self.tokens[unit.start], self.tokens[unit.end - 1]
        if any(token.raw != ")" for token in self.tokens[number.index + 1 : unit.start]):
            return ""
        words = self.text[first.start : last.start if last.raw == "." else last.end]
        return words if first.start == number.end else f" {words}"

    def _decide(self, number: Number, unit: Unit | None, own: Unit | None) -> str:
        """``unit`` may stand elsewhere and be shared with another number, ``own`` is its own."""
        return (
            self._by_sure_look(number)
            or self._by_word(number, own)
            or self._by_glued_letters(number, own)
            or self._by_word_after(number, own)
            or self.neighbours.bracket(number, own)
            or self.neighbours.pair(number, own)
            or self._by_look(number, own)
            or self._by_unit(number, unit)
            or self._by_year_preposition(number, unit)
            or self._by_closing_words(number, unit)
            or self._by_noun(number, unit)
            or self.neighbours.list(number, unit)
            or self._by_adjacent_word(number, unit)
            or self._by_far_word(number, unit)
            or self._by_value(number, unit)
            or UNKNOWN
        )

    # -- the rules, in their order -------------------------------------------------------------------------------------

    def _by_sure_look(self, number: Number) -> str | None:
        """A phone, a time of day, a date, «2 в 1»: whatever the words are."""
        if self.look.is_all_in_one(number):
            return UNKNOWN
        return next((s.name for s in self.slots.values() if s.always and s.always.fullmatch(number.value)), None)

    def _by_word(self, number: Number, unit: Unit | None) -> str | None:
        found = self.around.word_before(number, any(name != UNKNOWN for name in self.look.slots(number)))
        if found is None:
            return None
        phrase, i = found
        glued = self.around.glued_word(number)
        if glued is not None and glued != i:
            return None
        if unit is not None and not self.around.accepts(phrase.slot, unit):
            if not self._announces_another(unit):
                number.contradicted = True
                return None
            number.unit_end = number.index + 1  # «рост 92 размер 86»: what follows is about the next number
        if unit is None and i < number.index - 1 and self._is_overruled(phrase, number):
            return None
        if unit is None and not self.around.slot(phrase).looks_like(number.value) and self.counting.noun_after(number):
            return None
        number.source = "word"
        return phrase.slot

    def _is_overruled(self, phrase: Phrase, number: Number) -> bool:
        """Whether a preposition nearer to the number speaks for another slot: «осталось по 500», «стаж с 2008 года»."""
        adjacent = self._adjacent_slot(number)
        if adjacent in (None, phrase.slot):
            return False
        if phrase.role == "before":
            return phrase.slot == UNKNOWN and self.slots[adjacent].named
        measured = phrase.slot != UNKNOWN and not self.around.slot(phrase).counted
        return not (measured and self.around.preposition(number) in _LIMITS)  # «талия от 60»

    def _announces_another(self, unit: Unit) -> bool:
        """Whether a unit could as well stand before the number that follows it at once."""
        follows = unit.end < len(self.tokens) and self.tokens[unit.end].number is not None
        return follows and bool(self.around.left_phrases(unit.end - 1, "before"))

    def _by_glued_letters(self, number: Number, unit: Unit | None) -> str | None:
        """«R16», «М500», «ГАЗ-53», «3d», «2в1», «-45»: part of a name or a temperature; «W34» of jeans is a size."""
        i = self.around.glued_word(number)
        if i is not None and self.tokens[i].folded not in _PREPOSITIONS:
            adjacent = None if unit is not None or i < number.index - 1 else self._adjacent_slot(number)
            return adjacent if adjacent and self.slots[adjacent].words["things"] else UNKNOWN
        if unit is None and self.look.is_negative(number):
            return UNKNOWN
        after, glued = self.around.after(number)
        follows = glued and after < len(self.tokens) and self.tokens[after].is_word
        if unit is None and follows and len(self.tokens[after].raw) <= 3 and not self.look.slots(number):
            return UNKNOWN
        return None

    def _by_look(self, number: Number, unit: Unit | None) -> str | None:
        """«90х60х75», «7+», «90-х», «205/55»; what only looks like a size of something («5х114,3») goes first."""
        for name in self.look.slots(number):
            if self.around.accepts(name, unit):
                number.source = "look"
                return name
        return None

    def _by_word_after(self, number: Number, unit: Unit | None) -> str | None:
        """«23 см стелька», «86 см по поясу», «2 года гарантии»: words that usually stand before a number."""
        i = number.unit_end
        if i < len(self.tokens) and self.tokens[i].folded in _AFTER_PREPOSITIONS:
            i += 1
        if i >= len(self.tokens) or self._announces_next(i):
            return None
        phrase = next(iter(self.around.left_phrases(i, "before")), None)
        if phrase is None or (phrase.slot == UNKNOWN and unit is None):
            return None
        return phrase.slot if self.around.accepts(phrase.slot, unit) else None

    def _announces_next(self, i: int) -> bool:
        """Whether a number follows token ``i`` at once or after a colon, a dash or a preposition."""
        for token in self.tokens[i + 1 : i + 3]:
            if token.number is not None:
                return True
            if token.raw in ",;" or token.ends_sentence:
                return False
        return False

    def _by_unit(self, number: Number, unit: Unit | None) -> str | None:
        if unit is None:
            return None
        for phrase in (*self._doubtful(number, unit), *(p for p in unit.phrases if p.role != "doubtful")):
            slot = self.around.slot(phrase)
            if slot.counted and self.around.is_ordinal(number):
                continue
            number.source = "unit"
            return UNKNOWN if slot.words["verbs"] and is_duration(self.around, number, slot) else slot.name
        return None

    def _by_noun(self, number: Number, unit: Unit | None) -> str | None:
        """«5 карманов», «игр 15», «2 по 5 кг»: a number that a noun agrees with counts things."""
        if unit is not None or not self.counting.is_count(number):
            return None
        noun = self.counting.noun_after(number)
        if noun is not None:
            number.unit_end = noun + 1
            number.unit = self.text[number.end : self.tokens[noun].end] if noun == number.index + 1 else ""
            return self._counted
        return self._counted if self.counting.is_multiplied(number) or self.counting.noun_before(number) else None

    def _by_year_preposition(self, number: Number, unit: Unit | None) -> str | None:
        """«в 2019 за 28 000», «в 2020 менял»: what follows such a year says nothing about it."""
        adjacent = self._adjacent_slot(number) if unit is None else None
        if adjacent is None or not self.slots[adjacent].named:
            return None
        number.source = "word"
        return adjacent

    def _by_closing_words(self, number: Number, unit: Unit | None) -> str | None:
        """«5 000 торг», «1300 за всё», «100 пара»."""
        if unit is not None:
            return None
        for phrase in self.around.right_phrases(number.index + 1, "after"):
            if self.around.slot(phrase).looks_like(number.value):
                return phrase.slot
        return None

    def _by_adjacent_word(self, number: Number, unit: Unit | None) -> str | None:
        """«за 900», «по 850», «на 44-46», «в 2021»."""
        found = self._adjacent_slot(number) if unit is None else None
        if found is not None:
            number.source = "word"
        return found

    def _adjacent_slot(self, number: Number) -> str | None:
        for phrase in self.around.adjacent_words(number):
            slot = self.around.slot(phrase)
            if slot.looks_like(number.value) and has_things_near(self.around, slot, number):
                return slot.name
        return None

    def _by_far_word(self, number: Number, unit: Unit | None) -> str | None:
        """«Размер, если честно, стёрся, но по мне 46»."""
        if unit is not None:
            return None
        for i in self.around.sentence_before(number):
            if self.tokens[i].number is not None and not self.tokens[i].number.contradicted:
                return None
            for phrase in self.around.left_phrases(i, "far"):
                if self.around.slot(phrase).looks_like(number.value):
                    return phrase.slot
        return None

    def _by_value(self, number: Number, unit: Unit | None) -> str | None:
        """A bare number: a size near clothes, a year, a round sum."""
        if unit is not None:
            return None
        preposition = self.around.preposition(number)
        for slot in self.slots.values():
            if (
                slot.bare is None
                or not slot.bare.fullmatch(number.value)
                or not has_things_near(self.around, slot, number)
            ):
                continue
            if preposition in _PREPOSITIONS and preposition not in slot.words["adjacent"] and len(number.value) < 4:
                continue  # «2 литра на 100» is no price
            if slot.words["things"] or slot.named or not self.look.follows_a_name(number, self._told(slot.name)):
                return slot.name
        return None

    # -- what the rules ask --------------------------------------------------------------------------------------------

    def _doubtful(self, number: Number, unit: Unit) -> Sequence[Phrase]:
        """Units that mean a slot only with a fitting value and company, unless a preposition speaks for another."""
        adjacent = {p.slot for p in self.around.adjacent_words(number)}
        sure = {p.slot for p in unit.phrases if p.role != "doubtful"}
        return [
            phrase
            for phrase in unit.phrases
            if phrase.role == "doubtful"
            and self.around.slot(phrase).looks_like(number.value)
            and has_things_near(self.around, self.around.slot(phrase), number)
            and not (adjacent & sure)
        ]

    def _told(self, name: str) -> bool:
        """Whether words or units name the slot somewhere in the text."""
        if name not in self._named:
            around, tokens = self.around, self.tokens
            self._named[name] = any(
                any(p.slot == name for p in around.right_phrases(i + 1, "units") if tokens[i].number is not None)
                or any(p.slot == name for p in around.left_phrases(i, "before"))
                for i in range(len(tokens))
            )
        return self._named[name]
