"""From an uploaded file to a ``Photo``, whoever made the file and whatever for.

Order matters: the file system first (links, sizes), then the structure (``photo_containers``), then the limits, and
only then pixels, so that no file costs more than the largest honest photo.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.photo import Photo
from models.photo_containers import Container, DamagedError, TooComplexError, read_container
from models.photo_pixels import decode

Rule = Literal[
    "missing",
    "link",
    "not_a_file",
    "unreadable",
    "empty_file",
    "too_many_bytes",
    "wrong_format",
    "damaged",
    "too_many_pixels",
    "too_complex",
    "too_long_animation",
]


@dataclass(frozen=True)
class PhotoLimits:
    """What one photo may cost; sizes in pixels unless named otherwise.

    Attributes:
        file_bytes: size of the file.
        pixels: width times height.
        side: the longer side (the most a JPEG can say).
        kept_side: longer side of the copy kept in memory.
        jpeg_scans: passes over the pixels of a progressive JPEG (encoders write about 10, 18 for CMYK) ...
        jpeg_scan_pixels: ... and those passes times the pixels, about 20 s of work at worst.
        animation_pixels: canvas times frames of an animation, about 10 s of work at worst.
        animation_frames: frames of an animation.
        sampled_frames: frames kept of an animation besides the first.
        frame_side: longer side of those.
    """

    file_bytes: int = 25 * 2**20
    pixels: int = 60_000_000
    side: int = 65_535
    kept_side: int = 1536
    jpeg_scans: int = 100
    jpeg_scan_pixels: int = 20 * 60_000_000
    animation_pixels: int = 300_000_000
    animation_frames: int = 2_000
    sampled_frames: int = 7
    frame_side: int = 512


LIMITS = PhotoLimits()

REASONS: dict[Rule, str] = {
    "missing": "there is no such file",
    "link": "a link is not accepted, only the file itself",
    "not_a_file": "a folder or a device is not a photo",
    "unreadable": "the file cannot be read",
    "empty_file": "the file is empty",
    "too_many_bytes": "the file is larger than {megabytes} MB",
    "wrong_format": "the content is {found}: only JPEG, PNG and GIF are accepted, whatever the file is called",
    "damaged": "the picture is truncated or corrupt",
    "too_many_pixels": "{width} × {height} pixels is more than {megapixels} megapixels or than {side} pixels a side",
    "too_complex": "the file is built in a way no camera or editor writes",
    "too_long_animation": "the animation is too long to be checked: {frames} frames of {width} × {height} pixels",
}


class PhotoError(ValueError):
    """A file that is not accepted as a photo; ``str`` names the file and the rule.

    Attributes:
        name: of the file.
        rule: a key of ``REASONS``.
        facts: what the reason's braces stand for.
    """

    def __init__(self, name: str, rule: Rule, **facts: int | str) -> None:
        super().__init__(f"{name}: {REASONS[rule].format(**facts)}")
        self.name, self.rule, self.facts = name, rule, facts


def read_photo(path: Path, limits: PhotoLimits = LIMITS) -> Photo:
    """Read, check and decode one file.

    Returns:
        The photo as RGB on white, upright, at most ``limits.kept_side`` pixels; further frames of an animated GIF or
        PNG are sampled evenly into ``frames``.

    Raises:
        PhotoError: the file breaks a rule.
    """
    name = path.name
    data = _read_bytes(path, limits)
    try:
        container = read_container(data)
        if container is None:
            raise PhotoError(name, "wrong_format", found=_guess(data))
        del data
        _check(name, container, limits)
        first, *frames = decode(container, limits.kept_side, limits.sampled_frames, limits.frame_side)
    except DamagedError as error:
        raise PhotoError(name, "damaged") from error
    except TooComplexError as error:
        raise PhotoError(name, "too_complex") from error
    return Photo(name, first, tuple(frames))


def _read_bytes(path: Path, limits: PhotoLimits) -> bytes:
    """Read a regular file; neither follows links nor waits for pipes."""
    name = path.name
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError as error:
        raise PhotoError(name, "missing") from error
    except (OSError, ValueError) as error:  # ValueError: a name no file system takes
        raise PhotoError(name, "unreadable") from error
    if stat.S_ISLNK(mode):
        raise PhotoError(name, "link")
    if not stat.S_ISREG(mode):
        raise PhotoError(name, "not_a_file")
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            data = file.read(limits.file_bytes + 1)
    except OSError as error:
        raise PhotoError(name, "unreadable") from error
    if not data:
        raise PhotoError(name, "empty_file")
    if len(data) > limits.file_bytes:
        raise PhotoError(name, "too_many_bytes", megabytes=limits.file_bytes // 2**20)
    return data


def _guess(data: bytes) -> str:
    """Name the format of a rejected file, for the message only."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:8] == b"ftyp":
        return "AVIF" if data[8:12] in (b"avif", b"avis") else "HEIC" if data[8:11] in (b"hei", b"mif") else "a video"
    signatures = {b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF", b"%PDF": "PDF", b"\0\0\1\0": "ICO", b"PK": "ZIP"}
    for signature, found in signatures.items():
        if data.startswith(signature):
            return found
    start = data[:1000].lower()
    return next((found for tag, found in ((b"<svg", "SVG"), (b"<html", "HTML")) if tag in start), "unknown")


def _check(name: str, container: Container, limits: PhotoLimits) -> None:
    """Compare what the file announces with the limits, before anything is decoded."""
    width, height, frames = container.width, container.height, container.frames
    pixels = width * height
    if not pixels:
        raise DamagedError("no pixels")
    if pixels > limits.pixels or max(width, height) > limits.side:
        facts = {"width": width, "height": height, "megapixels": limits.pixels // 10**6, "side": limits.side}
        raise PhotoError(name, "too_many_pixels", **facts)
    if container.scans > min(limits.jpeg_scans, limits.jpeg_scan_pixels // pixels):
        raise TooComplexError("too many scans")
    if frames > 1 and (frames > limits.animation_frames or frames * pixels > limits.animation_pixels):
        raise PhotoError(name, "too_long_animation", frames=frames, width=width, height=height)
