"""What the service's own moderation says of a sample of the ads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from models.photo_files import PhotoError
from moderation.photos import PhotoModerator
from moderation.text import TextModerator
from pipeline.settings import load_settings
from training.data.dataset import Draft
from training.data.eda.census import RUSSIAN_FROM, written
from training.data.eda.photos import open_photo
from training.data.filters import russian_share

_SIDE = 512  # pixels a photo is judged at


@dataclass(frozen=True)
class Judged:
    """One ad: why its texts and photos would be rejected (None if they pass), by the service's thresholds."""

    ad: str
    text: str
    rude: str | None
    nude: str | None
    photos: int


@lru_cache(maxsize=1)
def _judges() -> tuple[TextModerator, PhotoModerator]:
    settings = load_settings()
    return TextModerator(settings.toxicity), PhotoModerator(settings.nudenet)


def judge_ad(draft: Draft) -> Judged:
    """Judge the Russian ones among the reference and what the seller typed, and every readable photo."""
    texts, photos = _judges()
    record = draft.record
    # The classifier learnt Russian: what it says of other languages is a guess, and they are a finding of their own.
    fields = {"text": record.text, "prompt": record.prompt}
    russian = {name: text for name, text in fields.items() if russian_share(text) >= RUSSIAN_FROM}
    rude = [verdict for verdict in texts.judge(russian) if verdict.passed is False]
    readable = []
    for photo in draft.photos:
        try:
            readable.append(open_photo(photo, _SIDE))
        except PhotoError:  # counted among the broken files
            continue
    nude = [verdict for verdict in photos.judge(readable) if not verdict.passed] if readable else []
    return Judged(
        ad=record.id,
        text=written(record),
        rude=f"{', '.join(rude[0].details['words'])} ({rude[0].score:.2f})" if rude else None,
        nude=nude[0].message.en if nude else None,
        photos=len(readable),
    )
