"""Frames of one video: spread over its length, none black, none twice, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import av
    from av.video.frame import VideoFrame
    from PIL import Image

FEWEST, MOST = 5, 10
# Where in its stretch a frame is looked for: the middle, then later while what was found is black or seen before.
_TRIES = (0.5, 0.65, 0.8, 0.95)
_SEEK_FROM = 10.0  # seconds ahead from which jumping to a keyframe is cheaper than decoding on
_LOST = 1.0  # seconds a video may end earlier than it says
_THUMB = 16
_DARK, _DARK_SHARE = 24, 0.98


@dataclass(frozen=True)
class FrameRule:
    """Which frames of a video are taken.

    Attributes:
        count: frames spread evenly over the video.
        every: instead of ``count``, one frame every so many seconds, but always 5 to 10 over the whole video.
        side: longest side of a frame, in pixels; smaller ones are not enlarged.
        alike: two frames whose 16 × 16 thumbnails differ by less (mean over pixels and channels, of 255) are near-duplicates.
        at_least: a video with fewer different frames is left out.
        quality: of the JPEGs.
    """

    count: int = 7
    every: float | None = None
    side: int = 512
    alike: float = 4.0
    at_least: int = 2
    quality: int = 90

    def __post_init__(self) -> None:
        if not FEWEST <= self.count <= MOST:
            raise ValueError(f"frames a video: {self.count} is not between {FEWEST} and {MOST}")
        if self.every is not None and self.every <= 0:
            raise ValueError(f"seconds between frames must be above 0, not {self.every}")

    def stretches(self, duration: float) -> list[tuple[float, float]]:
        """Start and end, in seconds, of the equal stretches of the video that give one frame each."""
        count = self.count
        if self.every is not None:
            count = min(MOST, max(FEWEST, int(duration / self.every)))
        return [(duration * k / count, duration * (k + 1) / count) for k in range(count)]


@dataclass(frozen=True)
class Frame:
    """One frame, ``time`` in seconds from the start of the video."""

    time: float
    image: Image.Image


class VideoError(ValueError):
    """A video no frames can be taken from; ``str`` says why, without the path."""


def read_frames(path: Path, rule: FrameRule) -> list[Frame]:
    """Decode the frames of a video that ``rule`` asks for, in their order.

    A stretch of the video that shows only black, or only what an earlier frame showed, gives none.

    Raises:
        VideoError: the file is missing, corrupt, shorter than it says, or shows too few different frames.
    """
    import av

    if not path.is_file():
        raise VideoError("there is no such file")
    try:
        with av.open(str(path), options={"err_detect": "explode"}) as container:
            if not container.streams.video:
                raise VideoError("it has no picture, only sound")
            frames = list(_chosen(_Reader(container), rule))
    except av.FFmpegError as error:
        raise VideoError(f"corrupt: {error.strerror}") from error
    if len(frames) < rule.at_least:
        raise VideoError(f"only {len(frames)} different frames that are not black")
    return frames


def _chosen(reader: _Reader, rule: FrameRule) -> Iterator[Frame]:
    seen: list[np.ndarray] = []
    for start, end in rule.stretches(reader.duration):
        for share in _TRIES:
            frame = reader.at(start + share * (end - start))
            if frame is None:
                break
            thumb = _thumbnail(frame)
            if not _black(thumb) and all(np.abs(thumb - other).mean() >= rule.alike for other in seen):
                seen.append(thumb)
                yield Frame(reader.position, _upright(frame, reader.aspect, rule.side))
                break


class _Reader:
    """Goes forward through a video; one thread, because many videos are read side by side."""

    def __init__(self, container: av.container.InputContainer) -> None:
        self._container = container
        self._stream = container.streams.video[0]
        self._stream.codec_context.thread_count = 1
        self._stream.codec_context.options = {"err_detect": "explode"}
        self._start = float((self._stream.start_time or 0) * self._stream.time_base)
        self.aspect = float(self._stream.sample_aspect_ratio or 1)
        self.duration = self._duration()
        self.position = 0.0
        self._frames = container.decode(self._stream)

    def _duration(self) -> float:
        """Length in seconds, from the packets where the file does not say it."""
        import av

        if self._stream.duration:
            return float(self._stream.duration * self._stream.time_base)
        if self._container.duration:
            return self._container.duration / av.time_base
        times = [packet.pts for packet in self._container.demux(self._stream) if packet.pts is not None]
        if not times:
            raise VideoError("it has no frames")
        self._container.seek(0)
        return float(max(times) * self._stream.time_base) - self._start

    def at(self, seconds: float) -> VideoFrame | None:
        """The first frame not before ``seconds`` that was not returned yet, None at the end of the video."""
        if seconds - self.position > _SEEK_FROM:
            offset = int((seconds + self._start) / self._stream.time_base)
            self._container.seek(offset, stream=self._stream, backward=True)
            self._frames = self._container.decode(self._stream)
        for frame in self._frames:
            if frame.is_corrupt:
                raise VideoError(f"corrupt at {self.position:.1f} s")
            self.position = frame.time - self._start if frame.time is not None else self.position
            if self.position >= seconds - 1e-3:
                return frame
        if seconds - self.position > _LOST:
            raise VideoError(f"ends at {self.position:.1f} s of {self.duration:.1f} s")
        return None


def _thumbnail(frame: VideoFrame) -> np.ndarray:
    """(16, 16, 3) mean colours, 0..255."""
    small = frame.reformat(width=_THUMB, height=_THUMB, format="rgb24", interpolation="AREA")
    return small.to_ndarray().astype(np.float32)


def _black(thumb: np.ndarray) -> bool:
    return float((thumb.max(axis=2) < _DARK).mean()) >= _DARK_SHARE


def _upright(frame: VideoFrame, aspect: float, side: int) -> Image.Image:
    """RGB at most ``side`` pixels, with square pixels, turned (counterclockwise) as the file says."""
    width, height = frame.width * aspect, float(frame.height)
    scale = min(1.0, side / max(width, height))
    size = {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))}
    image = frame.to_image(**size, interpolation="AREA")
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image
