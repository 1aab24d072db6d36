"""Long work that may be killed at any moment and goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

Item = TypeVar("Item")


class JournalError(ValueError):
    """The journal was written by other work; says what to do."""


def journaled(
    items: Iterable[Item], path: Path, about: dict[str, Any], work: Callable[[Item], dict[str, Any]]
) -> Iterator[tuple[Item, dict[str, Any]]]:
    """Yield every item with ``work(item)``, in order, each item worked on once however often the process is killed.

    Results are appended to a JSON Lines file as soon as they are there; a second run reads them back in step with the
    items (so nothing is held in memory) and works on the rest. A line cut short by a kill is dropped.

    Args:
        items: the same ones in the same order in every run.
        path: of the journal; its folder must exist.
        about: what the work depends on; kept as the first line.
        work: returns something JSON can hold.

    Raises:
        JournalError: the journal's first line says something else.
    """
    path.touch()
    with path.open("r+b") as file:
        first = _next_line(file)
        if first is None:
            _append(file, about)
        elif first != json.loads(json.dumps(about)):
            raise JournalError(f"{path} was written with other settings ({first}): remove it to start again")
        for item in items:
            done = _next_line(file)
            yield item, _append(file, work(item)) if done is None else done


def _next_line(file: Any) -> dict[str, Any] | None:
    """The next whole line; None, with the file cut there, when there is none."""
    start = file.tell()
    line = file.readline()
    if line.endswith(b"\n"):
        return json.loads(line)
    file.seek(start)
    file.truncate()
    return None


def _append(file: Any, result: dict[str, Any]) -> dict[str, Any]:
    file.write(json.dumps(result, ensure_ascii=False).encode() + b"\n")
    file.flush()
    return result
