"""Texts with every number tagged ``[SLOT:value]``, as the evaluation files hold them."""

from __future__ import annotations

import re

_TAG = re.compile(r"\[([A-Z_]+):([^\]]*)\]")


def parse_tagged(tagged: str) -> tuple[str, dict[tuple[int, int], str]]:
    """Return the plain text and the slot of every (start, end)."""
    text, slots, position = "", {}, 0
    for match in _TAG.finditer(tagged):
        text += tagged[position : match.start()]
        slots[len(text), len(text) + len(match[2])] = match[1]
        text += match[2]
        position = match.end()
    return text + tagged[position:], slots
