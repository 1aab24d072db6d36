"""From an uploaded file to a ``Photo``, whoever made the file and whatever for.

Order matters: the file system first (links, sizes), then the structure (``photo_containers``), then the limits, and
only then pixels, so that no file costs more than the largest honest photo.
"""

from __future__ import annotations

import io
import os
import re
import stat
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from models.photo import Photo
from models.photo_containers import Container, DamagedError, TooComplexError, read_container

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
STRIP_ROWS = 32

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
        images = _decode(container, limits)
    except DamagedError as error:
        raise PhotoError(name, "damaged") from error
    except TooComplexError as error:
        raise PhotoError(name, "too_complex") from error
    first, *frames = (_upright(image, container.orientation) for image in images)
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


def _decode(container: Container, limits: PhotoLimits) -> list[Image.Image]:
    """Return the first picture and the sampled frames, RGB and small, as stored (not yet upright).

    Raises:
        DamagedError: with whatever the decoder said.
    """
    try:
        if container.format == "jpeg":
            return [_shown(_decode_jpeg(container, limits.kept_side), limits.kept_side)]
        return _decode_frames(container, limits)
    except (MemoryError, DamagedError):
        raise
    except Exception as error:  # on hostile bytes decoders raise whatever their parsers stumble over
        raise DamagedError(str(error)) from error


def _decode_jpeg(container: Container, side: int) -> Image.Image:
    """Decode at a fraction of the size where the photo is larger than needed.

    By ``simplejpeg`` because Pillow and OpenCV swallow the decoder's warnings: half a photo lost to zeros passes there.
    """
    width, height = _fitted((container.width, container.height), side)
    colors = {1: "GRAY", 3: "RGB", 4: "CMYK"}.get(container.components)
    if colors is None:
        raise DamagedError(f"{container.components} colour channels")
    pixels = _decode_strictly(container.data, colors, width, height)
    if colors == "GRAY":
        return Image.fromarray(pixels[:, :, 0])
    # Four channels are stored inverted, as Adobe does; Pillow and browsers assume the same.
    return Image.fromarray(pixels) if colors == "RGB" else Image.fromarray(255 - pixels, "CMYK")


# Some cameras pad the coded data to an even length; more than that left over means that something was lost.
_PADDING = re.compile(r"\b[1-4] extraneous bytes before marker 0xd9")


def _decode_strictly(data: bytes, colors: str, width: int, height: int) -> np.ndarray:
    """Return (H, W, C) bytes of at least the given size; raises ValueError for anything amiss but padding."""
    import simplejpeg

    options = {"min_width": width, "min_height": height, "min_factor": 1}
    try:
        return simplejpeg.decode_jpeg(data, colors, **options, strict=True)
    except ValueError as error:
        if not _PADDING.search(str(error)):
            raise
        return simplejpeg.decode_jpeg(data, colors, **options, strict=False)


def _decode_frames(container: Container, limits: PhotoLimits) -> list[Image.Image]:
    """Decode a PNG or GIF, and of an animation the first frame and some later ones, spread evenly."""
    # ``closing`` frees the pixels at once, ``with`` alone leaves them to the garbage collector.
    with closing(Image.open(io.BytesIO(container.data), formats=[container.format.upper()])) as file:
        file.load()
        images = [_shown(file, limits.kept_side)]
        last = min(container.frames, getattr(file, "n_frames", 1)) - 1
        count = min(last, limits.sampled_frames)
        for k in range(count):
            file.seek(last * (k + 1) // count)
            images.append(_shown(file, limits.frame_side))
    return images


def _fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Return ``size`` scaled so that its longer side is at most ``side``."""
    scale = min(1.0, side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _shown(image: Image.Image, side: int) -> Image.Image:
    """Return an RGB copy as a viewer would show it on a white page, at most ``side`` pixels."""
    size = _fitted(image.size, side)
    factor = min(image.width // size[0], image.height // size[1]) // 2
    if factor < 2:
        flat = _on_white(image)
        return flat if size == image.size else flat.resize(size, Image.Resampling.LANCZOS)
    box = (0, 0, image.width / factor, image.height / factor)
    return _reduced(image, factor).resize(size, Image.Resampling.LANCZOS, box)


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """Average squares of ``factor`` pixels, strip by strip: a second copy of 60 megapixels would not fit the memory."""
    small = Image.new("RGB", (-(-image.width // factor), -(-image.height // factor)))
    rows = STRIP_ROWS * factor
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        small.paste(_on_white(strip).reduce(factor), (0, top // factor))
    return small


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "I;16":
        image = _eight_bits(image)
    if image.mode in ("LA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey to 8 bits (Pillow's own conversion clips at 255); the transparent grey becomes white."""
    deep = np.asarray(image)
    shallow = (deep >> 8).astype(np.uint8)
    if "transparency" in image.info:
        shallow[deep == image.info["transparency"]] = 255
    return Image.fromarray(shallow)


_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turn and mirror as Exif says (the table of ``PIL.ImageOps.exif_transpose``)."""
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image
