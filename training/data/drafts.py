"""Drafts in a file: what a build selected, streamed and drawn from without holding it in memory."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from training.data.dataset import Draft
from training.data.record import AdRecord


class DraftFile:
    """A list of drafts on disk; photos must be files. 8 bytes a draft are held in memory.

    Args:
        path: JSON Lines file, overwritten.
        drafts: written at once.
    """

    def __init__(self, path: Path, drafts: Iterable[Draft]) -> None:
        self._offsets = array("q")
        with path.open("wb") as file:
            for draft in drafts:
                self._offsets.append(file.tell())
                photos = [str(Path.absolute(photo)) for photo in draft.photos]
                line = {"record": draft.record.model_dump(mode="json", exclude_none=True), "photos": photos}
                file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._file = path.open("rb")

    def __len__(self) -> int:
        return len(self._offsets)

    def __getitem__(self, place: int) -> Draft:
        self._file.seek(self._offsets[place])
        line = json.loads(self._file.readline())
        return Draft(AdRecord(**line["record"]), tuple(map(Path, line["photos"])))

    def __iter__(self) -> Iterator[Draft]:
        return (self[place] for place in range(len(self)))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
