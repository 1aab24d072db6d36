"""Sharded Parquet and WebDataset tars: the formats for sets too large for one file.

A WebDataset shard is a plain tar whose members share a key: ``000012.json, 000012.0.jpg, 000012.1.jpg``
(github.com/webdataset/webdataset). Members carry no times or owners, so equal records make equal bytes.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from training.data.record import AdRecord

_SPAN = pa.struct(
    [
        ("slot", pa.string()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("value", pa.string()),
        ("unit", pa.string()),
        ("group", pa.int32()),
    ]
)
_SPANS = pa.list_(_SPAN)
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("photos", pa.list_(pa.string())),
        ("attributes", pa.map_(pa.string(), pa.string())),
        ("seller_text", pa.string()),
        ("text", pa.string()),
        ("assistant_text", pa.string()),
        ("task", pa.string()),
        ("source", pa.string()),
        ("split", pa.string()),
        ("diversity_score", pa.float64()),
        ("hidden_token", pa.string()),
        ("masks", pa.struct([("text", _SPANS), ("prompt", _SPANS)])),
    ]
)
_READ_ROWS = 1_000


class ParquetShards:
    """``ads-00000.parquet`` and so on, ``size`` records each."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder, self._size = folder, size
        self._rows: list[dict[str, Any]] = []
        self._shard = 0

    def write(self, record: AdRecord) -> None:
        self._rows.append(record.model_dump())
        if len(self._rows) >= self._size:
            self._flush()

    def close(self) -> None:
        if self._rows or not self._shard:
            self._flush()

    def _flush(self) -> None:
        table = pa.Table.from_pylist(self._rows, schema=SCHEMA)
        pq.write_table(table, self._folder / f"ads-{self._shard:05}.parquet", compression="zstd")
        self._rows, self._shard = [], self._shard + 1


def read_parquet(path: Path) -> Iterator[dict[str, Any]]:
    """Stream the rows of a file as the fields of a record."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_READ_ROWS):
            yield from batch.to_pylist(maps_as_pydicts="strict")


class TarShards:
    """``ads-00000.tar`` and so on, ``size`` records each."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder, self._size, self._count = folder, size, 0
        self._tar = self._open()

    def write(self, record: AdRecord, photos: Sequence[tuple[str, bytes]]) -> AdRecord:
        """Write one record and its (suffix, content) photos; returns it with the names of its members."""
        if self._count and self._count % self._size == 0:
            self._tar.close()
            self._tar = self._open()
        key = f"{self._count:09}"
        names = tuple(f"{key}.{i}.{suffix}" for i, (suffix, _) in enumerate(photos))
        named = AdRecord.model_validate(record.model_dump() | {"photos": names})
        self._add(f"{key}.json", named.model_dump_json(exclude_none=True).encode())
        for name, (_, photo) in zip(names, photos, strict=True):
            self._add(name, photo)
        self._count += 1
        return named

    def close(self) -> None:
        self._tar.close()

    def _open(self) -> tarfile.TarFile:
        return tarfile.open(self._folder / f"ads-{self._count // self._size:05}.tar", "w", format=tarfile.USTAR_FORMAT)

    def _add(self, name: str, data: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        self._tar.addfile(member, io.BytesIO(data))


def read_tar(path: Path, with_photos: bool) -> Iterator[tuple[str, bytes, tuple[bytes, ...]]]:
    """Stream (key, JSON of the record, its photos) of a tar whose members stand together by key."""
    key, data, photos = "", b"", []
    with tarfile.open(path, "r|") as tar:
        for member in tar:
            name, _, rest = member.name.partition(".")
            if name != key:
                if data:
                    yield key, data, tuple(photos)
                key, data, photos = name, b"", []
            if rest == "json":
                data = tar.extractfile(member).read()
            elif with_photos:
                photos.append(tar.extractfile(member).read())
    if data:
        yield key, data, tuple(photos)
