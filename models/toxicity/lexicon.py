"""Categories of words (``lexicon.json``): what the built-in classifier knows of a word before it has learnt anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from pathlib import Path

PATH = Path(__file__).with_name("lexicon.json")
# How many letters a run of n mask characters may hide; dots hide any few.
_HIDDEN = {"*": (0, 1), ".": (3, 2, 1, 4)}
LONGEST_MASKED = 16


class Lexicon:
    """Word patterns by category; see ``about`` in the file for their form."""

    def __init__(self, path: Path = PATH) -> None:
        data = json.loads(path.read_text(encoding="utf-8"))
        self._innocent = re.compile(data["innocent"])
        patterns = {"mat": rf"(?:{data['prefixes']})?(?:{data['mat']})"} | data["categories"]
        self.names = tuple(patterns)
        self._patterns = [re.compile(pattern) for pattern in patterns.values()]
        self.obscene = frozenset(self.names.index(name) for name in data["obscene"])
        self.insulting = frozenset(self.names.index(name) for name in data["insulting"])
        self.neutral = frozenset(self.names.index(name) for name in data["neutral"])
        self._rude = {self.names.index(name) for name in data["rude"]}
        self._suspect = self._rude | {self.names.index(name) for name in data["suspect"]}
        self._starred = data["starred"].split()
        self.categories = lru_cache(maxsize=50_000)(self._categories)

    def _categories(self, word: str) -> tuple[int, ...]:
        """Indices into ``names`` of the categories a lower-cased word (ё as е) belongs to."""
        found = (i for i, pattern in enumerate(self._patterns) if pattern.match(word))
        return tuple(found) if not self._innocent.match(word) else tuple(i for i in found if i not in self._rude)

    def unmask(self, word: str) -> str | None:
        """The rude word that a lower-cased masked one («х*й», «п...ц») spells, or None.

        Args:
            word: letters with runs of ``*`` (one a letter, or one short) or of dots (one to four letters). At most one
                letter more may be hidden than shown, none more where the end is hidden: «по...» spells nothing.
        """
        if len(word) > LONGEST_MASKED:
            return None
        best, agreeing = None, 0
        open_end = word[-1] in _HIDDEN
        for spelled in _spellings(word):
            for stem in self._starred:
                letters = sum(a == b for a, b in zip(stem, spelled, strict=False))
                hidden = spelled[: len(stem)].count("*")
                plausible = hidden <= letters + (not open_end)
                if letters + hidden == len(stem) and plausible and spelled[0] != "*" and letters > agreeing:
                    best, agreeing = stem + spelled[len(stem) :].replace("*", ""), letters
        return best

    def is_rude(self, word: str) -> bool:
        """Is the word rude by itself, whatever stands around it?"""
        return not self._rude.isdisjoint(self.categories(word.lower().replace("ё", "е")))

    def is_suspect(self, word: str) -> bool:
        """Is the word rude, or would only somebody rude disguise it?"""
        return not self._suspect.isdisjoint(self.categories(word.lower().replace("ё", "е")))


def _spellings(word: str) -> Iterator[str]:
    """A masked word with every mask run as long as it may be, each hidden letter a ``*``."""
    parts = re.split(r"(\*+|\.+)", word)
    runs = parts[1::2]
    for more in product(*(_HIDDEN[run[0]] for run in runs)):
        lengths = [extra if run[0] == "." else len(run) + extra for run, extra in zip(runs, more, strict=True)]
        yield "".join(a + "*" * n for a, n in zip(parts[::2], [*lengths, 0], strict=True))


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    return Lexicon()
