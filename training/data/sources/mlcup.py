"""MLCUP: millions of Avito ads with one photo each, streamed from CSV or Parquet shards.

The columns are those of Avito's public competition tables (``item_id, title, description, price, param_1, image`` …);
a recipe's ``columns`` names others. A recipe draws its sample while the rows stream by (``training/data/sample.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from training.data.dataset import Draft
from training.data.sources.main import COLUMNS, read_main
from training.data.sources.tables import SourceError, read_rows, source_files

ATTRIBUTE_COLUMNS = {
    "category_name": "Категория",
    "param_1": "Вид одежды",
    "param_2": "Предмет одежды",
    "param_3": "Размер",
    "price": "Цена",
}


def read_mlcup(
    path: Path | str,
    photos: Path | str,
    columns: Mapping[str, str] | None = None,
    attribute_columns: Mapping[str, str] | None = None,
    name: str = "mlcup",
) -> Iterator[Draft]:
    """Stream the ads that have a text and a photo.

    Args:
        path: a table, a folder of tables or a pattern such as ``mlcup/*.parquet``.
        photos: folder of ``IMAGE.jpg``, ``IMAGE`` being the cell of the image column, with or without the suffix.
        columns, attribute_columns: as in :func:`training.data.sources.main.read_main`.
        name: of the source, the first part of the ids.

    Raises:
        SourceError: nothing there, or the tables lack the columns.
    """
    folder = Path(photos)
    if not folder.is_dir():
        raise SourceError(f"{name}: the folder of the photos, {folder}, is not there; correct `photos` in the recipe")
    attributes = attribute_columns if attribute_columns is not None else _present(path, name)
    for draft in read_main(path, folder, columns, attributes, name):
        if draft.photos:
            yield replace(draft, photos=tuple(_with_suffix(photo) for photo in draft.photos[:1]))


def _present(path: Path | str, name: str) -> dict[str, str]:
    """The known attribute columns that the first table has."""
    first = next(iter(read_rows(source_files(path, name)[0])), {})
    taken = {column for options in COLUMNS.values() for column in options}
    return {column: key for column, key in ATTRIBUTE_COLUMNS.items() if column in first and column not in taken}


def _with_suffix(photo: Path | bytes) -> Path | bytes:
    return photo.with_name(f"{photo.name}.jpg") if isinstance(photo, Path) and not photo.suffix else photo
