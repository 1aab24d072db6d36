"""Ads with many photos out of captioned videos: WebVid-10M and TVSum.

Both are lists of videos with a sentence each, and the videos as local files; nothing is downloaded here.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.data.dataset import Draft, photo_name
from training.data.frames import FrameRule, VideoError, read_frames
from training.data.journal import JournalError, journaled
from training.data.record import AdRecord

WEBVID_COLUMNS = ("videoid", "page_dir", "name")
TVSUM_INFO = "ydata-tvsum50-info.tsv"
TVSUM_MAT = "ydata-tvsum50.mat"
JOURNAL = "frames.jsonl"
SKIPPED = "skipped.jsonl"


@dataclass(frozen=True)
class Video:
    """One video of a list.

    Attributes:
        id: unique over all lists, for example ``webvid:1034``.
        path: of the file; whether it is there shows when it is read.
        caption: what the list says of it, in the list's language.
        source: of the records made from it.
    """

    id: str
    path: str
    caption: str
    source: str


def read_webvid(table: Path, videos: Path) -> Iterator[Video]:
    """Stream WebVid's list: a CSV ``videoid, contentUrl, duration, page_dir, name``, or a folder of such parts.

    A video lies at ``videos/VIDEOID.mp4`` or ``videos/PAGE_DIR/VIDEOID.mp4``. Rows without a name are left out.

    Raises:
        FileNotFoundError: no CSV there.
        ValueError: a CSV lacks a column.
    """
    tables = sorted(table.glob("**/*.csv")) if table.is_dir() else [table]
    if not tables or not tables[0].is_file():
        raise FileNotFoundError(f"WebVid's list (a CSV with {', '.join(WEBVID_COLUMNS)}) is not at {table}")
    for part in tables:
        with part.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in WEBVID_COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise ValueError(f"{part} has no column {', '.join(missing)}: is it WebVid's list?")
            for row in rows:
                caption = (row["name"] or "").strip()
                if caption:
                    path = videos / f"{row['videoid']}.mp4"
                    nested = videos / (row["page_dir"] or "") / path.name
                    there = path if path.is_file() or not nested.is_file() else nested
                    yield Video(f"webvid:{row['videoid']}", str(there), caption, "WEBVID")


def read_tvsum(annotations: Path, videos: Path) -> Iterator[Video]:
    """Stream TVSum's 50 videos with their titles, from its TSV, its MATLAB (HDF5) file, or a folder with one of them.

    Raises:
        FileNotFoundError: neither is there.
        ValueError: the file has no titles (the feature files of later papers have none).
    """
    path = annotations
    if path.is_dir():
        found = [file for name in (TVSUM_INFO, TVSUM_MAT) for file in sorted(path.glob(f"**/{name}"))]
        path = found[0] if found else path
    if not path.is_file():
        raise FileNotFoundError(f"TVSum's {TVSUM_INFO} or {TVSUM_MAT} is not at {annotations}")
    titles = _tvsum_tsv(path) if path.suffix == ".tsv" else _tvsum_hdf5(path)
    for name, title in titles:
        yield Video(f"tvsum:{name}", str(videos / f"{name}.mp4"), title, "TVSUM")


def _tvsum_tsv(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if not {"video_id", "title"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{path} has no columns video_id and title: give TVSum's {TVSUM_INFO}")
        for row in rows:
            yield row["video_id"], row["title"].strip()


def _tvsum_hdf5(path: Path) -> Iterator[tuple[str, str]]:
    """Names and titles of ``tvsum50``: a MATLAB 7.3 struct array, (50, 1) references to arrays of UTF-16 units."""
    import h5py

    with h5py.File(path, "r") as file:
        table = file.get("tvsum50")
        if table is None or not {"video", "title"} <= set(table):
            raise ValueError(f"{path} has no titles: give TVSum's {TVSUM_MAT} or {TVSUM_INFO}")
        for video, title in zip(table["video"][:].flat, table["title"][:].flat, strict=True):
            name, words = (file[cell][:].astype("<u2").tobytes().decode("utf-16-le") for cell in (video, title))
            yield name, words.strip()


def take_frames(videos: Iterable[Video], folder: Path, rule: FrameRule) -> Iterator[Draft]:
    """Yield an ad a video, its photos being the frames, as files in ``folder``; go on after a kill.

    ``folder`` keeps what was taken: a video is decoded once, whether or not it could be read. Videos that gave no ad
    are listed in ``skipped.jsonl`` with the reason, and counted on stderr at the end.

    Raises:
        JournalError: ``folder`` was filled by another rule or from another list.
    """
    folder.mkdir(parents=True, exist_ok=True)
    taken = skipped = 0
    with (folder / SKIPPED).open("w", encoding="utf-8") as report:
        for video, result in frames_once(videos, folder, rule):
            if reason := result.get("skipped"):
                skipped += 1
                report.write(json.dumps({"id": video.id, "path": video.path, "reason": reason}) + "\n")
            else:
                taken += 1
                yield draft_of(video, folder, result["photos"])
    print(f"frames: {taken} videos taken, {skipped} skipped (why: {folder / SKIPPED})", file=sys.stderr)


def frames_once(videos: Iterable[Video], folder: Path, rule: FrameRule) -> Iterator[tuple[Video, dict[str, Any]]]:
    """Yield each video with ``{"photos": names in folder}`` or ``{"skipped": why}``; see :func:`take_frames`."""
    results = journaled(
        videos,
        folder / JOURNAL,
        about={"rule": asdict(rule)},
        work=lambda video: _stored(video, folder, rule),
        give_up=lambda video: {"id": video.id, "skipped": "the process died three times in decoding it"},
    )
    for video, result in results:
        if result["id"] != video.id:
            raise JournalError(f"{folder} was filled from another list of videos: remove it to start again")
        yield video, result


def draft_of(video: Video, folder: Path, photos: list[str]) -> Draft:
    """The ad of a video: its caption as the text, its frames in ``folder`` as the photos."""
    record = AdRecord(id=video.id, text=video.caption, task="caption", source=video.source)
    return Draft(record, tuple(folder / name for name in photos))


def _stored(video: Video, folder: Path, rule: FrameRule) -> dict[str, Any]:
    try:
        frames = read_frames(Path(video.path), rule)
    except VideoError as error:
        return {"id": video.id, "skipped": str(error)}
    names = []
    for frame in frames:
        data = io.BytesIO()
        frame.image.save(data, "JPEG", quality=rule.quality)
        names.append(photo_name(data.getvalue()))
        _write_whole(folder / names[-1], data.getvalue())
    return {"id": video.id, "photos": names, "times": [round(frame.time, 3) for frame in frames]}


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file named by its content, unless it is there; a kill leaves no half of it under that name."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(data)
        partial.replace(path)
