"""One photo of an ad, decoded once, with everything computed from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PIL import Image


@dataclass(eq=False)
class Photo:
    """A decoded photo.

    Attributes:
        name: file name as the seller knows it.
        image: RGB, EXIF orientation applied, longest side at most 1,536 px.
        frames: further frames sampled from an animated GIF (photo moderation looks at them too).
        computed: results by the name of what computed them, so that no encoder sees a photo twice.
    """

    name: str
    image: Image.Image
    frames: tuple[Image.Image, ...] = ()
    computed: dict[str, Any] = field(default_factory=dict, repr=False)


def computed_once(key: str, photos: Sequence[Photo], compute: Callable[[list[Photo]], Sequence[Any]]) -> list[Any]:
    """Return ``compute``'s result for every photo, calling it once for those that lack ``key``.

    Args:
        key: name of the result, for example the name of an encoder.
        compute: maps a list of photos to as many results.
    """
    missing = list({id(photo): photo for photo in photos if key not in photo.computed}.values())
    if missing:
        for photo, result in zip(missing, compute(missing), strict=True):
            photo.computed[key] = result
    return [photo.computed[key] for photo in photos]
