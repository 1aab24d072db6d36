"""A function over a stream, in order, in this process, in several, or on Ray."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

Engine = Literal["local", "ray"]
ENGINES: tuple[Engine, ...] = ("local", "ray")
CHUNK = 8
_AHEAD = 4  # chunks a worker that may wait


class OrderedMap(Protocol):
    """Yields ``function(item)`` for every item, in their order; reads only a few items ahead."""

    def __call__(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]: ...


@contextmanager
def ordered_map(engine: Engine = "local", workers: int = 1) -> Iterator[OrderedMap]:
    """Open workers for as long as the context lasts.

    Functions must be importable and items picklable unless there is one local worker. On Ray a task whose worker dies
    is run again; locally a dead worker ends the work with ``BrokenProcessPool``.

    Args:
        engine: ``ray`` uses the cluster of ``RAY_ADDRESS`` or starts one of ``workers`` CPUs.
        workers: processes; 1 works in this process.
    """
    if engine == "ray":
        with _ray(workers) as calls:
            yield lambda function, items: _windowed(function, items, calls, workers)
    elif workers == 1:
        yield map
    else:
        context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
        pool = ProcessPoolExecutor(workers, context, initializer=one_thread)
        calls = _Calls(lambda *task: pool.submit(_each, *task), lambda future: future.result(), lambda f: f.cancel())
        try:
            yield lambda function, items: _windowed(function, items, calls, workers)
        finally:
            pool.shutdown(cancel_futures=True)


class _Calls(NamedTuple):
    """How a chunk is handed to a worker, fetched, and given up."""

    submit: Callable[..., Any]
    get: Callable[[Any], list]
    cancel: Callable[[Any], object]


@contextmanager
def _ray(workers: int) -> Iterator[_Calls]:
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ours = not ray.is_initialized()
    if ours:
        root = str(Path(__file__).resolve().parents[2])
        here = {} if os.environ.get("RAY_ADDRESS") else {"num_cpus": workers, "include_dashboard": False}
        ray.init(runtime_env={"env_vars": {"PYTHONPATH": root, "OMP_NUM_THREADS": "1"}}, log_to_driver=False, **here)
    try:
        yield _Calls(ray.remote(num_cpus=1, max_retries=-1)(_each).remote, ray.get, ray.cancel)
    finally:
        if ours:
            ray.shutdown()


def _windowed(function: Callable, items: Iterable, calls: _Calls, workers: int) -> Iterator[Any]:
    rest, waiting = iter(items), deque()
    try:
        while True:
            while len(waiting) < _AHEAD * workers and (chunk := list(islice(rest, CHUNK))):
                waiting.append(calls.submit(function, chunk))
            if not waiting:
                return
            yield from calls.get(waiting.popleft())
    finally:  # the caller has enough
        for call in waiting:
            calls.cancel(call)


def _each(function: Callable, chunk: list) -> list:
    return [function(item) for item in chunk]


def one_thread() -> None:
    """Processes, not threads, share the cores."""
    os.environ["OMP_NUM_THREADS"] = "1"
    import torch

    torch.set_num_threads(1)
