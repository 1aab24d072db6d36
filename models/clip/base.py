"""The interface of every image-text encoder: photos and texts in one space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.photo import Photo

if TYPE_CHECKING:  # the app starts before torch is loaded
    import torch


class ImageTextEncoder(ABC):
    """Embeds photos and texts as unit vectors of one space (Radford et al. 2021, CLIP).

    Attributes:
        name: folder name of the checkpoint; also the key under which a photo keeps its embedding.
        dim: D, the width of the embeddings.
    """

    name: str
    dim: int

    @abstractmethod
    def encode_photos(self, photos: Sequence[Photo]) -> torch.Tensor:
        """Return ``(N, D)`` float32 unit vectors; each photo is run once and remembered in ``photo.computed``."""

    @abstractmethod
    def encode_texts(self, texts: Sequence[str]) -> torch.Tensor:
        """Return ``(N, D)`` float32 unit vectors."""
