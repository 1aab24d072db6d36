"""Shards on a Ray cluster, each stage an operator of one ``ray.data`` pipeline."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from training.data.engine.stages import Stage, timed

ROOT = Path(__file__).resolve().parents[3]
_OBJECT_STORE = 200 * 2**20  # bytes; only names of shards travel between the operators


def run_on_ray(
    shards: Sequence[Path], stages: Sequence[Stage], workers: int | None = None, address: str | None = None
) -> Iterator[Path]:
    """Put every shard through the stages; yield each shard when it is finished.

    A shard lies in a folder that every node sees, and only its path travels. A task whose worker dies is run again on
    another, where the shard's journals let it go on from the last finished video or batch.

    Args:
        shards: absolute folders.
        stages: run in this order on each shard.
        workers: CPUs of a Ray started here for this run; ignored with ``address``.
        address: of an existing cluster (``auto``, ``ray://…``), whose nodes see this checkout and the shards.
    """
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_TASK_MAX_RETRIES", "-1")  # however many workers die; ``ray.data`` has no setting for it
    os.environ.setdefault("RAY_worker_niceness", "0")  # by default Ray's workers give way to every other process
    ours = not ray.is_initialized()
    if ours:
        environment = {"env_vars": {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}}
        here = {"num_cpus": workers, "include_dashboard": False, "object_store_memory": _OBJECT_STORE}
        ray.init(address=address, runtime_env=environment, log_to_driver=False, **({} if address else here))
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    try:
        yield from _pipeline(shards, stages)
    finally:
        if ours:
            ray.shutdown()


def _pipeline(shards: Sequence[Path], stages: Sequence[Stage]) -> Iterator[Path]:
    import ray.data

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    rows = [{"shard": str(shard)} for shard in shards]
    data = ray.data.from_items(rows, override_num_blocks=len(rows))
    for stage in stages:
        data = data.map(_Row(stage), num_cpus=1)
    for row in data.iter_rows():
        yield Path(row["shard"])


class _Row:
    """A stage as ``ray.data`` calls it: on a row, returning a row."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        timed(self._stage, Path(row["shard"]))
        return row
