"""Where ads come from: one file a source; each streams drafts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from training.data.dataset import Draft, dataset_files, read_drafts
from training.data.recipe import RecipeError, Source
from training.data.sources.tables import SourceError

READERS = {
    "main": ("training.data.sources.main", "read_main"),
    "avito": ("training.data.sources.avito", "read_avito"),
    "mlcup": ("training.data.sources.mlcup", "read_mlcup"),
    "coco": ("training.data.sources.coco", "read_coco"),
    "clothes": ("training.data.sources.clothes", "read_clothes_ads"),
    "webvid": ("training.data.sources.videos", "read_webvid_ads"),
    "tvsum": ("training.data.sources.videos", "read_tvsum_ads"),
    "dataset": ("training.data.sources", "read_built"),
}


def open_source(source: Source) -> Iterator[Draft]:
    """Open a source of a recipe.

    Raises:
        RecipeError: no such type, or options its reader does not know.
    """
    if source.type not in READERS:
        raise RecipeError(f"unknown source type {source.type}: there are {', '.join(READERS)}")
    module, name = READERS[source.type]
    reader: Callable[..., Iterator[Draft]] = getattr(import_module(module), name)
    try:
        inspect.signature(reader).bind(**source.options)
    except TypeError as error:
        known = ", ".join(inspect.signature(reader).parameters)
        raise RecipeError(f"source of type {source.type}: {error}; its options are {known}") from error
    return reader(**source.options)


def read_built(path: Path | str, **changes: Any) -> Iterator[Draft]:
    """The ads of a data set built before; ``changes`` are fields set anew in every record.

    Raises:
        SourceError: its photos lie in tars, not in files.
    """
    form, _ = dataset_files(Path(path))
    if form == "webdataset":
        raise SourceError(f"{path}: the photos lie in tars; build that set as jsonl or parquet to use it as a source")
    return (draft.change(photos=(), **changes) for draft in read_drafts(Path(path)))
