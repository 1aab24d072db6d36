"""Rows of CSV, TSV, JSON Lines, Parquet and XLSX files, one at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class SourceError(ValueError):
    """A source that is missing or not as it should be; says which file, where, and what to do."""


def source_files(path: Path | str, what: str) -> list[Path]:
    """The files of a source: one file, every table of a folder, or a pattern such as ``ads/*.parquet``; sorted.

    Raises:
        SourceError: nothing is there.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix.lower() in READERS)
    elif any(c in path.name for c in "*?["):
        files = sorted(path.parent.glob(path.name))
    else:
        files = [path] if path.is_file() else []
    if not files:
        raise SourceError(f"{what}: there is nothing at {path}; put the data there or correct `path` in the recipe")
    return files


def read_rows(path: Path) -> Iterator[Row]:
    """Stream the rows of one table by column; raises SourceError for an unknown format or a broken line."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise SourceError(f"{path}: unknown format, expected one of {', '.join(READERS)}")
    return reader(path)


def read_cells(path: Path) -> Iterator[tuple[Any, ...]]:
    """Stream the rows of a CSV, TSV or XLSX (all its sheets) as they stand, headers included."""
    if path.suffix.lower() == ".xlsx":
        return _xlsx_cells(path)
    if path.suffix.lower() in (".csv", ".tsv"):
        return _csv_cells(path)
    raise SourceError(f"{path}: expected .csv, .tsv or .xlsx")


def _csv_cells(path: Path) -> Iterator[tuple[str, ...]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            head = file.readline()
            file.seek(0)
            delimiter = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=head.count)
            yield from (tuple(row) for row in csv.reader(file, delimiter=delimiter))
        except UnicodeDecodeError as error:
            raise SourceError(f"{path} is not UTF-8 ({error}); save it as «CSV UTF-8»") from error


def _xlsx_cells(path: Path) -> Iterator[tuple[Any, ...]]:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            yield from sheet.iter_rows(values_only=True)
    finally:
        book.close()


def _read_table(path: Path) -> Iterator[Row]:
    """Rows below a header in the first line."""
    cells = read_cells(path)
    head = next(cells, ())
    yield from (named(head, row) for row in cells if any(cell not in (None, "") for cell in row))


def named(head: Sequence[Any], cells: Sequence[Any]) -> Row:
    """A row by its headers; cells without one are left out."""
    return {str(name): cell for name, cell in zip(head, cells, strict=False) if name not in (None, "")}


def _read_json_lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError as error:
                    raise SourceError(f"{path}, line {number}: not JSON ({error})") from error
                if not isinstance(row, dict):
                    raise SourceError(f"{path}, line {number}: an object is expected, one ad a line")
                yield row


def _read_parquet(path: Path) -> Iterator[Row]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(1_000):
            yield from batch.to_pylist(maps_as_pydicts="lossy")


READERS = {
    ".csv": _read_table,
    ".tsv": _read_table,
    ".jsonl": _read_json_lines,
    ".parquet": _read_parquet,
    ".xlsx": _read_table,
}
