"""From a checked file to pixels: RGB on white, upright, no larger than needed, at the least memory the decoders allow."""

from __future__ import annotations

import io
import re
from contextlib import closing

import numpy as np
from PIL import Image

from models.photo_containers import Container, DamagedError

STRIP_ROWS = 32


def decode(container: Container, side: int, sampled: int, sampled_side: int) -> list[Image.Image]:
    """Return the picture and, of an animation, further frames spread evenly: RGB, upright, small.

    Args:
        side: the longer side of the picture at most.
        sampled: frames beside the first.
        sampled_side: the longer side of those at most.

    Raises:
        DamagedError: with whatever the decoder said.
    """
    try:
        if container.format == "jpeg":
            images = [_shown(_decode_jpeg(container, side), side)]
        else:
            images = _decode_frames(container, side, sampled, sampled_side)
    except (MemoryError, DamagedError):
        raise
    except Exception as error:  # on hostile bytes decoders raise whatever their parsers stumble over
        raise DamagedError(str(error)) from error
    return [_upright(image, container.orientation) for image in images]


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


def _decode_frames(container: Container, side: int, sampled: int, sampled_side: int) -> list[Image.Image]:
    """Decode a PNG or GIF."""
    # ``closing`` frees the pixels at once, ``with`` alone leaves them to the garbage collector.
    with closing(Image.open(io.BytesIO(container.data), formats=[container.format.upper()])) as file:
        file.load()
        images = [_shown(file, side)]
        last = min(container.frames, getattr(file, "n_frames", 1)) - 1
        count = min(last, sampled)
        for k in range(count):
            file.seek(last * (k + 1) // count)
            images.append(_shown(file, sampled_side))
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
