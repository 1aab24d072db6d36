"""The finished shards become one data set."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from training.data.card import Counts, write_card
from training.data.dataset import CARD, LINES, read_dataset
from training.data.engine.job import Job
from training.data.engine.stages import EMBEDDINGS, OUT, SKIPPED


def gather(shards: Sequence[Path], folder: Path, job: Job) -> tuple[Counts, Counter[str]]:
    """Move every shard's files into ``folder``, write its card; returns what it holds and why ads were left out.

    Killed half-way it can be called again: what was moved stays where it is.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    (partial / "embeddings").mkdir(parents=True, exist_ok=True)
    reasons: Counter[str] = Counter()
    with (partial / LINES).open("wb") as lines, (partial / SKIPPED).open("w", encoding="utf-8") as skipped:
        for number, shard in enumerate(shards):
            out = shard / OUT
            for suffix in ("tar", "parquet"):
                _move(out / f"ads-00000.{suffix}", partial / f"ads-{number:06}.{suffix}")
            _move(shard / EMBEDDINGS, partial / "embeddings" / f"ads-{number:06}.parquet")
            for photo in out.glob("photos/*/*"):
                _move(photo, partial / photo.relative_to(out))
            if (out / LINES).is_file():
                with (out / LINES).open("rb") as part:
                    shutil.copyfileobj(part, lines)
            for line in (shard / SKIPPED).read_text(encoding="utf-8").splitlines():
                reasons[json.loads(line)["reason"].partition(":")[0]] += 1
                skipped.write(line + "\n")
    if job.form != "jsonl":
        (partial / LINES).unlink()
    if not any((partial / "embeddings").iterdir()):
        (partial / "embeddings").rmdir()
    return _placed(partial, folder, job), reasons


def _move(source: Path, target: Path) -> None:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        source.replace(target)


def _placed(partial: Path, folder: Path, job: Job) -> Counts:
    counts = Counts()
    for record in read_dataset(partial):
        counts.add(record, record.photos)
    steps = ", ".join(job.steps) or "none"
    about = f"Written shard by shard by `python -m training data run`; steps: {steps}."
    write_card(partial / CARD, folder.name, job.form, about, counts)
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)
    return counts
