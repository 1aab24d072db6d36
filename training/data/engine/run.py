"""``python -m training data run``: a list of videos or a data set, through the steps, into a data set."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from training.data.dataset import FORMATS, Draft, read_drafts
from training.data.engine.gather import gather
from training.data.engine.job import STEPS, Job, plan
from training.data.engine.local import run_local
from training.data.engine.on_ray import run_on_ray
from training.data.engine.stages import STAGES, TIMES
from training.data.frames import FrameRule
from training.data.video import Video, read_tvsum, read_webvid

EngineName = Literal["local", "ray"]
ENGINES: tuple[EngineName, ...] = ("local", "ray")


def run(
    source: Iterable[Video | Draft],
    job: Job,
    out: Path,
    engine: EngineName = "local",
    workers: int = 1,
    address: str | None = None,
) -> dict[str, Any]:
    """Write the data set ``out`` from a source; a run killed at any moment goes on when it is called again.

    Args:
        source: videos or ads, in the same order in every call; streamed into shards below ``OUT.work``.
        job: what is done.
        out: the data set; it stands there whole or not at all.
        engine: both give the same bytes.
        workers: processes, or CPUs of a Ray started for this run.
        address: of an existing Ray cluster.

    Returns:
        ``ads``, ``photos``, ``skipped`` (by step), ``seconds``, ``processor_seconds`` (of all workers, by stage, without
        their start), ``workers``.
    """
    started = time.monotonic()
    work = out.with_name(f"{out.name}.work").resolve()
    shards = plan(source, job, work)
    finished = _engine(engine, shards, workers, address)
    for count, _ in enumerate(finished, 1):
        print(f"\r{count} of {len(shards)} shards", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    processor = _processor_seconds(shards)
    counts, reasons = gather(shards, out, job)
    shutil.rmtree(work)
    return {
        "ads": counts.ads,
        "photos": counts.photos,
        "skipped": dict(reasons.most_common()),
        "seconds": round(time.monotonic() - started, 2),
        "processor_seconds": processor,
        "workers": workers,
    }


def _processor_seconds(shards: Sequence[Path]) -> dict[str, float]:
    seconds: Counter[str] = Counter()
    for shard in shards:
        for line in (shard / TIMES).read_text().splitlines():
            seconds.update(json.loads(line))
    return {stage: round(value, 2) for stage, value in seconds.items()}


def _engine(name: EngineName, shards: Sequence[Path], workers: int, address: str | None) -> Iterator[Path]:
    if name == "ray":
        return run_on_ray(shards, STAGES, workers, address)
    return run_local(shards, STAGES, workers)


def main(argv: Sequence[str] | None = None) -> None:
    """Print what was written as one JSON object; a wrong source or setting ends with one line saying which."""
    arguments = _arguments(argv)
    try:
        rule = FrameRule(count=arguments.frames, every=arguments.every)
        job = Job(
            steps=tuple(arguments.steps.split(",")) if arguments.steps else (),
            frames=rule,
            encoder=arguments.encoder,
            translation=arguments.translation,
            form=arguments.format,
            shard=arguments.shard,
            batch=arguments.batch,
        )
        source = _source(arguments)
        result = run(source, job, arguments.out, arguments.engine, arguments.workers, arguments.ray_address)
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from error
    print(json.dumps(result, ensure_ascii=False))


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training data run", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--webvid", type=Path, metavar="CSV", help="WebVid's list, or a folder of its parts")
    source.add_argument("--tvsum", type=Path, metavar="PATH", help="TVSum's TSV or MATLAB file, or their folder")
    source.add_argument("--dataset", type=Path, metavar="DIR", help="a data set of ads")
    parser.add_argument("--videos", type=Path, metavar="DIR", help="where the listed videos lie")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the data set to be written")
    parser.add_argument("--engine", choices=ENGINES, default="local")
    parser.add_argument("--workers", type=int, default=2, help="processes, or CPUs of a Ray started for this run")
    parser.add_argument("--ray-address", metavar="ADDRESS", help="an existing cluster: auto, or ray://HOST:10001")
    parser.add_argument("--steps", default=",".join(Job().steps), help=f"some of {','.join(STEPS)}, in this order")
    parser.add_argument("--format", choices=FORMATS, default=Job().form)
    parser.add_argument("--frames", type=int, default=FrameRule().count, help="frames a video, 5 to 10")
    parser.add_argument("--every", type=float, metavar="SECONDS", help="one frame every so many seconds, 5 to 10")
    parser.add_argument("--encoder", default=Job().encoder, help="folder in checkpoints/clip")
    parser.add_argument("--translation", help="a table of translations or a model, for the step translation")
    parser.add_argument("--shard", type=int, default=Job().shard, help="videos or ads a shard")
    parser.add_argument("--batch", type=int, default=Job().batch, help="ads that go through the steps together")
    arguments = parser.parse_args(argv)
    if not arguments.dataset and not arguments.videos:
        parser.error("--videos DIR is needed: nothing is downloaded")
    return arguments


def _source(arguments: argparse.Namespace) -> Iterable[Video | Draft]:
    if arguments.dataset:
        return read_drafts(arguments.dataset)
    if arguments.tvsum:
        return read_tvsum(arguments.tvsum, arguments.videos)
    return read_webvid(arguments.webvid, arguments.videos)
