"""What an ad's text is made of: its parts, and whether it lists several things."""

from __future__ import annotations

import re
from functools import lru_cache

from models.words import morphology

SENTENCE_END = re.compile(r"[.!?;\n]+\s*")
LIST_COMMA = re.compile(r",\s*|\s+и\s+")
OPENING = re.compile(r"^(?:в комплекте|продаю|продам|отдаю|отдам)\s+", re.IGNORECASE)
PARTS = 24
LISTED_WORDS = 4


def text_parts(text: str) -> list[str]:
    """The whole text and, when it has several, its sentences and the members of its lists.

    An ad of several items shows one of them in a photo: the photo need only fit one part of the text.
    """
    found = sentences(text)
    parts = [*found, *(member for sentence in found for member in members(sentence))]
    return list(dict.fromkeys([text.strip(), *parts]))[:PARTS]


def lists_things(text: str) -> bool:
    """Whether a sentence is a list of things: «белая юбка, шапка и шорты», not «мягкая, тёплая, с карманами»."""
    return any(
        len(listed) > 1 and all(map(_is_thing, listed))
        for sentence in sentences(text)
        if (listed := members(OPENING.sub("", sentence)))
    )


def sentences(text: str) -> list[str]:
    return [part.strip() for part in SENTENCE_END.split(text) if part.strip()]


def members(sentence: str) -> list[str]:
    """«Продаю: белая юбка, шапка и шорты» -> its members, when each is short enough to be a name of a thing."""
    listed = [member for member in LIST_COMMA.split(sentence.rsplit(":", 1)[-1]) if member.strip()]
    short = all(len(member.split()) <= LISTED_WORDS for member in listed)
    return listed if short and len(listed) > 1 else []


@lru_cache(maxsize=10_000)
def _is_thing(member: str) -> bool:
    """Adjectives and a noun in the nominative or accusative, in any of the readings of the words."""
    *before, head = member.lower().split()
    return _may_be(head, {"NOUN"}, {"nomn", "accs"}) and all(_may_be(word, {"ADJF", "PRTF", "NOUN"}) for word in before)


def _may_be(word: str, parts_of_speech: set[str], cases: set[str] | None = None) -> bool:
    tags = [parse.tag for parse in morphology().parse(word.split("-")[-1])]
    return any(tag.POS in parts_of_speech and (cases is None or tag.case in cases) for tag in tags)
