"""What a JPEG, PNG or GIF file says about itself, read before any of its pixels is decoded.

Each reader walks the blocks of its format in linear time and hands on only those that make the picture: profiles,
comments, texts, thumbnails and further pictures of a phone's multi-picture file stay behind, so none of them can cost
the decoder time or memory. What the decoders do not check (checksums, the end of the file, the number of scans) is
checked here.

Sources: ITU-T T.81 annex B (JPEG), the W3C PNG specification (third edition), the GIF89a specification, TIFF 6.0
(Exif).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Format = Literal["jpeg", "png", "gif"]


class DamagedError(ValueError):
    """The file breaks off or contradicts itself."""


class TooComplexError(ValueError):
    """The file is built to keep a decoder busy: no camera or editor writes so many blocks."""


@dataclass(frozen=True)
class Container:
    """A file reduced to its picture.

    Attributes:
        format: of the content, whatever the file is called.
        data: the file without what does not make the picture.
        width, height: pixels as stored, before ``orientation``.
        components: colour channels a JPEG stores (1 grey, 3 colour, 4 CMYK); 0 elsewhere.
        scans: passes over the pixels a JPEG decoder must make; 1 elsewhere.
        frames: pictures of an animation; 1 for a still one.
        orientation: Exif orientation, 1..8.
    """

    format: Format
    data: bytes
    width: int
    height: int
    components: int = 0
    scans: int = 1
    frames: int = 1
    orientation: int = 1


# Cameras and editors stay far below: 25 MB are some 100,000 GIF blocks of 255 bytes or 3,200 PNG blocks of 8 KB.
MAX_BLOCKS = 200_000


def read_container(data: bytes) -> Container | None:
    """Return the picture of a file, or None where the content is no JPEG, PNG or GIF.

    Raises:
        DamagedError: the file breaks off or contradicts itself.
        TooComplexError: it has more blocks than any honest file.
    """
    for signature, reader in READERS.items():
        if data.startswith(signature):
            try:
                return reader(data)
            except (struct.error, IndexError) as error:
                raise DamagedError("the file breaks off") from error
    return None


# --- JPEG ---

# A marker ends coded data: FF and a byte that is neither stuffing (00), nor a restart (D0..D7), nor a fill byte (FF).
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SOI, _EOI, _SOS, _TEM, _APP0, _APP1, _APP14 = 0xD8, 0xD9, 0xDA, 0x01, 0xE0, 0xE1, 0xEE
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
_JPEG_KEPT = _FRAME_HEADERS | _TABLES | {_SOS, _APP0, _APP14}


def _jpeg_blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker code, block with its marker) up to the end of the first picture; a scan holds its coded data.

    Phones append depth maps and further pictures after that end (MPO, CIPA DC-007).
    """
    position = 2
    for _ in range(MAX_BLOCKS):
        marker = _MARKER.search(data, position)
        if marker is None:
            raise DamagedError("the file breaks off")
        start, code = marker.start(), data[marker.start() + 1]
        if code == _EOI:
            return
        if code == _SOI:
            raise DamagedError("a picture begins inside a picture")
        position = start + 2
        if code == _TEM:  # the one other marker without a length
            continue
        (length,) = struct.unpack_from(">H", data, position)
        position += length
        if length < 2 or position > len(data):
            raise DamagedError("a block breaks off")
        if code == _SOS:
            following = _MARKER.search(data, position)
            position = following.start() if following else len(data)
        yield code, data[start:position]
    raise TooComplexError("too many blocks")


def _read_jpeg(data: bytes) -> Container:
    """Keep tables, frame header, scans and the two application blocks that say how colours are stored."""
    kept = [b"\xff\xd8"]
    frame: tuple[int, int, int] | None = None
    scans, orientation = 0, 1
    for code, block in _jpeg_blocks(data):
        if code in _FRAME_HEADERS:
            if frame:
                raise DamagedError("two frame headers")
            height, width, components = struct.unpack_from(">HHB", block, 5)
            frame = width, height, components
        elif code == _APP1 and orientation == 1 and block[4:10] == b"Exif\0\0":
            orientation = exif_orientation(block[10:])
        scans += code == _SOS
        if code in _JPEG_KEPT:
            kept.append(block)
    if frame is None or not scans:
        raise DamagedError("no picture inside")
    return Container("jpeg", b"".join([*kept, b"\xff\xd9"]), *frame, scans=scans, orientation=orientation)


def exif_orientation(tiff: bytes) -> int:
    """Return the orientation (1..8) of the first directory of an Exif block, 1 where it says none.

    Read by hand because a full parser follows every entry of a forged directory, which costs gigabytes.
    """
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (offset,) = struct.unpack_from(f"{order}I", tiff, 4)
        (count,) = struct.unpack_from(f"{order}H", tiff, offset)
        for entry in range(offset + 2, offset + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(f"{order}HH", tiff, entry)
            if tag == 0x0112 and kind in (3, 4):
                (value,) = struct.unpack_from(f"{order}{'H' if kind == 3 else 'I'}", tiff, entry + 8)
                return value if 1 <= value <= 8 else 1
    except struct.error:  # a damaged Exif block says nothing about the picture
        pass
    return 1


# --- PNG ---

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"acTL", b"fcTL", b"fdAT"})
_PNG_PALETTE = 3


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, body) up to the end chunk, each checked against its CRC."""
    position = len(_PNG_SIGNATURE)
    for _ in range(MAX_BLOCKS):
        length, kind = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, position + 8 + length)
        if checksum != zlib.crc32(body, zlib.crc32(kind)):
            raise DamagedError("a checksum does not match")
        yield kind, body
        if kind == b"IEND":
            return
        position += 12 + length
    raise TooComplexError("too many blocks")


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _read_png(data: bytes) -> Container:
    """Keep header, palette, transparency, animation and pixels, the pixels in one chunk."""
    before: list[bytes] = []
    after: list[bytes] = []
    pixels: list[bytes] = []
    kinds: set[bytes] = set()
    orientation, frames = 1, 0
    header = b""
    for kind, body in _png_chunks(data):
        if not kinds and kind != b"IHDR":
            raise DamagedError("no header")
        if kind == b"IHDR":
            header = header or body
        if kind == b"IDAT":
            pixels.append(body)
        elif kind == b"eXIf":
            orientation = exif_orientation(body)
        elif kind in _PNG_KEPT:
            frames += kind == b"fcTL"
            (after if pixels else before).append(_png_chunk(kind, body))
        kinds.add(kind)
    width, height, color_type = struct.unpack_from(">IIxB", header)
    if not pixels or (color_type == _PNG_PALETTE and b"PLTE" not in kinds):
        raise DamagedError("no picture inside")
    kept = [_PNG_SIGNATURE, *before, _png_chunk(b"IDAT", b"".join(pixels)), *after, _png_chunk(b"IEND", b"")]
    return Container("png", b"".join(kept), width, height, frames=max(1, frames), orientation=orientation)


# --- GIF ---

_EXTENSION, _IMAGE, _TRAILER, _GRAPHIC_CONTROL = 0x21, 0x2C, 0x3B, 0xF9


def _table_bytes(flags: int) -> int:
    """Size of the colour table announced by a flags byte."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, position: int, budget: int) -> tuple[int, int]:
    """Skip sub-blocks (length byte, bytes, …, zero); return the place after them and what is left of ``budget``."""
    while length := data[position]:
        position += 1 + length
        budget -= 1
        if budget < 0:
            raise TooComplexError("too many blocks")
    return position + 1, budget


def _read_gif(data: bytes) -> Container:
    """Keep the pictures and their timing; comments (which Pillow joins in quadratic time) and the like are left out."""
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + _table_bytes(flags)
    kept = [data[:position]]
    frames, budget = 0, MAX_BLOCKS
    while (kind := data[position]) != _TRAILER:
        start = position
        if kind == _EXTENSION:
            position, budget = _after_blocks(data, start + 2, budget - 1)
            keep = data[start + 1] == _GRAPHIC_CONTROL
        elif kind == _IMAGE:
            left, top, across, down, flags = struct.unpack_from("<HHHHB", data, start + 1)
            width, height = max(width, left + across), max(height, top + down)
            position, budget = _after_blocks(data, start + 11 + _table_bytes(flags), budget - 1)
            frames += 1
            keep = True
        else:
            raise DamagedError("an unknown block")
        if keep:
            kept.append(data[start:position])
    if not frames:
        raise DamagedError("no picture inside")
    return Container("gif", b"".join([*kept, b";"]), width, height, frames=frames)


READERS = {b"\xff\xd8\xff": _read_jpeg, _PNG_SIGNATURE: _read_png, b"GIF87a": _read_gif, b"GIF89a": _read_gif}
