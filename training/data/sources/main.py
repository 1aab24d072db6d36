"""Catalogues of ads with several photos: CSV, TSV, JSON Lines, Parquet or XLSX (the main data set of the brief)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.data.dataset import Draft
from training.data.record import SPLITS, AdRecord
from training.data.sources.tables import Row, SourceError, read_rows, source_files

# The first of these columns that a table has is taken; a recipe's ``columns`` goes before.
COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "item_id", "ad_id"),
    "text": ("text", "description", "ad"),
    "photos": ("photos", "images", "photo", "image"),
    "attributes": ("attributes", "params"),
    "assistant_text": ("assistant_text", "assistant"),
    "seller_text": ("seller_text", "title"),
    "split": ("split",),
    "group": ("group", "user_id", "seller_id"),
}


def read_main(
    path: Path | str,
    photos: Path | str | None = None,
    columns: Mapping[str, str] | None = None,
    attribute_columns: Mapping[str, str] | None = None,
    name: str = "main",
) -> Iterator[Draft]:
    """Stream the ads of one or many tables.

    Args:
        path: a table, a folder of tables or a pattern.
        photos: folder of the photos; beside the table by default. A URL is looked up there by its last part.
        columns: which column holds ``id, text, photos, attributes, assistant_text, seller_text, split``; unnamed ones
            are recognised by the usual names. ``photos`` is a list, JSON, or text joined by ``|``, ``;`` or ``,``;
            ``attributes`` a mapping or its JSON.
        attribute_columns: further columns that are attributes: column → key of the form («Цена»).
        name: of the source, the first part of the ids.

    Raises:
        SourceError: nothing there, or a table lacks the columns of the text and the photos.
    """
    for file in source_files(path, name):
        folder = Path(photos) if photos else file.parent
        for number, row in enumerate(read_rows(file), 1):
            chosen = choose_columns(row, columns or {})
            if number == 1:
                _check_columns(file, row, chosen, attribute_columns or {})
            draft = ad_of_row(row, chosen, attribute_columns or {}, folder, name, f"{file.stem}-{number}")
            if draft:
                yield draft


def choose_columns(row: Row, given: Mapping[str, str]) -> dict[str, str]:
    """Field → column of this table."""
    lower = {column.lower(): column for column in row if isinstance(column, str)}
    found = {
        field: next((lower[option] for option in options if option in lower), None)
        for field, options in COLUMNS.items()
    }
    return {field: column for field, column in found.items() if column} | dict(given)


def ad_of_row(
    row: Row, columns: Mapping[str, str], attribute_columns: Mapping[str, str], folder: Path, name: str, place: str
) -> Draft | None:
    """The ad of a row, None for one without a text."""
    value = {field: row.get(column) for field, column in columns.items()}
    text = plain(value.get("text"))
    if not text:
        return None
    attributes = _mapping(value.get("attributes"), place)
    attributes |= {key: plain(row.get(column)) for column, key in attribute_columns.items()}
    split = plain(value.get("split"))
    record = AdRecord(
        id=f"{name}:{plain(value.get('id')) or place}",
        attributes={key: value for key, value in attributes.items() if value},
        seller_text=plain(value.get("seller_text")) or None,
        text=text,
        assistant_text=plain(value.get("assistant_text")) or None,
        source=name,
        split=split if split in SPLITS else "train",
    )
    return Draft(record, tuple(photo_path(folder, photo) for photo in photo_list(value.get("photos"))))


def photo_list(value: Any) -> list[str]:
    """Names or URLs of the photos of a cell."""
    if value is None:
        return []
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [str(photo) for photo in value if photo]
    text = str(value).strip()
    if text.startswith("["):
        try:
            return [str(photo) for photo in json.loads(text)]
        except json.JSONDecodeError:
            pass
    return [photo.strip() for photo in re.split(r"[|;\n]|,(?=\s|\w)", text) if photo.strip()]


def photo_path(folder: Path, photo: str) -> Path:
    """Where a photo lies: under ``folder`` by its name, or by the last part of its URL."""
    if "://" in photo:
        photo = photo.partition("?")[0].rstrip("/").rpartition("/")[2]
    return folder / photo


def plain(value: Any) -> str:
    """A cell as text: whole numbers without a fraction, no spaces around."""
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _mapping(value: Any, place: str) -> dict[str, str]:
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise SourceError(f"{place}: attributes are not JSON: {value[:60]!r}") from error
    return {str(key): plain(item) for key, item in dict(value or {}).items()}


def _check_columns(file: Path, row: Row, columns: Mapping[str, str], attribute_columns: Mapping[str, str]) -> None:
    missing = [field for field in ("text", "photos") if field not in columns]
    if missing:
        raise SourceError(
            f"{file}: no column for {' and '.join(missing)} among {', '.join(map(str, row))}; "
            "name them in the recipe: columns: {text: …, photos: …}"
        )
    unknown = [column for column in (*columns.values(), *attribute_columns) if column not in row]
    if unknown:
        raise SourceError(f"{file}: the recipe names columns that are not there: {', '.join(unknown)}")
