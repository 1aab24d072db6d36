"""``python -m training data bench``: the same synthetic videos on both engines, in one run (docs/scale.md)."""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.data.engine.job import STEPS, Job
from training.data.engine.run import ENGINES, run
from training.data.video import read_webvid

TEN_MILLION = 10_000_000
_DIFFERENT = 100


def bench(videos: int, workers: int, job: Job, folder: Path) -> dict[str, Any]:
    """Run a job on synthetic videos, locally and on Ray, starting both from nothing.

    Returns:
        For each engine the result of :func:`run` with ``per_second`` (by the clock, start of the workers included) and
        ``per_core`` (by processor time); ``ray_share`` is Ray's throughput over the local one by the clock,
        ``ray_share_of_processor`` by processor time; ``equal`` whether the data sets are the same to the byte;
        ``core_days`` what ten million such videos take on one core.
    """
    table = write_videos(folder / "source", videos)
    report: dict[str, Any] = {"videos": videos, "steps": job.steps, "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    for engine in ENGINES:
        result = run(read_webvid(table, table.parent / "videos"), job, folder / engine / "set", engine, workers)
        per_core = videos / sum(result["processor_seconds"].values())
        rates = {"per_second": round(videos / result["seconds"], 2), "per_core": round(per_core, 2)}
        report[engine] = result | rates
    local, ray = (report[engine] for engine in ENGINES)
    report["ray_share"] = round(local["seconds"] / ray["seconds"], 3)
    report["ray_share_of_processor"] = round(ray["per_core"] / local["per_core"], 3)
    report["equal"] = _digest(folder / "local") == _digest(folder / "ray")
    report["core_days"] = {engine: round(TEN_MILLION / report[engine]["per_core"] / 86_400, 1) for engine in ENGINES}
    return report


def write_videos(folder: Path, count: int, size: tuple[int, int] = (160, 120), seconds: int = 6, fps: int = 8) -> Path:
    """Write WebVid's list and its videos: a new scene a second; after the first 100 videos they repeat."""
    (folder / "videos").mkdir(parents=True, exist_ok=True)
    with (folder / "list.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["videoid", "contentUrl", "duration", "page_dir", "name"])
        for number in range(count):
            path = folder / "videos" / f"{number}.mp4"
            if number < _DIFFERENT:
                _write_video(path, number, size, seconds, fps)
            else:
                shutil.copyfile(path.with_name(f"{number % _DIFFERENT}.mp4"), path)
            rows.writerow([number, "", f"PT00H00M{seconds:02}S", "", f"Синее пальто, размер {40 + number % 20}"])
    return folder / "list.csv"


def _write_video(path: Path, number: int, size: tuple[int, int], seconds: int, fps: int) -> None:
    import av

    random = np.random.default_rng(number)
    width, height = size
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(seconds):
            scene = random.integers(0, 256, (height // 20, width // 20, 3), dtype=np.uint8)
            picture = scene.repeat(20, axis=0).repeat(20, axis=1)
            for step in range(fps):
                pixels = np.ascontiguousarray(np.roll(picture, 2 * step, axis=1))
                out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode())


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def main(argv: Sequence[str] | None = None) -> None:
    """Print the report as one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m training data bench", description=__doc__)
    parser.add_argument("--videos", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--shard", type=int, default=50)
    parser.add_argument("--steps", default=",".join(Job().steps), help=f"some of {','.join(STEPS)}; empty: frames only")
    arguments = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        steps = tuple(filter(None, arguments.steps.split(",")))
        report = bench(arguments.videos, arguments.workers, Job(steps=steps, shard=arguments.shard), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(report, ensure_ascii=False))
    if not report["equal"]:
        sys.exit("error: the two engines wrote different data sets")
