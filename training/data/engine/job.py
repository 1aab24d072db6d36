"""What is to be done to a source, and the shards it is cut into."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from training.data.dataset import Draft, Format, photo_name
from training.data.frames import FrameRule
from training.data.journal import JournalError
from training.data.record import AdRecord
from training.data.video import Video

Step = Literal["translation", "moderation", "embeddings", "diversity", "masks"]
STEPS: tuple[Step, ...] = ("translation", "moderation", "embeddings", "diversity", "masks")
JOB, PLANNED, INPUT = "job.json", "planned", "input.jsonl"


class Job(BaseModel):
    """Settings of a run; they stand in the work folder, and a run that goes on must have the same ones.

    Attributes:
        steps: run on every ad, in this order; the frames of videos are taken before, the shards written after.
        frames: which frames of a video become photos.
        encoder: image-text model of the embeddings, a folder in ``checkpoints/clip``.
        translation: for the step of that name, a table of given translations (a file) or a translation model.
        form: of the written data set.
        shard: videos or ads a shard; one shard is what a worker takes at a time.
        batch: ads that go through the steps together.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[Step, ...] = ("moderation", "embeddings", "diversity", "masks")
    frames: FrameRule = FrameRule()
    encoder: str = "builtin"
    translation: str | None = None
    form: Format = "webdataset"
    shard: int = Field(default=500, gt=0)
    batch: int = Field(default=16, gt=0)

    @model_validator(mode="after")
    def _translates(self) -> Self:
        if ("translation" in self.steps) != (self.translation is not None):
            raise ValueError("the step `translation` and what to translate with (`--translation`) go together")
        return self


def plan(source: Iterable[Video | Draft], job: Job, work: Path) -> list[Path]:
    """Cut a source into shard folders below ``work``, each with its part of the list; streams.

    A plan that is there already is kept, so that a killed run goes on with the same shards.

    Raises:
        JournalError: ``work`` belongs to a run with other settings.
    """
    work.mkdir(parents=True, exist_ok=True)
    settings = job.model_dump_json(indent=2)
    if (work / JOB).is_file() and (work / JOB).read_text() != settings:
        raise JournalError(f"{work} was begun with other settings (see {work / JOB}): remove it to start again")
    (work / JOB).write_text(settings)
    if not (work / PLANNED).is_file():
        rest, count = iter(source), 0
        while part := list(islice(rest, job.shard)):
            _write_input(work / f"{count:06}", part)
            count += 1
        (work / PLANNED).write_text(str(count))
    return [work / f"{number:06}" for number in range(int((work / PLANNED).read_text()))]


def job_of(shard: Path) -> Job:
    """The settings of the run a shard belongs to."""
    return Job.model_validate_json((shard.parent / JOB).read_text())


def videos_of(shard: Path) -> list[Video]:
    """The videos of a shard; empty for one made of ads."""
    return [Video(**line["video"]) for line in _input(shard) if "video" in line]


def ads_of(shard: Path) -> list[Draft]:
    """The ads of a shard; empty for one made of videos."""
    return [
        Draft(AdRecord(**line["record"]), tuple(map(Path, line["photos"])))
        for line in _input(shard)
        if "record" in line
    ]


def _input(shard: Path) -> Iterator[dict[str, Any]]:
    with (shard / INPUT).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _write_input(shard: Path, part: list[Video | Draft]) -> None:
    shard.mkdir(exist_ok=True)
    with (shard / INPUT).open("w", encoding="utf-8") as file:
        for item in part:
            line = {"video": asdict(item)} if isinstance(item, Video) else _draft_line(item, shard)
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _draft_line(draft: Draft, shard: Path) -> dict[str, Any]:
    photos = [str(_on_disk(photo, shard).resolve()) for photo in draft.photos]
    return {"record": draft.record.model_dump(mode="json", exclude={"photos"}), "photos": photos}


def _on_disk(photo: Path | bytes, shard: Path) -> Path:
    """The file of a photo; one that came out of a tar is written beside the shard's list."""
    if isinstance(photo, Path):
        return photo
    path = shard / photo_name(photo)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(photo)
    return path
