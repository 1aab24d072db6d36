"""Captioned videos as a source of ads: WebVid-10M and TVSum (``training/data/video.py``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from training.data.dataset import Draft
from training.data.frames import FrameRule
from training.data.sources.tables import SourceError
from training.data.video import Video, read_tvsum, read_webvid, take_frames

FRAMES = Path(".cache/frames")


def read_webvid_ads(
    path: Path | str, videos: Path | str, frames: int = 8, every: float | None = None, work: Path | str | None = None
) -> Iterator[Draft]:
    """An ad a video of WebVid's list.

    Args:
        path: the list (CSV) or a folder of its parts.
        videos: folder of the files.
        frames: how many evenly spaced frames; or
        every: one every so many seconds.
        work: where the frames are kept, so that a killed build goes on; ``.cache/frames/webvid`` by default.
    """
    listed = read_webvid(Path(path), Path(videos))
    return _ads(listed, FrameRule(count=frames, every=every), Path(work or FRAMES / "webvid"))


def read_tvsum_ads(
    path: Path | str, videos: Path | str, frames: int = 8, every: float | None = None, work: Path | str | None = None
) -> Iterator[Draft]:
    """An ad a video of TVSum; ``path`` is its TSV, its MATLAB file or their folder, the rest as for WebVid."""
    listed = read_tvsum(Path(path), Path(videos))
    return _ads(listed, FrameRule(count=frames, every=every), Path(work or FRAMES / "tvsum"))


def _ads(videos: Iterator[Video], rule: FrameRule, work: Path) -> Iterator[Draft]:
    try:
        yield from take_frames(videos, work, rule)
    except FileNotFoundError as error:
        raise SourceError(str(error)) from error
