"""Similarities that need no reference: photo and text, photo and photo, source and output.

Light on purpose (no ``evaluate``): the service calls these for every ad. All take unit embeddings of one
``models.clip.base.ImageTextEncoder``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from torch import Tensor

    from models.clip.base import ImageTextEncoder
    from models.photo import Photo

CLIPSCORE_WEIGHT = 2.5
UNIT_TOLERANCE = 1e-3


class ClipScores(TypedDict):
    """CLIPScore of one text: cosines cut to 0..1, one a photo, their mean and max; ``hessel_*`` are 2.5 times those."""

    clipscore_per_photo: list[float]
    clipscore_mean: float
    clipscore_max: float
    hessel_mean: float
    hessel_max: float


class PhotoSimilarities(TypedDict):
    """Mean and max cosine over the pairs of photos of one ad; None when there is no pair."""

    photo_photo_mean: float | None
    photo_photo_max: float | None


def clipscore(photo_embeddings: Tensor, text_embedding: Tensor) -> ClipScores:
    """CLIPScore of a text against every photo of its ad.

    Hessel et al. 2021 (arXiv:2104.08718) define ``2.5 · max(cos, 0)``; without the factor the range is 0..1, which is
    what the page shows; both come back.

    Args:
        photo_embeddings: ``(N, D)`` unit vectors, N ≥ 1.
        text_embedding: ``(D,)`` unit vector.

    Raises:
        ValueError: no photo, shapes that do not fit, or vectors that are not of unit length.
    """
    _check_unit(photo_embeddings, "photo embeddings")
    _check_unit(text_embedding[None], "text embedding")
    per_photo = (photo_embeddings @ text_embedding).clamp(0, 1).tolist()
    mean, highest = sum(per_photo) / len(per_photo), max(per_photo)
    return ClipScores(
        clipscore_per_photo=per_photo,
        clipscore_mean=mean,
        clipscore_max=highest,
        hessel_mean=CLIPSCORE_WEIGHT * mean,
        hessel_max=CLIPSCORE_WEIGHT * highest,
    )


def clipscore_of(encoder: ImageTextEncoder, photos: Sequence[Photo], text: str) -> ClipScores:
    """``clipscore`` of photos and a text, embedded by ``encoder`` (photos at most once, see ``models.photo``)."""
    return clipscore(encoder.encode_photos(photos), encoder.encode_texts([text])[0])


def photo_similarity(photo_embeddings: Tensor) -> PhotoSimilarities:
    """How alike the photos of one ad are: cosines (−1..1) over all pairs.

    Args:
        photo_embeddings: ``(N, D)`` unit vectors, N ≥ 1.

    Raises:
        ValueError: no photo, or vectors that are not of unit length.
    """
    _check_unit(photo_embeddings, "photo embeddings")
    n = len(photo_embeddings)
    if n == 1:
        return PhotoSimilarities(photo_photo_mean=None, photo_photo_max=None)
    cosines = photo_embeddings @ photo_embeddings.T
    pairs = cosines[cosines.new_ones(n, n).triu(diagonal=1).bool()].clamp(-1, 1)
    return PhotoSimilarities(photo_photo_mean=pairs.mean().item(), photo_photo_max=pairs.max().item())


def source_output_clip(source_embedding: Tensor, output_embedding: Tensor) -> float:
    """Cosine (−1..1) of the ad's own text and the generated one in the text tower of an image-text encoder.

    Args:
        source_embedding: ``(D,)`` unit vector.
        output_embedding: ``(D,)`` unit vector.

    Raises:
        ValueError: vectors that are not of unit length or not of one width.
    """
    _check_unit(source_embedding[None], "source embedding")
    _check_unit(output_embedding[None], "output embedding")
    return (source_embedding @ output_embedding).clamp(-1, 1).item()


def _check_unit(vectors: Tensor, name: str) -> None:
    if vectors.dim() != 2 or not len(vectors):
        raise ValueError(f"{name}: expected at least one vector, got shape {tuple(vectors.shape)}")
    if not ((vectors.norm(dim=-1) - 1).abs() < UNIT_TOLERANCE).all():
        raise ValueError(f"{name}: expected unit vectors, got norms {vectors.norm(dim=-1).tolist()[:5]}")
