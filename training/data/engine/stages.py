"""What is done to one shard, stage after stage. A stage that was finished, or was killed, can be run again."""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from training.data.dataset import DatasetWriter, Draft
from training.data.engine.job import Job, ads_of, job_of, videos_of
from training.data.engine.steps import Item, run_steps
from training.data.journal import journaled
from training.data.record import AdRecord
from training.data.video import draft_of, frames_once

FRAMES, ADS, OUT, EMBEDDINGS, SKIPPED, TIMES, DONE = (
    "frames",
    "ads.jsonl",
    "out",
    "embeddings.parquet",
    "skipped.jsonl",
    "times.jsonl",
    "done",
)

Stage = Callable[[Path], None]


def take(shard: Path) -> None:
    """Take the frames of the shard's videos, each once."""
    if not (shard / DONE).is_file():
        for _ in frames_once(videos_of(shard), shard / FRAMES, job_of(shard).frames):
            pass


def improve(shard: Path) -> None:
    """Put the shard's ads through the steps of the job, each batch once."""
    if not (shard / DONE).is_file():
        for _ in _improved(shard, job_of(shard)):
            pass


def pack(shard: Path) -> None:
    """Write the shard's ads in the job's format and drop what they were made from."""
    if (shard / DONE).is_file():
        return
    job = job_of(shard)
    vectors: list[dict[str, Any]] = []
    with DatasetWriter(shard / OUT, job.form, shard=job.shard) as writer, (shard / SKIPPED).open("w") as skipped:
        for line in _unread(shard, job):
            skipped.write(json.dumps(line, ensure_ascii=False) + "\n")
        for line in (line for lines in _improved(shard, job) for line in lines):
            if line["skipped"]:
                skipped.write(json.dumps({"id": line["record"]["id"], "reason": line["skipped"]}) + "\n")
                continue
            writer.write(Draft(AdRecord(**line["record"]), tuple(map(Path, line["photos"]))))
            if line["embeddings"]:
                vectors.append({"id": line["record"]["id"], "embeddings": _unpacked(line)})
    if vectors:
        _write_embeddings(shard / EMBEDDINGS, vectors)
    for name in (FRAMES, "photos"):
        shutil.rmtree(shard / name, ignore_errors=True)
    (shard / DONE).touch()


STAGES: tuple[Stage, ...] = (take, improve, pack)


def timed(stage: Stage, shard: Path) -> None:
    """Run a stage and note the processor seconds it took, which tell more of a busy machine than the clock does."""
    started = time.process_time()
    stage(shard)
    with (shard / TIMES).open("a") as file:
        file.write(json.dumps({stage.__name__: time.process_time() - started}) + "\n")


def _drafts(shard: Path, job: Job) -> list[Draft]:
    """The ads of a shard; those of videos that could not be read are left out (:func:`_unread`)."""
    taken = frames_once(videos_of(shard), shard / FRAMES, job.frames)
    drafts = [draft_of(video, shard / FRAMES, result["photos"]) for video, result in taken if "photos" in result]
    return drafts + ads_of(shard)


def _unread(shard: Path, job: Job) -> Iterator[dict[str, str]]:
    for video, result in frames_once(videos_of(shard), shard / FRAMES, job.frames):
        if "skipped" in result:
            yield {"id": video.id, "reason": f"frames: {result['skipped']}"}


def _improved(shard: Path, job: Job) -> Iterator[list[dict[str, Any]]]:
    drafts = _drafts(shard, job)
    batches = [drafts[k : k + job.batch] for k in range(0, len(drafts), job.batch)]
    about = job.model_dump(mode="json", include={"steps", "encoder", "translation", "batch"})
    for _, result in journaled(batches, shard / ADS, about, lambda batch: {"ads": _through(batch, job)}):
        yield result["ads"]


def _through(batch: list[Draft], job: Job) -> list[dict[str, Any]]:
    items = [Item(draft) for draft in batch]
    run_steps(items, job)
    return [
        {
            "record": item.draft.record.model_dump(mode="json"),
            "photos": [str(photo) for photo in item.draft.photos],
            "skipped": item.skipped,
            "embeddings": None if item.embeddings is None else base64.b64encode(item.embeddings.tobytes()).decode(),
        }
        for item in items
    ]


def _unpacked(line: dict[str, Any]) -> list[np.ndarray]:
    values = np.frombuffer(base64.b64decode(line["embeddings"]), np.float16)
    return list(values.reshape(len(line["photos"]), -1))


def _write_embeddings(path: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("id", pa.string()), ("embeddings", pa.list_(pa.list_(pa.float16())))])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")
