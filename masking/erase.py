"""Erasing a placeholder from a generated text so that the rest reads as clean Russian."""

from __future__ import annotations

import re

from masking.slots import LEFT, Lexicon
from masking.units import Units
from masking.words import fold, forms, is_abbreviation, is_content, is_verb, plural

_WORD = r"[^\W\d_]+(?:-[^\W\d_]+)*"
_FIRST_WORD, _LAST_WORD = re.compile(rf"\s*({_WORD})"), re.compile(rf"({_WORD})(\.?)$")
_GLUED_LETTERS = re.compile(r"[^\W\d_]+-?$")
_CLAUSE = re.compile(r"[,.;:!?()\n]")
_CONTENT = re.compile(rf"[\d<]|{_WORD}")
_MARKS_AT_END = re.compile(r"[\s:=~≈№#+/–—-]+$")
_MARKS_AND_COMMAS_AT_END = re.compile(r"[\s,;:–—-]+$")
_MARKS_AT_START = re.compile(r"[\s,.;:!?)–—-]+")
_CONJUNCTION = re.compile(r"^(?:но|и|а|или|да|зато)\s+", re.IGNORECASE)
_DANGLING = re.compile(r"(?:^|(?<=[\s,]))(?:но|и|а|или|на|за|в|с|от|до|по|для|из|к)$", re.IGNORECASE)
_FUNCTION_WORDS = frozenset("на за в с со от до по для из к о об около примерно почти всего лишь только где-то".split())


class Eraser:
    """Cuts placeholders out of generated texts; which words go with them is data (``slots.toml``)."""

    def __init__(self, slots: Lexicon) -> None:
        self._slots = slots
        self._units = Units(slots)

    def erase(self, before: str, after: str, slot: str, fence: int = 0) -> tuple[str, str]:
        """The text before an erased placeholder and after it, joined into clean Russian.

        On the right its unit goes («руб», «и ваша»), on the left the words that announce it («цена», «на рост», «за»);
        a clause in which only a verb is left («прошу», «подойдёт») goes whole. The first ``fence`` characters end with
        another value and its unit, which stay.
        """
        noun = _FIRST_WORD.match(after)
        if noun and self._slots.slots[slot].counted and self._stays(slot, noun[1]):
            return _join(before, after if _LAST_WORD.search(before.rstrip()) else plural(noun[1]) + after[noun.end() :])
        after = after[self._units.length(slot, after) :]
        after = after[self._units.closing_length(slot, after) :]
        return _join(*_without_empty_clause(self._without_announcement(before, after, slot, fence), after))

    def _stays(self, slot: str, noun: str) -> bool:
        """A counted noun is kept («карманы»), a measure is not («штук», «пары»)."""
        return not is_abbreviation(noun) and forms(noun).isdisjoint(self._slots.slots[slot].words["lead"])

    def _without_announcement(self, before: str, after: str, slot: str, fence: int) -> str:
        """The text before without the words that announce the value; verbs go only where nothing follows the value."""
        words, closed = self._announcing(slot), not _has_content(_CLAUSE.split(after)[0])
        glued = _GLUED_LETTERS.search(before)
        if glued and forms(glued[0]).isdisjoint(words):  # «R<UNK_VAL>»
            return before[: glued.start()]
        announced = before
        while True:
            before = _MARKS_AT_END.sub("", before)
            last = _LAST_WORD.search(before)
            if (
                last is None
                or last.start() < fence
                or forms(last[1]).isdisjoint(words)
                or (last[2] and not self._slots.shortens(last[1]))
            ):
                break
            if is_verb(last[1]) and not closed:
                break
            before = announced = before[: last.start()]
        return before if closed else announced.rstrip()

    def _announcing(self, slot: str) -> frozenset[str]:
        chosen = self._slots.slots[slot]
        items = [item for key in (*LEFT, "lead", "units") if key != "contents" for item in chosen.words[key]]
        roles = [word for words in chosen.roles.values() for word in words]
        return frozenset(fold(word) for item in (*items, *roles) for word in item.split()) | _FUNCTION_WORDS


def _has_content(text: str) -> bool:
    """Whether a clause says something: more than verbs, pronouns and function words."""
    return any(not part[0].isalpha() or is_content(part) for part in _CONTENT.findall(text))


def _without_empty_clause(before: str, after: str) -> tuple[str, str]:
    start = max((mark.end() for mark in _CLAUSE.finditer(before)), default=0)
    mark = _CLAUSE.search(after)
    end = mark.start() if mark else len(after)
    if _has_content(before[start:]) or _has_content(after[:end]):
        return before, after
    return before[:start], after[end:]


def _join(before: str, after: str) -> tuple[str, str]:
    """Both sides of a cut with the space, the punctuation and the capital that belong between them."""
    before, following = before.rstrip(" "), after.lstrip()
    while before.endswith("(") and following.startswith(")"):
        before, following = before[:-1].rstrip(), following[1:].lstrip()
    if before.endswith("("):
        return before, following.lstrip(" ,;:–—-")
    if not before.strip() or before.rstrip()[-1] in ".!?…":
        return _open_sentence(before.rstrip(), "\n" if "\n" in after[: len(after) - len(following)] else " ", following)
    if following and following[0] not in ",.;:!?)":
        if not _has_content(_CLAUSE.split(before)[-1]):
            following = _CONJUNCTION.sub("", following)
        return before + ("\n" if before.endswith("\n") else " "), following
    cut = _MARKS_AND_COMMAS_AT_END.sub("", before)
    while cut != (cut := _MARKS_AND_COMMAS_AT_END.sub("", _DANGLING.sub("", cut))):
        pass
    return (cut, following) if cut == before else _join(cut, following)


def _open_sentence(before: str, space: str, after: str) -> tuple[str, str]:
    marks = _MARKS_AT_START.match(after)
    after = _CONJUNCTION.sub("", after[marks.end() :] if marks else after, count=1)
    if not after or after[0] == "<":
        return before + (space if before and after else ""), after
    return before + (space if before else ""), after[0].upper() + after[1:]
