"""English references into Russian: a translation model or a table of given translations, remembered on disk.

Models: ``facebook/wmt19-en-ru`` (FSMT, Ng et al. 2019) and ``Helsinki-NLP/opus-mt-en-ru`` (Marian), or any folder in
their format.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from training.data.dataset import Draft
from training.data.filters import russian_share
from training.data.sources.tables import SourceError, read_rows

MODELS = ("facebook/wmt19-en-ru", "Helsinki-NLP/opus-mt-en-ru")
_LEAST_RUSSIAN = 0.5
_CHUNK = 1_000

Translate = Callable[[Sequence[str]], list[str]]


class TranslationError(RuntimeError):
    """No model or no table to translate with; says which and how to get it."""


@dataclass
class Report:
    """What became of the texts.

    Attributes:
        translated: texts that got a translation, of which ``remembered`` were in the cache or already Russian.
        untranslated: text → why it was left.
    """

    translated: int = 0
    remembered: int = 0
    untranslated: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """One JSON object a line that was left untranslated, with the reason."""
        with path.open("w", encoding="utf-8") as file:
            for text, reason in self.untranslated.items():
                file.write(json.dumps({"text": text, "reason": reason}, ensure_ascii=False) + "\n")


class Translator:
    """Translates texts, each once: the cache lasts over runs, so a killed run goes on where it stopped.

    Args:
        translate: maps a batch of texts to as many translations; an empty one means that there is none.
        name: of the model or table; its translations are not mixed with another one's.
        cache: SQLite file.
        batch: texts given to ``translate`` at a time; each batch is kept as soon as it is there.
    """

    def __init__(self, translate: Translate, name: str, cache: Path, batch: int = 32) -> None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        self._translate, self._name, self._batch = translate, name, batch
        self._base = sqlite3.connect(cache)
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS translations (model TEXT, text TEXT, translation TEXT, PRIMARY KEY (model, text))"
        )
        self.report = Report()

    def __call__(self, texts: Sequence[str]) -> list[str | None]:
        """The translation of each text, None for one left untranslated; a Russian text is its own translation."""
        found = {text: text if _is_russian(text) else self._remembered(text) for text in set(texts)}
        known = {text for text, translation in found.items() if translation is not None}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for start in range(0, len(new), self._batch):
            part = new[start : start + self._batch]
            found |= self._new(part)
        results = [found[text] if _is_russian(found[text] or "") else None for text in texts]
        self.report.translated += sum(result is not None for result in results)
        self.report.remembered += sum(text in known for text in texts)
        for text, result in zip(texts, results, strict=True):
            if result is None:
                self.report.untranslated[text] = "no translation" if not found[text] else f"not Russian: {found[text]}"
        return results

    def _remembered(self, text: str) -> str | None:
        query = "SELECT translation FROM translations WHERE model = ? AND text = ?"
        row = self._base.execute(query, (self._name, text)).fetchone()
        return row[0] if row else None

    def _new(self, texts: list[str]) -> dict[str, str]:
        translations = dict(zip(texts, (t.strip() for t in self._translate(texts)), strict=True))
        rows = [(self._name, text, translation) for text, translation in translations.items() if translation]
        self._base.executemany("INSERT OR REPLACE INTO translations VALUES (?, ?, ?)", rows)
        self._base.commit()
        return translations


def open_translator(model: str | None, table: Path | None, cache: Path, batch: int = 32) -> Translator:
    """A translator by a model (loaded at the first text that needs it) or by a table.

    Raises:
        TranslationError: the table is not there. A missing model is told when it is first needed.
    """
    if table is not None:
        return Translator(TableTranslation(table), f"table {table}", cache, batch)
    if model is None:
        raise TranslationError(f"name a model ({' or '.join(MODELS)}) or a table of translations")
    return Translator(ModelTranslation(model), model, cache, batch)


class TableTranslation:
    """Given translations: CSV, TSV, JSON Lines or Parquet with the columns ``en`` and ``ru``, looked up on disk.

    Raises:
        TranslationError: no such file, or it lacks a column.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise TranslationError(f"there is no table of translations {path} (columns en, ru)")
        self._base = sqlite3.connect("")  # a temporary file: a table may be larger than memory
        self._base.execute("CREATE TABLE given (en TEXT PRIMARY KEY, ru TEXT)")
        try:
            pairs = ((str(row["en"]).strip(), str(row["ru"] or "").strip()) for row in read_rows(path))
            self._base.executemany("INSERT OR REPLACE INTO given VALUES (?, ?)", pairs)
        except (KeyError, SourceError) as error:
            raise TranslationError(f"{path}: a table of translations has the columns en and ru ({error})") from error

    def __call__(self, texts: Sequence[str]) -> list[str]:
        query = "SELECT ru FROM given WHERE en = ?"
        rows = (self._base.execute(query, (text.strip(),)).fetchone() for text in texts)
        return [row[0] if row else "" for row in rows]


class ModelTranslation:
    """A sequence-to-sequence model of the hub's local cache or a folder, loaded at the first call.

    Args:
        name: a published model or a folder in its format.
        beams: of the beam search.

    Raises:
        TranslationError: at the first call, if the model is not on this machine.
    """

    def __init__(self, name: str, beams: int = 4) -> None:
        self._name, self._beams = name, beams
        self._parts: tuple[Any, Any] | None = None

    def __call__(self, texts: Sequence[str]) -> list[str]:
        import torch

        tokenizer, model = self._parts = self._parts or self._load()
        limit = getattr(model.config, "max_position_embeddings", 512)
        batch = tokenizer(list(texts), return_tensors="pt", padding=True, truncation=True, max_length=limit)
        with torch.inference_mode():
            ids = model.generate(**batch.to(model.device), num_beams=self._beams, max_length=limit)
        return tokenizer.batch_decode(ids, skip_special_tokens=True)

    def _load(self) -> tuple[Any, Any]:
        import torch
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(self._name, local_files_only=True)
            model = AutoModelForSeq2SeqLM.from_pretrained(self._name, local_files_only=True)
        except (OSError, ValueError) as error:
            raise TranslationError(
                f"the translation model {self._name} is not on this machine: download it where there is a network "
                f"(hf download {self._name}), copy the folder and name it in `translate: {{model: FOLDER}}`, or give a "
                "table of translations in `translate: {table: FILE}`"
            ) from error
        return tokenizer, model.eval().to("cuda" if torch.cuda.is_available() else "cpu")


def translated(drafts: Iterable[Draft], translator: Translator) -> Iterator[Draft]:
    """Yield the drafts with Russian references; those left untranslated are dropped and stand in the report."""
    rest = iter(drafts)
    while chunk := list(islice(rest, _CHUNK)):
        texts = translator([draft.record.text for draft in chunk])
        yield from (draft.change(text=text) for draft, text in zip(chunk, texts, strict=True) if text)
    report = translator.report
    print(
        f"translation: {report.translated} texts ({report.remembered} remembered), "
        f"{len(report.untranslated)} left untranslated",
        file=sys.stderr,
    )


def _is_russian(text: str) -> bool:
    return russian_share(text) >= _LEAST_RUSSIAN
