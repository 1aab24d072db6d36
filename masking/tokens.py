"""A text as numbers, words and marks."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from masking.numbers import Number
from masking.words import fold, forms, is_abbreviation

_SENTENCE_MARKS = frozenset("!?;\n…•●|")
_ABBREVIATION_LENGTH = 5


@dataclass(slots=True)
class Token:
    """A number, a word (or an abbreviation such as ``т.р``) or one mark of punctuation.

    Attributes:
        raw: as written; for a compound abbreviation without its inner spaces.
        number: set when the token is a number.
        is_word: whether it begins with a letter.
        ends_sentence: whether words before it say nothing about numbers after it.
        folded: lower-cased, ё as е.
    """

    raw: str
    start: int
    end: int
    number: Number | None = None
    is_word: bool = False
    ends_sentence: bool = False
    folded: str = field(init=False)

    def __post_init__(self) -> None:
        self.folded = fold(self.raw)

    @property
    def is_latin(self) -> bool:
        return self.is_word and self.raw[0].isascii()

    @property
    def forms(self) -> frozenset[str]:
        """The folded token and its possible lemmas."""
        return forms(self.raw) if self.is_word else frozenset({self.raw})


def _token(written: str, start: int, end: int) -> Token:
    raw = written if end - start == 1 else re.sub(r"\s", "", written)
    return Token(raw, start, end, is_word=raw[0].isalpha())


class Tokenizer:
    """Splits texts.

    ``compounds`` are abbreviations with inner points or strokes, kept whole whatever spaces stand in them;
    ``abbreviations`` are words that a point shortens although the dictionary knows them as whole words.
    """

    def __init__(self, compounds: Sequence[str], abbreviations: Collection[str]) -> None:
        self._abbreviations = abbreviations
        spaced = [r"\s?".join(re.escape(part) for part in re.findall(r"[^\W\d_]+|\W", c)) for c in compounds]
        kept = "|".join(rf"{c}(?![^\W\d_])" for c in spaced)
        self._token = re.compile(rf"(?:{kept})|[^\W\d_]+(?:-[^\W\d_]+)*|\n|[^\w\s]|_", re.IGNORECASE)

    def split(self, text: str, numbers: Sequence[Number]) -> list[Token]:
        """Tokens of a text whose numbers are known; every number learns its place among them."""
        tokens: list[Token] = []
        position = 0
        for number in numbers:
            tokens += self._words(text, position, number.start)
            number.index = len(tokens)
            tokens.append(Token(text[number.start : number.end], number.start, number.end, number))
            position = number.end
        tokens += self._words(text, position, len(text))
        self._mark_sentences(tokens)
        return tokens

    def _words(self, text: str, start: int, end: int) -> list[Token]:
        found = self._token.finditer(text, start, end)
        return [_token(m[0], m.start(), m.end()) for m in found]

    def _mark_sentences(self, tokens: list[Token]) -> None:
        for i, token in enumerate(tokens):
            if token.raw == ".":
                token.ends_sentence = not self._is_shortening(tokens, i)
            elif token.number is None and token.raw in _SENTENCE_MARKS:
                token.ends_sentence = True

    def _is_shortening(self, tokens: list[Token], point: int) -> bool:
        """Whether the point at ``point`` shortens the word before it («р. 41», «тел. 8 900 …»)."""
        if point == 0 or point + 1 >= len(tokens):
            return False
        word, following = tokens[point - 1], tokens[point + 1]
        if not word.is_word or len(word.raw) > _ABBREVIATION_LENGTH or word.end != tokens[point].start:
            return False
        goes_on = following.number is not None or following.raw[0].islower()
        return word.folded in self._abbreviations or (goes_on and is_abbreviation(word.raw))
