"""One item (or a pair, or many identical ones) or several different items? A score and the hidden token of the prompt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from models.checkpoint import CHECKPOINTS, load_weights, read_card
from models.language import HIDDEN_TOKENS
from models.photo import Photo
from pipeline.diversity_features import photo_features, text_features

SINGLE, VARIATIVE = HIDDEN_TOKENS


class DiversityJudge:
    """Logistic regressions over the text, over the likeness of the photos, and over both answers.

    Args:
        name: folder under ``checkpoints/diversity``.
        root: folder of all checkpoints.

    Raises:
        FileNotFoundError: the checkpoint is not there.
    """

    def __init__(self, name: str = "supervised", root: Path = CHECKPOINTS) -> None:
        folder = root / "diversity" / name
        self.card = read_card(folder)
        self.weights = {key: value.numpy() for key, value in load_weights(folder / "model.safetensors").items()}

    @cached_property
    def vision(self) -> Any:
        from models.vision import load_vision

        return load_vision(self.card["parts"]["vision"])

    def score(self, text: str, photos: Sequence[Photo]) -> float:
        """0 (one item) to 1 (several different ones), from what there is of text and photos."""
        features = self.vision.features(photos).mean((2, 3)).numpy() if photos else np.empty((0, 0))
        return self.score_features(text, features)

    def score_features(self, text: str, features: np.ndarray) -> float:
        """The same from (N, D) mean-pooled features of the photos, N may be 0."""
        text_logit = self._text_logit(text) if text.strip() else None
        photo_logit = self._linear("photo", photo_features(features)) if len(features) else None
        if text_logit is None and photo_logit is None:
            return 0.0
        if text_logit is None or photo_logit is None:
            return _probability(photo_logit if text_logit is None else text_logit)
        return _probability(self._linear("both", np.array([text_logit, photo_logit])))

    def token(self, score: float) -> str:
        return VARIATIVE if score >= self.card["threshold"] else SINGLE

    def _text_logit(self, text: str) -> float:
        from models.sentences import sentence_encoder

        return self._linear("text", text_features(text, sentence_encoder().encode([text])[0]))

    def _linear(self, part: str, features: np.ndarray) -> float:
        return float(features @ self.weights[f"{part}.weight"] + self.weights[f"{part}.bias"][0])


def _probability(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def score_lines(
    lines: Iterable[dict[str, Any]], photos: Path, judge: DiversityJudge | None = None
) -> Iterator[dict[str, Any]]:
    """Add ``score`` and ``token`` to lines with ``text`` and ``photos`` (names in the folder ``photos``), both optional."""
    from models.photo_files import read_photo
    from pipeline.settings import load_settings

    judge = judge or DiversityJudge(load_settings().diversity)
    for line in lines:
        pictures = [read_photo(photos / name) for name in line.get("photos") or []]
        score = judge.score(line.get("text") or "", pictures)
        yield line | {"score": score, "token": judge.token(score)}
