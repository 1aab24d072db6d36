"""A data set is a folder: ``ads.jsonl`` (or Parquet or WebDataset shards), photos and ``dataset_card.md``.

Everything streams: neither the reader nor the writer ever holds more than one shard's worth of records.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from pydantic import ValidationError

from training.data.card import Counts, write_card
from training.data.record import AdRecord, Split
from training.data.shards import ParquetShards, TarShards, read_parquet, read_tar

Format = Literal["jsonl", "parquet", "webdataset"]
FORMATS: tuple[Format, ...] = ("jsonl", "parquet", "webdataset")
LINES = "ads.jsonl"
CARD = "dataset_card.md"
SHARD_RECORDS = 10_000


class DatasetError(ValueError):
    """A data set that cannot be read or written; says the file, the line and what to do."""


@dataclass(frozen=True)
class Draft:
    """A record on its way through the steps, with its photos: files not yet copied, or encoded pictures.

    ``record.photos`` is empty until a :class:`DatasetWriter` has named the photos.
    """

    record: AdRecord
    photos: tuple[Path | bytes, ...] = ()

    def change(self, **fields: object) -> Draft:
        """The draft with other fields in its record, validated again."""
        return replace(self, record=AdRecord.model_validate(self.record.model_dump() | fields))

    def photo_bytes(self) -> list[bytes]:
        """The encoded photos; raises FileNotFoundError for a file that is gone."""
        return [photo if isinstance(photo, bytes) else photo.read_bytes() for photo in self.photos]


def read_dataset(folder: Path, split: Split | None = None) -> Iterator[AdRecord]:
    """Stream the validated records of a data set, in their order.

    Raises:
        DatasetError: no data set there, or a record that is not valid, named by file and line.
    """
    return (draft.record for draft in _read(folder, split, with_photos=False))


def read_drafts(folder: Path, split: Split | None = None) -> Iterator[Draft]:
    """Stream records with their photos: paths, or bytes where the photos lie in tar shards."""
    return _read(folder, split, with_photos=True)


def dataset_files(folder: Path) -> tuple[Format, list[Path]]:
    """The format of a data set and the files its records lie in; raises DatasetError if there is none or several."""
    if not folder.is_dir():
        raise DatasetError(f"{folder} is not a folder: build a data set first (python -m training data build RECIPE)")
    found: dict[Format, list[Path]] = {
        "jsonl": [folder / LINES] if (folder / LINES).is_file() else [],
        "parquet": sorted(folder.glob("*.parquet")),
        "webdataset": sorted(folder.glob("*.tar")),
    }
    present: list[Format] = [name for name, files in found.items() if files]
    if len(present) != 1:
        what = " and ".join(present) if present else f"neither {LINES} nor *.parquet nor *.tar"
        raise DatasetError(f"{folder} holds {what}: a data set has exactly one of the three formats")
    return present[0], found[present[0]]


def _read(folder: Path, split: Split | None, with_photos: bool) -> Iterator[Draft]:
    form, files = dataset_files(folder)
    for path in files:
        for place, data, photos in _rows(form, path, with_photos):
            try:
                record = AdRecord.model_validate_json(data) if isinstance(data, bytes) else AdRecord(**data)
            except ValidationError as error:
                raise DatasetError(f"{path}, {place}: {_reasons(error)}") from error
            if split in (None, record.split):
                yield Draft(record, tuple(folder / name for name in record.photos) if photos is None else photos)


def _rows(form: Format, path: Path, with_photos: bool) -> Iterator[tuple[str, bytes | dict, tuple[bytes, ...] | None]]:
    """Yield (where it stands, the record as JSON bytes or a dictionary, photos if they lie beside it)."""
    if form == "jsonl":
        with path.open("rb") as lines:
            yield from ((f"line {number}", line, None) for number, line in enumerate(lines, 1) if line.strip())
    elif form == "parquet":
        yield from ((f"row {number}", row, None) for number, row in enumerate(read_parquet(path), 1))
    else:
        yield from ((f"record {key}", data, photos) for key, data, photos in read_tar(path, with_photos))


def _reasons(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'record'}: {e['msg']}" for e in error.errors()[:3])


class DatasetWriter:
    """Writes a data set beside its final place and puts it there when everything is written.

    A photo file is named by its content, so an equal photo is stored once, and the same drafts make the same bytes.

    Args:
        folder: the data set; one that is there already is replaced, any other folder with files is refused.
        form: of the records; in ``webdataset`` the photos lie in the tars.
        shard: records a Parquet or tar file.
        about: text of the card: where the data came from, licences, the recipe.

    Raises:
        DatasetError: the folder holds something else.
    """

    def __init__(self, folder: Path, form: Format = "jsonl", shard: int = SHARD_RECORDS, about: str = "") -> None:
        if form not in FORMATS:
            raise DatasetError(f"unknown format {form}: choose one of {', '.join(FORMATS)}")
        if folder.exists() and not (folder.is_dir() and ((folder / CARD).is_file() or not any(folder.iterdir()))):
            raise DatasetError(f"{folder} is in the way: it is not a data set (it has no {CARD})")
        self.folder, self.form, self.about = folder, form, about
        self.counts = Counts()
        self._partial = folder.with_name(f"{folder.name}.partial")
        shutil.rmtree(self._partial, ignore_errors=True)
        self._partial.mkdir(parents=True)
        self._lines = (self._partial / LINES).open("wb") if form == "jsonl" else None
        shards = {"parquet": ParquetShards, "webdataset": TarShards}.get(form)
        self._shards = shards(self._partial, shard) if shards else None

    def write(self, draft: Draft) -> AdRecord:
        """Write one ad; returns its record with the names its photos got."""
        photos = draft.photo_bytes()
        names = tuple(photo_name(photo) for photo in photos)
        if isinstance(self._shards, TarShards):
            suffixes = (name.rpartition(".")[2] for name in names)
            record = self._shards.write(draft.record, list(zip(suffixes, photos, strict=True)))
        else:
            record = AdRecord.model_validate(draft.record.model_dump() | {"photos": names})
            for name, photo in zip(names, photos, strict=True):
                self._store(name, photo)
            if self._shards:
                self._shards.write(record)
            else:
                self._lines.write(record.model_dump_json(exclude_none=True).encode() + b"\n")
        self.counts.add(record, names)
        return record

    def attach(self, path: Path) -> None:
        """Put a copy of a file, such as a report, beside the records."""
        shutil.copyfile(path, self._partial / path.name)

    def _store(self, name: str, photo: bytes) -> None:
        path = self._partial / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(photo)

    def close(self) -> None:
        """Finish the files, write the card and put the set in its place."""
        self._finish_files()
        write_card(self._partial / CARD, self.folder.name, self.form, self.about, self.counts)
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self._partial.rename(self.folder)

    def _finish_files(self) -> None:
        for file in (self._lines, self._shards):
            if file:
                file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Keep nothing of a set that failed half-way."""
        if kind is None:
            self.close()
        else:
            self._finish_files()
            shutil.rmtree(self._partial, ignore_errors=True)


_SIGNATURES = {b"\xff\xd8\xff": "jpg", b"\x89PNG": "png", b"GIF8": "gif"}


def photo_name(photo: bytes) -> str:
    """``photos/3f/3f9c….jpg``: the first 20 hex digits of the content's SHA-256; raises DatasetError for no picture."""
    for signature, suffix in _SIGNATURES.items():
        if photo.startswith(signature):
            digest = hashlib.sha256(photo).hexdigest()[:20]
            return f"photos/{digest[:2]}/{digest}.{suffix}"
    raise DatasetError("a photo is neither JPEG nor PNG nor GIF; filter such files out before writing")


def copy_records(drafts: Iterator[Draft] | Sequence[Draft], writer: DatasetWriter) -> Counts:
    """Write every draft and close the set; returns what was counted."""
    with writer:
        for draft in drafts:
            writer.write(draft)
    return writer.counts
