"""Picture files made on the fly for the tests: honest, broken and hostile ones."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.photo_files import LIMITS, PhotoError, PhotoLimits, read_photo

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def picture(width: int = 80, height: int = 60) -> Image.Image:
    """A smooth colour picture: red grows to the right, green downwards, blue is constant."""
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.dstack([across, down, np.full_like(down, 128)]).astype(np.uint8))


def noise(width: int = 80, height: int = 60, seed: int = 0) -> Image.Image:
    """A picture whose JPEG data is dense, so that damage cannot hide."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def encoded(image: Image.Image, format: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, rows: bytes, depth: int = 8, color: int = 2, extra: bytes = b"") -> bytes:
    """A PNG of unfiltered ``rows`` (each with its leading filter byte), ``extra`` chunks before the pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
    return PNG_SIGNATURE + header + extra + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")


def inflated(size: int) -> bytes:
    """Compressed zeros: about a thousandth of ``size`` bytes."""
    stream = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join(stream.compress(block) for _ in range(size >> 20)) + stream.flush()


def exif(orientation: int, order: str = "<") -> bytes:
    """A TIFF block whose first directory holds only the orientation."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    return start + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def gif_comment(size: int) -> bytes:
    """A GIF comment extension of ``size`` bytes, in blocks of 255."""
    return b"!\xfe" + (b"\xff" + bytes(255)) * (size // 255) + b"\0"


def jpeg_of_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is repeated ``count`` times."""
    data = encoded(picture(), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + scan * count + b"\xff\xd9"


def rule_of(path: Path, limits: PhotoLimits = LIMITS) -> str:
    """The rule a file breaks; fails for a file that is accepted or not named in the message."""
    with pytest.raises(PhotoError) as caught:
        read_photo(path, limits)
    assert str(caught.value).startswith(f"{path.name}: "), "the message names the file"
    return caught.value.rule
