"""Categories of words (``lexicon.json``): what the built-in classifier knows of a word before it has learnt anything."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

PATH = Path(__file__).with_name("lexicon.json")


class Lexicon:
    """Word patterns by category; see ``about`` in the file for their form."""

    def __init__(self, path: Path = PATH) -> None:
        data = json.loads(path.read_text(encoding="utf-8"))
        self._innocent = re.compile(data["innocent"])
        patterns = {name: rf"(?:{data['prefixes']})?(?:{roots})" for name, roots in data["obscene"].items()}
        patterns |= data["plain"]
        self.names = tuple(patterns)
        self._patterns = [re.compile(pattern) for pattern in patterns.values()]
        self.categories = lru_cache(maxsize=50_000)(self._categories)

    def _categories(self, word: str) -> tuple[int, ...]:
        """Indices into ``names`` of the categories a lower-cased word (ё as е) belongs to."""
        if self._innocent.match(word):
            return ()
        return tuple(i for i, pattern in enumerate(self._patterns) if pattern.match(word))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    return Lexicon()
