"""The photo-text match over many (photo, text) pairs: every photo and text is embedded once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from models.photo_files import PhotoError, read_photo
from moderation.match import MatchJudge, TextEvidence

BATCH = 32


def match_pairs(judge: MatchJudge, pairs: Sequence[Mapping[str, Any]], folder: Path) -> Iterator[dict[str, Any]]:
    """Yield every pair with ``cosine, probability, accepted``; None, and ``error``, where a photo cannot be read.

    Args:
        judge: of the match; each pair counts as an ad of one photo.
        pairs: ``{"photo": name in folder, "text": …}``; other keys are kept.
        folder: where the photos are.

    Raises:
        ValueError: a pair lacks ``photo`` or ``text``.
    """
    for number, pair in enumerate(pairs, 1):
        if not isinstance(pair.get("photo"), str) or not isinstance(pair.get("text"), str):
            raise ValueError(f"line {number}: needs the strings photo and text")
    vectors, errors = _embed_photos(judge, list(dict.fromkeys(pair["photo"] for pair in pairs)), folder)
    texts = _embed_texts(judge, list(dict.fromkeys(pair["text"] for pair in pairs)))
    for pair in pairs:
        photo, text = vectors.get(pair["photo"]), texts[pair["text"]]
        if photo is None or text is None:
            error = errors.get(pair["photo"], "there is no text")
            yield {**pair, "cosine": None, "probability": None, "accepted": None, "error": error}
        else:
            yield {**pair, **vars(judge.score(photo.unsqueeze(0), text)[0])}


def _embed_photos(judge: MatchJudge, names: Sequence[str], folder: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Embeddings of the photos that can be read, and what is wrong with the others; pixels are not kept."""
    vectors: dict[str, Tensor] = {}
    errors: dict[str, str] = {}
    for start in range(0, len(names), BATCH):
        read = {}
        for name in names[start : start + BATCH]:
            try:
                read[name] = read_photo(folder / name)
            except PhotoError as error:
                errors[name] = str(error)
        vectors.update(zip(read, judge.encoder.encode_photos(list(read.values())), strict=True))
        _progress("photos", min(start + BATCH, len(names)), len(names))
    return vectors, errors


def _embed_texts(judge: MatchJudge, texts: Sequence[str]) -> dict[str, TextEvidence | None]:
    """Every text as the judge sees it; None for an empty one."""
    read: dict[str, TextEvidence | None] = {}
    for done, text in enumerate(texts, 1):
        read[text] = judge.read(text) if text.strip() else None
        if done % 200 == 0 or done == len(texts):
            _progress("texts", done, len(texts))
    return read


def _progress(what: str, done: int, of: int) -> None:
    print(f"{what}: {done} of {of}", file=sys.stderr)
