"""What tells near-copies of photos apart: a perceptual hash and image features, computed once a photo."""

from __future__ import annotations

import hashlib
import io
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from models.checkpoint import CHECKPOINTS
from models.photo import Photo
from models.photo_files import PhotoError, read_photo

if TYPE_CHECKING:
    from models.vision import VisionEncoder

VISION = "clothes-lite0"
STORE = Path(".cache/fingerprints.sqlite")
HASH_BITS = 64


@dataclass(frozen=True)
class Fingerprint:
    """One photo.

    Attributes:
        hash: 64-bit perceptual hash (``imagehash.phash``: signs of the low DCT frequencies).
        features: (D,) float32 unit vector, mean-pooled image features of the backbone ``VISION``.
    """

    hash: int
    features: np.ndarray


def load_photo(photo: Path | bytes) -> Photo:
    """Decode a file or encoded bytes of our own; raises PhotoError for a file that is broken or no photo."""
    if isinstance(photo, Path):
        return read_photo(photo)
    with Image.open(io.BytesIO(photo)) as image:
        return Photo("", image.convert("RGB"))


def fingerprint(photo: Path) -> Fingerprint | str:
    """The fingerprint of a file, or why it cannot be used."""
    try:
        return fingerprint_of(load_photo(photo))
    except PhotoError as error:
        return error.rule


def fingerprint_of(photo: Photo) -> Fingerprint:
    """The fingerprint of a decoded photo; one photo a time, so that the floats do not depend on others."""
    import imagehash

    bits = imagehash.phash(photo.image).hash.flatten()
    features = vision().features([photo])[0].mean((1, 2)).numpy()
    return Fingerprint(int.from_bytes(np.packbits(bits).tobytes()), features / max(np.linalg.norm(features), 1e-12))


def vision() -> VisionEncoder:
    """The backbone of the features; one thread, so that the floats are those of every other worker."""
    import torch

    from models.vision import load_vision

    torch.set_num_threads(1)
    return load_vision(VISION)


def feature_model() -> str:
    """Name and digest of the weights that make the features."""
    with (CHECKPOINTS / "vision" / VISION / "model.safetensors").open("rb") as weights:
        return f"{VISION} {hashlib.file_digest(weights, 'sha256').hexdigest()[:16]}"


class FingerprintStore:
    """Fingerprints on disk by content, so that a rebuild, or a build after a kill, computes only what is new.

    Args:
        path: SQLite file; entries made by other weights of the backbone are not used.
    """

    def __init__(self, path: Path = STORE) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._model = feature_model()
        self._base = sqlite3.connect(path)
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS photos"
            " (model TEXT, digest TEXT, reason TEXT, hash BLOB, features BLOB, PRIMARY KEY (model, digest))"
        )

    def close(self) -> None:
        self._base.close()

    def ensure(
        self, photos: Sequence[Path], compute: Callable[[Iterable[Path]], Iterator[Fingerprint | str]]
    ) -> list[Fingerprint | str]:
        """The fingerprint of each file (or why it has none), those not in the store from ``compute``.

        A file that is missing is told, not stored: it may come.
        """
        digests = [_digest(photo) for photo in photos]
        found = {digest: self._get(digest) for digest in set(digests) if digest}
        missing = {d: p for d, p in zip(digests, photos, strict=True) if d and found[d] is None}
        for digest, result in zip(missing, compute(missing.values()), strict=True):
            found[digest] = result
            self._put(digest, result)
        self._base.commit()
        return [found[digest] if digest else "missing" for digest in digests]

    def _get(self, digest: str) -> Fingerprint | str | None:
        query = "SELECT reason, hash, features FROM photos WHERE model = ? AND digest = ?"
        row = self._base.execute(query, (self._model, digest)).fetchone()
        if row is None:
            return None
        return row[0] or Fingerprint(int.from_bytes(row[1]), np.frombuffer(row[2], np.float32))

    def _put(self, digest: str, result: Fingerprint | str) -> None:
        values: tuple[Any, ...] = (result, None, None)
        if isinstance(result, Fingerprint):
            values = (None, result.hash.to_bytes(8), result.features.astype(np.float32).tobytes())
        self._base.execute("INSERT OR REPLACE INTO photos VALUES (?, ?, ?, ?, ?)", (self._model, digest, *values))


def _digest(photo: Path) -> str:
    try:
        with photo.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
