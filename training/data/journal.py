"""Long work that may be killed at any moment and goes on where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = dict[str, Any]

TRIES = 3


class JournalError(ValueError):
    """The journal was written by other work; says what to do."""


def journaled(
    items: Iterable[Item],
    path: Path,
    about: Result,
    work: Callable[[Item], Result],
    give_up: Callable[[Item], Result] | None = None,
) -> Iterator[tuple[Item, Result]]:
    """Yield every item with ``work(item)``, in order, each item worked on once however often the process is killed.

    Results are appended to a JSON Lines file as soon as they are there; a second run reads them back in step with the
    items (so nothing is held in memory) and works on the rest. A line cut short by a kill is dropped.

    Args:
        items: the same ones in the same order in every run.
        path: of the journal.
        about: what the work depends on; kept as the first line.
        work: returns something JSON can hold.
        give_up: the result of an item that the process died in three times (a decoder may crash on a hostile file).

    Raises:
        JournalError: the journal's first line says something else.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    trying = path.with_suffix(".trying")
    with path.open("r+b") as file:
        first = _next_line(file)
        if first is None:
            _append(file, about)
        elif first != json.loads(json.dumps(about)):
            raise JournalError(f"{path} was written with other settings ({first}): remove it to start again")
        for number, item in enumerate(items):
            done = _next_line(file)
            if done is None:
                tries = _tries(trying, number) if give_up else 1
                done = _append(file, work(item) if tries <= TRIES else give_up(item))
            yield item, done
    trying.unlink(missing_ok=True)


def _tries(path: Path, number: int) -> int:
    """Count the tries at one item; the note outlives the process."""
    noted = path.read_text().split() if path.is_file() else []
    tries = int(noted[1]) + 1 if len(noted) == 2 and noted[0] == str(number) else 1
    path.write_text(f"{number} {tries}")
    return tries


def _next_line(file: Any) -> Result | None:
    """The next whole line; None, with the file cut there, when there is none."""
    start = file.tell()
    line = file.readline()
    if line.endswith(b"\n"):
        return json.loads(line)
    file.seek(start)
    file.truncate()
    return None


def _append(file: Any, result: Result) -> Result:
    file.write(json.dumps(result, ensure_ascii=False).encode() + b"\n")
    file.flush()
    return result
