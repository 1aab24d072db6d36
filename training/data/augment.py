"""Augmented copies: one photo becomes several that look as if the same item had been photographed again."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from training.data.record import AdRecord

QUALITY = 90
# Letters would read backwards, and what is told to be on one side would be on the other.
_ONE_SIDED = re.compile(
    r"надпис|букв|логотип|слоган|цифр|номер|принт|рисун|нашивк|эмблем|\bлев(?:ый|ая|ое|ой|ом)\b|\bправ(?:ый|ая|ое|ой|ом)\b"
    r"|слева|справа",
    re.IGNORECASE,
)


def may_flip(record: AdRecord) -> bool:
    """Whether a mirrored photo would still show what the texts of the ad say."""
    return not _ONE_SIDED.search(f"{record.prompt} {record.text}")


def copy_count(place: int, factor: float) -> int:
    """How many photos the ad at ``place`` gets, so that any first n ads have ``n * factor`` photos, rounded down."""
    return int((place + 1) * factor + 1e-9) - int(place * factor + 1e-9)


def augmented(image: Image.Image, random: np.random.Generator, flip: bool) -> Image.Image:
    """One fresh copy of an RGB photo: crop, small turn, light, and at times mirror and blurred background."""
    copy = image
    if random.random() < 0.5:
        copy = _blur_background(copy, random)
    if flip and random.random() < 0.5:
        copy = copy.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    copy = _turned_and_cropped(copy, random)
    return _lit(copy, random)


def encode(image: Image.Image) -> bytes:
    """JPEG bytes, the same ones for the same pixels."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _turned_and_cropped(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Turn by up to 8° and cut away the empty corners and up to a fifth of each side; the size stays in proportion."""
    width, height = image.size
    most = min(8.0, 20 * min(image.size) / max(image.size))  # a turned strip would lose too much
    angle = random.uniform(-most, most)
    turned = image.rotate(angle, Image.Resampling.BICUBIC)
    lost = abs(np.sin(np.radians(angle)))  # the share of each side that a turn empties at most
    zoom = random.uniform(0.8, 1.0)
    kept_width = (width - height * lost) * zoom
    kept_height = (height - width * lost) * zoom
    left = (width - kept_width) / 2 + random.uniform(-0.5, 0.5) * kept_width * (1 / zoom - 1)
    top = (height - kept_height) / 2 + random.uniform(-0.5, 0.5) * kept_height * (1 / zoom - 1)
    box = (round(left), round(top), round(left + kept_width), round(top + kept_height))
    return turned.crop(box)


def _lit(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Another light: brightness, contrast, saturation and a slightly warm or cold cast; colours stay nameable."""
    for enhancer, spread in ((ImageEnhance.Brightness, 0.2), (ImageEnhance.Contrast, 0.15), (ImageEnhance.Color, 0.12)):
        image = enhancer(image).enhance(random.uniform(1 - spread, 1 + spread))
    warmth = random.uniform(-0.05, 0.05)
    tables = [[min(255, int(v * gain + 0.5)) for v in range(256)] for gain in (1 + warmth, 1.0, 1 - warmth)]
    return image.point([value for table in tables for value in table])


def _blur_background(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Blur what lies outside an ellipse around the middle, where people put the item."""
    width, height = image.size
    reach_x, reach_y = random.uniform(0.38, 0.48, 2) * image.size
    middle_x, middle_y = (0.5 + random.uniform(-0.04, 0.04, 2)) * image.size
    kept = Image.new("L", (width // 8 or 1, height // 8 or 1))
    corners = (middle_x - reach_x, middle_y - reach_y, middle_x + reach_x, middle_y + reach_y)
    ImageDraw.Draw(kept).ellipse([corner / 8 for corner in corners], fill=255)
    soft = kept.filter(ImageFilter.GaussianBlur(max(kept.size) / 20)).resize(image.size, Image.Resampling.BILINEAR)
    blurred = image.filter(ImageFilter.GaussianBlur(max(image.size) / random.uniform(80, 160)))
    return Image.composite(image, blurred, soft)
