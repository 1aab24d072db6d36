"""What stands around a number: the words before it, the unit after it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from masking.numbers import Number
from masking.slots import UNKNOWN, Lexicon, Phrase, Slot
from masking.tokens import Token
from masking.words import can_be_genitive, is_adjective, is_genitive

NEAR = 10  # tokens before a number whose words may choose its slot
FAR = 16  # the same for words that reach over commas
HEDGES = frozenset("примерно около почти где-то всего лишь только ровно уже ~ ≈ = : - – — + ( / №".split())
_SHARING = frozenset("и или либо до из / - – — на х x".split())  # «от 9 до 36 кг»: the unit is of both
_ORDINAL = re.compile(r"(?:й|я|е|х|го|му|м|ти|ми|ой|ый|ая|ое|ые|ых|тых)", re.IGNORECASE)
_ORDER_ENDINGS = frozenset("й я го му м ой ый ая ое".split())
_DASHES = frozenset("-–—")


@dataclass(frozen=True)
class Unit:
    """What the words right after a number say.

    Attributes:
        phrases: every entry of the slots' data that matches, the longest ones.
        start: index of the unit's first token; ``end`` of the token after it.
        shared: the unit stands after a later number («9 до 36 кг») or before this one («лет 6»).
    """

    phrases: list[Phrase]
    start: int
    end: int
    shared: bool = False

    @property
    def names(self) -> frozenset[str]:
        return frozenset(" ".join(phrase.words) for phrase in self.phrases)


class Around:
    """Look-ups around the numbers of one tokenized text. ``previous`` is the number before, already decided."""

    def __init__(self, lexicon: Lexicon, tokens: list[Token]) -> None:
        self.lexicon = lexicon
        self.tokens = tokens
        self.shouting = not any(t.is_word and t.raw != t.raw.upper() for t in tokens)
        self.previous: Number | None = None
        # What several rules in a row ask of one number:
        self._after: tuple[Number, tuple[int, bool]] | None = None
        self._clause: tuple[Number, list[int]] | None = None

    # -- before the number ---------------------------------------------------------------------------------------------

    def clause(self, number: Number) -> list[int]:
        """Indices of the tokens before a number, nearest first, back to a comma, a sentence's end or another number.

        A colon is passed right before the number («Размер: 46») and ends the clause before a word («Отдам: сапоги 24»).

        The unit of the number before is not part of it. A number whose unit contradicted the words before it
        («цена за 3 шт 500») is passed: those words are still to be had.
        """
        if self._clause is None or self._clause[0] is not number:
            self._clause = number, list(self._find_clause(number))
        return self._clause[1]

    def _find_clause(self, number: Number) -> Iterator[int]:
        previous, words = self.previous, False
        for i in range(number.index - 1, max(-1, number.index - 1 - NEAR), -1):
            token = self.tokens[i]
            if previous is not None and i < previous.unit_end and not previous.contradicted:
                return
            if token.ends_sentence or token.raw == "," or (token.raw == ":" and words):
                return
            words = words or token.is_word
            if previous is None or not previous.index <= i < previous.unit_end:
                yield i

    def sentence_before(self, number: Number, limit: int = FAR) -> Iterator[int]:
        """The same over commas and numbers, back to the sentence's beginning."""
        for i in range(number.index - 1, max(-1, number.index - 1 - limit), -1):
            if self.tokens[i].ends_sentence:
                return
            yield i

    def left_phrases(self, i: int, *roles: str) -> list[Phrase]:
        """Entries whose last word is token ``i`` and whose other words stand before it; longest first."""
        candidates = self._candidates(self.lexicon.left, self.tokens[i])
        if not candidates:
            return []
        fitting = (p for p in candidates if p.role in roles and self._stands(p, i - len(p.words) + 1))
        return self._longest(fitting)

    def word_before(self, number: Number, patterned: bool) -> tuple[Phrase, int] | None:
        """The entry before a number that chooses its slot and where it ends: the nearest strong one, else a soft one.

        A value that looks like one slot only (``patterned``: «5х6») is not what UNK_VAL's words are about.
        """
        soft = None
        for i in self.clause(number):
            for phrase in self.left_phrases(i, "before", "soft", "contents"):
                if phrase.slot == UNKNOWN and patterned:
                    continue
                if phrase.role == "before":
                    return self._head(phrase, i), i
                if soft is None and self.slot(phrase).looks_like(number.value):
                    soft = phrase, i
        return soft

    def _head(self, phrase: Phrase, i: int) -> Phrase:
        """«высота корпуса 21»: a word in the genitive says whose height it is; the word before it decides."""
        start = i - len(phrase.words)
        if start < 0 or len(phrase.words) > 1 or not can_be_genitive(self.tokens[i].raw):
            return phrase
        return next(iter(self.left_phrases(start, "before")), phrase)

    def adjacent_words(self, number: Number) -> list[Phrase]:
        """Entries of role ``adjacent`` directly before a number, hedges («примерно») passed."""
        for i in self.clause(number):
            phrases = self.left_phrases(i, "adjacent")
            if phrases or self.tokens[i].folded not in HEDGES:
                return phrases
        return []

    def preposition(self, number: Number) -> str:
        """The folded word before a number, hedges passed."""
        return next((t for i in self.clause(number) if (t := self.tokens[i].folded) not in HEDGES), "")

    # -- after the number ----------------------------------------------------------------------------------------------

    def unit(self, number: Number) -> Unit | None:
        """The unit of a number: after it (an adjective may stand between), before it («лет 6»), or after its partner."""
        i, glued = self.after(number)
        found = self.unit_at(i, glued or i > number.index + 1) or (None if glued else self._unit_past_adjectives(i))
        return found or self._inverted_unit(number) or self._partner_unit(number, i)

    def after(self, number: Number) -> tuple[int, bool]:
        """Index of the token where a number's unit may begin and whether it is written together with the number.

        An ordinal ending («90-х», «5-ти») and a closing bracket are passed.
        """
        if self._after is None or self._after[0] is not number:
            self._after = number, self._find_after(number.index + 1)
        return self._after[1]

    def is_ordinal(self, number: Number) -> bool:
        """«3-й», «2-я»; «3-х» and «5-ти» count."""
        i, _ = self.after(number)
        return i > number.index + 1 and self._raw(i - 1).lower() in _ORDER_ENDINGS

    def _find_after(self, i: int) -> tuple[int, bool]:
        start = i + 1 if self._raw(i) in _DASHES and self._glued(i) and self._glued(i + 1) else i
        if self._glued(i) and _ORDINAL.fullmatch(self._raw(start)) and not self._is_unit_letter(start):
            return start + 1, False
        if start > i:
            return start, True
        return (i + 1, False) if self._raw(i) == ")" else (i, self._glued(i))

    def _is_unit_letter(self, i: int) -> bool:
        """«5м» is five metres, «5-м» an ordinal: an ending without a dash must not be a unit."""
        return self._raw(i - 1) not in _DASHES and self._raw(i).lower() in self.lexicon.right

    def right_phrases(self, i: int, *roles: str) -> list[Phrase]:
        """Entries that begin at token ``i``; longest only."""
        if i >= len(self.tokens) or self.tokens[i].number is not None:
            return []
        square = self._with_exponent(i)
        if square:
            return [p for p in self.lexicon.right.get(square, ()) if p.role in roles]
        candidates = self._candidates(self.lexicon.right, self.tokens[i])
        if not candidates:
            return []
        return self._longest(p for p in candidates if p.role in roles and self._stands(p, i))

    def _with_exponent(self, i: int) -> str:
        """«м2» when token ``i`` is a word with a digit 2 or 3 written to it."""
        following = self.tokens[i + 1] if i + 1 < len(self.tokens) else None
        if following is None or following.number is None or not self._glued(i + 1) or not self.tokens[i].is_word:
            return ""
        digit = {"2": "2", "3": "3", "²": "2", "³": "3"}.get(following.raw, "")
        return self.tokens[i].raw.lower() + digit if digit else ""

    def unit_at(self, i: int, glued: bool, multiplied: bool = False) -> Unit | None:
        """The unit that begins at token ``i``; ``multiplied`` when a multiplier («тыс.») stands before it."""
        roles = ("units", "doubtful", "glued") if glued else ("units", "doubtful")
        phrases = self.right_phrases(i, *roles)
        if not phrases:
            return None
        end = i + len(phrases[0].words)
        if self._raw(end) == "." and not self.tokens[end].ends_sentence:
            end += 1
        multiplied = self.unit_at(end, False, multiplied=True) if not multiplied and self._multiplies(phrases) else None
        return replace(multiplied, start=i) if multiplied else Unit(phrases, i, end)

    def _multiplies(self, phrases: list[Phrase]) -> bool:
        return any(" ".join(phrase.words) in self.lexicon.multipliers for phrase in phrases)

    def _unit_past_adjectives(self, i: int) -> Unit | None:
        for k in (i, i + 1):
            if k >= len(self.tokens) or not self.tokens[k].is_word or not is_adjective(self.tokens[k].raw):
                return None
            if found := self.unit_at(k + 1, False):
                return found
        return None

    def _inverted_unit(self, number: Number) -> Unit | None:
        """«ему лет 6», «недели по 2»: an approximate number stands after its unit, which is in the genitive."""
        if number.value.isdecimal() and len(number.value) > 3:
            return None  # «банка 2400» is a price
        by = False
        for i in self.clause(number):
            token = self.tokens[i]
            by = by or token.folded == "по"
            if token.folded in HEDGES or token.folded == "по":
                continue
            if token.is_word and len(token.raw) > 2 and (by or is_genitive(token.raw)):
                phrases = self.right_phrases(i, "units", "doubtful")
                return Unit(phrases, i, number.index + 1, shared=True) if phrases else None
            return None
        return None

    def _partner_unit(self, number: Number, i: int) -> Unit | None:
        """The unit of the next number when only «до», «и», … stand between."""
        if self._raw(i).lower() not in _SHARING or self._is_model(number) or i + 1 >= len(self.tokens):
            return None
        partner = self.tokens[i + 1].number
        if partner is None:
            return None
        found = self.unit_at(*self.after(partner))
        return Unit(found.phrases, found.start, i, shared=True) if found else None

    def _is_model(self, number: Number) -> bool:
        """«iPad Air 2 на 64 гига»: the first number belongs to a name."""
        return number.index > 0 and self.tokens[number.index - 1].is_latin

    def slot(self, phrase: Phrase) -> Slot:
        return self.lexicon.slots[phrase.slot]

    def accepts(self, slot: str, unit: Unit | None) -> bool:
        """Whether a unit goes with a slot chosen by words: none, or one the slot lists."""
        return unit is None or not unit.names.isdisjoint(self.lexicon.also[slot])

    # -- small helpers -------------------------------------------------------------------------------------------------

    @staticmethod
    def _candidates(index: dict[str, list[Phrase]], token: Token) -> list[Phrase]:
        if not token.is_word:
            return index.get(token.raw, [])
        return [phrase for form in token.forms | {token.raw} for phrase in index.get(form, ())]

    def _longest(self, phrases: Iterable[Phrase]) -> list[Phrase]:
        """The phrases of most words, in the order of the slots."""
        found = list(phrases)
        if len(found) < 2:
            return found
        most = max(len(phrase.words) for phrase in found)
        return sorted((p for p in found if len(p.words) == most), key=lambda p: self.lexicon.rank[p.slot])

    def _stands(self, phrase: Phrase, start: int) -> bool:
        if start < 0 or start + len(phrase.words) > len(self.tokens):
            return False
        return all(self._matches(word, self.tokens[start + k]) for k, word in enumerate(phrase.words))

    def _matches(self, word: str, token: Token) -> bool:
        if word != word.lower():
            return token.raw == word and not (self.shouting and len(word) > 1)
        if word.startswith("=") and len(word) > 1:
            return token.folded == word[1:]
        return word in token.forms

    def _raw(self, i: int) -> str:
        return self.tokens[i].raw if 0 <= i < len(self.tokens) else ""

    def _glued(self, i: int) -> bool:
        return 0 < i < len(self.tokens) and self.tokens[i - 1].end == self.tokens[i].start

    def glued_word(self, number: Number) -> int | None:
        """Index of the word written together with a number: «R16», «ГАЗ-53»; not the unit of the number before."""
        i = number.index - 1
        if not self._glued(number.index):
            return None
        hyphen = self._raw(i) in _DASHES and self._glued(i)
        i -= hyphen
        if i < 0 or not self.tokens[i].is_word or (self.previous is not None and i < self.previous.unit_end):
            return None
        word = self.tokens[i].raw
        is_code = word[0].isupper() or word[0].isascii() or len(word) <= 3
        return i if is_code or not hyphen else None
