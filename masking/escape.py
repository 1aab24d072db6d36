"""What a seller typed must never read as a token of the models: ``<PRICE>`` in an ad is escaped, reversibly."""

from __future__ import annotations

import re

# A typed "<" that could open a token becomes "‹"; a typed "‹" is doubled, so that the two are told apart again.
_TYPED = re.compile(r"‹|<(?=[^\W\d]|[/|_])")
_ESCAPED = re.compile(r"‹‹?")


def escape(text: str) -> str:
    """Text that holds no token: ``<PRICE>`` → ``‹PRICE>``."""
    return _TYPED.sub(lambda m: "‹" if m[0] == "<" else "‹‹", text)


def unescape(text: str) -> str:
    """The inverse of :func:`escape`."""
    return _ESCAPED.sub(lambda m: "‹" if m[0] == "‹‹" else "<", text)
