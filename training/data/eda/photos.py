"""One look at every photo file: does it decode, how large and bright is it, which others is it a near-copy of."""

from __future__ import annotations

import io
import os
import tempfile
from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from models.photo import Photo
from models.photo_files import PhotoError, PhotoLimits, read_photo

SMALL_SIDE = 200  # pixels; a photo whose longer side is shorter shows a buyer little
DARK, BRIGHT = 40, 225  # mean luma, of 255
_KEPT_SIDE = 256


class Look(NamedTuple):
    """What one file showed; ``error`` says why it could not be read."""

    width: int = 0
    height: int = 0
    luma: float = 0.0
    contrast: float = 0.0
    hash: int = 0
    error: str = ""


class Place(NamedTuple):
    """A photo and the ad it belongs to."""

    ad: str
    split: str
    index: int
    photo: Path | bytes


@dataclass
class PhotoCensus:
    """Running counts over photos; of each there remain its hash (8 bytes), its ad's number and its split.

    Attributes:
        sides, luma, contrast: photos by longer side (to 20 px), mean luma and its deviation.
        broken: (ad, index, reason) of the files that cannot be read, the first 1,000.
    """

    seen: int = 0
    sides: Counter[int] = field(default_factory=Counter)
    ratio: Counter[float] = field(default_factory=Counter)
    luma: Counter[int] = field(default_factory=Counter)
    contrast: Counter[int] = field(default_factory=Counter)
    broken_count: int = 0
    broken: list[tuple[str, int, str]] = field(default_factory=list)
    hashes: array = field(default_factory=lambda: array("Q"))
    ad_numbers: array = field(default_factory=lambda: array("L"))
    splits: array = field(default_factory=lambda: array("B"))

    def add(self, place: Place, ad_number: int, split_number: int, look: Look) -> None:
        self.seen += 1
        if look.error:
            self.broken_count += 1
            self.broken += [(place.ad, place.index, look.error)] if len(self.broken) < 1000 else []
            return
        self.sides[max(look.width, look.height) // 20 * 20] += 1
        self.ratio[round(look.width / look.height, 1)] += 1
        self.luma[round(look.luma)] += 1
        self.contrast[round(look.contrast)] += 1
        self.hashes.append(look.hash)
        self.ad_numbers.append(ad_number)
        self.splits.append(split_number)


def look(place: Place) -> Look:
    """Decode a photo strictly, but small: the decoder still reads all of the file's data."""
    import imagehash

    photo = place.photo
    try:
        image = open_photo(photo, _KEPT_SIDE).image
        with Image.open(photo if isinstance(photo, Path) else io.BytesIO(photo)) as file:
            width, height = file.size
    except PhotoError as error:
        return Look(error=str(error).partition(": ")[2])
    pixels = np.asarray(image.convert("L"), np.float32)
    bits = np.packbits(imagehash.phash(image).hash.flatten())
    return Look(width, height, float(pixels.mean()), float(pixels.std()), int.from_bytes(bits.tobytes()))


def open_photo(photo: Path | bytes, side: int = 1536) -> Photo:
    """Read a photo that is a file or, out of a tar, its bytes; raises PhotoError."""
    limits = PhotoLimits(kept_side=side)
    if isinstance(photo, Path):
        return read_photo(photo, limits)
    handle, name = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(photo)
        return read_photo(Path(name), limits)
    finally:
        Path(name).unlink()
