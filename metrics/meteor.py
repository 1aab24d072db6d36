"""METEOR for Russian.

What it does: METEOR 1.5 (the jar inside ``pycocoevalcap``) aligns equal words, then words with an equal Snowball stem;
``score = (1 - γ·(chunks/matches)^β) · P·R / (α·P + (1 - α)·R)``, with no penalty when all words match in one chunk.
For ``-l ru`` the jar has no tuned parameters: it takes the language-independent α = 0.75, β = 1.4, γ = 0.7, δ = 0.5
(function words weigh as much as others), weight 1.0 for an exact and 0.5 for a stem match. It has neither synonyms nor
paraphrases for Russian and stops for want of ``paraphrase-ru.gz`` unless modules are named: ``-m 'exact stem'``.

What it does not do: a stem is not a lemma («носил» and «ношу» do not meet), and a stem match
counts half, so Russian is punished for its endings. ``meteor_lemma`` compares lemmas (pymorphy3) by the exact module
alone: all forms of a word are one word, at full weight; where a form has several lemmas («белые»: «белый» or «белые»),
the one that the other text may hold too is taken.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any

from metrics.base import TEXT_AND_REFERENCES, LocalMetric, for_library
from models.words import possible_lemmas, spelled_words

SEPARATOR = " ||| "


class MeteorProcess:
    """A running METEOR 1.5; use it as a context manager.

    Args:
        modules: matchers, in order: "exact", "stem".
        language: as the jar names it.

    Raises:
        RuntimeError: there is no Java, or the process stopped.
    """

    def __init__(self, modules: str = "exact stem", language: str = "ru") -> None:
        java = shutil.which("java")
        if java is None:
            raise RuntimeError(
                "METEOR needs Java: install a runtime, for example `apt-get install default-jre-headless`"
            )
        command = [java, "-Dfile.encoding=UTF-8", "-Xmx512M", "-jar", str(_jar()), "-", "-", "-stdio"]
        command += ["-l", language, "-m", modules]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
        )
        self._lock = Lock()

    def __enter__(self) -> MeteorProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def score(self, predictions: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, list[float]]:
        """Corpus score and text scores (0..1) of tokenized texts: words joined by single spaces."""
        with self._lock:
            statistics = [
                self._ask(SEPARATOR.join(["SCORE", *texts, text]))
                for text, texts in zip(predictions, references, strict=True)
            ]
            first = self._ask(SEPARATOR.join(["EVAL", *statistics]))
            by_text = [float(first), *(float(self._read()) for _ in statistics[1:])]
            return float(self._read()), by_text

    def _ask(self, line: str) -> str:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> str:
        line = self._process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"METEOR stopped with exit code {self._process.poll()}")
        return line


def _jar() -> Path:
    package = find_spec("pycocoevalcap")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("METEOR's jar comes with pycocoevalcap, which is not installed")
    return Path(package.submodule_search_locations[0]) / "meteor" / "meteor-1.5.jar"


def _in_lemmas(text: str, others: Sequence[str]) -> str:
    """``text`` in lemmas: of each word the likeliest one that some word of the others may have, else the likeliest."""
    held = {lemma for other in others for word in spelled_words(other) for lemma in possible_lemmas(word)}
    choices = [possible_lemmas(word) for word in spelled_words(text)]
    return " ".join(next((lemma for lemma in lemmas if lemma in held), lemmas[0]) for lemmas in choices)


class Meteor(LocalMetric):
    """``compute(predictions=texts, references=lists of texts)``: ``meteor`` (exact, stem) and ``meteor_lemma``."""

    about = "Harmonic mean of unigram precision and recall (recall weighs more) with a penalty for broken order."
    range = (0.0, 1.0)
    source = "Denkowski and Lavie 2014, Meteor Universal, https://aclanthology.org/W14-3348"
    inputs = TEXT_AND_REFERENCES

    def _compute(self, predictions: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, Any]:
        expected, written = for_library(predictions, references)
        with MeteorProcess() as process:
            stem, by_text = process.score([texts[0] for texts in written.values()], list(expected.values()))
        with MeteorProcess(modules="exact") as process:
            lemma, by_lemma = process.score(
                [_in_lemmas(text, texts) for text, texts in zip(predictions, references, strict=True)],
                [
                    [_in_lemmas(other, [text]) for other in texts]
                    for text, texts in zip(predictions, references, strict=True)
                ],
            )
        return {"meteor": stem, "meteor_lemma": lemma, "per_text": by_text, "per_text_lemma": by_lemma}
