"""Which captioner writes, and which photos it reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.captioners.base import Captioner
from models.clip.base import ImageTextEncoder
from models.photo import Photo
from pipeline.settings import Settings


def captioner_name(settings: Settings, chosen: str | None, photos: Sequence[Any]) -> str:
    """The seller's choice or the default; an ad without photos goes to the single-photo checkpoint of the settings."""
    if not photos:
        return settings.text_captioner
    return chosen or settings.captioner


def photos_for(
    captioner: Captioner, photos: Sequence[Photo], text: str, encoder: ImageTextEncoder
) -> tuple[Photo, ...]:
    """All photos for a many-photo captioner, else the one that fits the text best, or the most central one."""
    if captioner.inputs.photos == "many" or len(photos) < 2:
        return tuple(photos)
    embeddings = encoder.encode_photos(photos)
    target = encoder.encode_texts([text])[0] if text.strip() else embeddings.mean(0)
    return (photos[int((embeddings @ target).argmax())],)
