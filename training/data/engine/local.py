"""Shards on the cores of this machine."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from training.data.engine.stages import Stage, timed

MOST_DEATHS = 20  # of workers in a row that finish no shard


def run_local(shards: Sequence[Path], stages: Sequence[Stage], workers: int) -> Iterator[Path]:
    """Put every shard through the stages in ``workers`` processes (1: in this one); yield each when it is finished.

    When a process dies, its shards are given to new ones; what it had finished stays finished.

    Raises:
        RuntimeError: processes go on dying without finishing a shard.
    """
    if workers == 1:
        for shard in shards:
            through(shard, stages)
            yield shard
        return
    left, deaths = list(shards), 0
    while left:
        context = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
        with ProcessPoolExecutor(workers, context, initializer=_one_thread) as pool:
            running = {pool.submit(through, shard, stages): shard for shard in left}
            try:
                for future in as_completed(running):
                    future.result()
                    left.remove(running[future])
                    deaths = 0
                    yield running[future]
            except BrokenProcessPool as error:
                deaths += 1
                if deaths >= MOST_DEATHS:
                    raise RuntimeError(f"{deaths} workers died (memory?); unfinished: {left[0]}") from error
                print(f"a worker died: {len(left)} shards go to new ones", file=sys.stderr)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)


def through(shard: Path, stages: Sequence[Stage]) -> None:
    """Put one shard through the stages."""
    for stage in stages:
        timed(stage, shard)


def _one_thread() -> None:
    """Processes, not threads, share the cores; torch reads this when the first step that needs it imports it."""
    os.environ["OMP_NUM_THREADS"] = "1"
