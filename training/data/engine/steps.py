"""The steps every ad goes through: plain functions on a batch, the same ones on every engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from models.photo import Photo
from models.photo_files import PhotoError, read_photo
from training.data.dataset import Draft
from training.data.engine.job import Job
from training.data.filters import russian_share
from training.data.finish import find_masks, judge
from training.data.translate import Translator, open_translator

if TYPE_CHECKING:
    import numpy as np

    from moderation.photos import PhotoModerator
    from moderation.text import TextModerator

_RUSSIAN_FROM = 0.5


@dataclass
class Item:
    """One ad on its way; a step either changes it or says why it is left out.

    Attributes:
        draft: the ad; its photos are files.
        skipped: ``step: reason`` once it is left out; later steps pass it by.
        embeddings: ``(N, D)`` float16 unit vectors of its photos, where the step was asked for.
    """

    draft: Draft
    skipped: str | None = None
    embeddings: np.ndarray | None = None

    @cached_property
    def photos(self) -> list[Photo]:
        """The decoded photos; they carry what was computed from them from one step to the next."""
        return [read_photo(path) for path in self.draft.photos]

    @property
    def text(self) -> str:
        return self.draft.record.text


Batch = Sequence[Item]


def run_steps(items: Batch, job: Job) -> None:
    """Put a batch through the steps of a job, in place."""
    for item in items:
        try:
            item.photos  # noqa: B018  decoded here, so that a broken file is told once
        except PhotoError as error:
            item.skipped = f"photos: {error}"
    for name in job.steps:
        FUNCTIONS[name]([item for item in items if item.skipped is None], job)


def _translation(items: Batch, job: Job) -> None:
    """English references into Russian; what has no translation is left out."""
    translations = _translator(job.translation)([item.text for item in items])
    for item, text in zip(items, translations, strict=True):
        if text is None:
            item.skipped = "translation: none"
        else:
            item.draft = item.draft.change(text=text)


def _moderation(items: Batch, job: Job) -> None:
    """Leave out what the service would reject; texts not in Russian are beyond its classifier and pass."""
    texts, pictures = _moderators()
    photos = [photo for item in items for photo in item.photos]
    verdicts = iter(pictures.judge(photos) if photos else [])
    for item in items:
        rejected = [verdict for verdict in [next(verdicts) for _ in item.photos] if not verdict.passed]
        if russian_share(item.text) >= _RUSSIAN_FROM:
            rejected += [verdict for verdict in texts.judge({"text": item.text}) if verdict.passed is False]
        if rejected:
            item.skipped = f"moderation: {rejected[0].message.en}"


def _embeddings(items: Batch, job: Job) -> None:
    import numpy as np

    from models.clip.factory import load_encoder

    encoder = load_encoder(job.encoder)
    for item in items:
        if item.photos:
            item.embeddings = encoder.encode_photos(item.photos).numpy().astype(np.float16)


def _diversity(items: Batch, job: Job) -> None:
    """Score and hidden token; a token that the source knows by construction is kept."""
    for item in items:
        score = round(judge().score(item.text, item.photos), 4)
        token = item.draft.record.hidden_token or judge().token(score)
        item.draft = item.draft.change(diversity_score=score, hidden_token=token)


def _masks(items: Batch, job: Job) -> None:
    for item in items:
        item.draft = item.draft.change(masks=find_masks(item.draft.record))


FUNCTIONS: dict[str, Callable[[Batch, Job], None]] = {
    "translation": _translation,
    "moderation": _moderation,
    "embeddings": _embeddings,
    "diversity": _diversity,
    "masks": _masks,
}


@lru_cache(maxsize=1)
def _translator(name: str) -> Translator:
    """By a table where ``name`` is a file, else by a model; each process keeps its own translations in memory."""
    table = Path(name) if Path(name).is_file() else None
    return open_translator(None if table else name, table, Path(":memory:"))


@lru_cache(maxsize=1)
def _moderators() -> tuple[TextModerator, PhotoModerator]:
    from moderation.photos import PhotoModerator
    from moderation.text import TextModerator
    from pipeline.settings import load_settings

    settings = load_settings()
    return TextModerator(settings.toxicity), PhotoModerator(settings.nudenet)
