"""The last steps of every ad: masks of its numbers, diversity score and hidden token."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from masking import PLACEHOLDERS, Span, mask_ad
from models.photo import Photo
from training.data.dataset import Draft
from training.data.record import AdRecord, Masks, MaskSpan

if TYPE_CHECKING:
    from pipeline.diversity import DiversityJudge

_PLACED = re.compile("|".join(map(re.escape, PLACEHOLDERS)))


@lru_cache(maxsize=1)
def judge() -> DiversityJudge:
    """The diversity judge of the service, once a process; one thread, so that the floats are those of every worker."""
    import torch

    from pipeline.diversity import DiversityJudge
    from pipeline.settings import load_settings

    torch.set_num_threads(1)
    return DiversityJudge(load_settings().diversity)


def finished(draft: Draft, photos: Sequence[Photo]) -> Draft:
    """Add masks, score and token to a draft with its decoded photos; a token known by construction is kept."""
    score = round(judge().score(draft.record.text, photos), 4)
    token = draft.record.hidden_token or judge().token(score)
    return draft.change(masks=find_masks(draft.record), diversity_score=score, hidden_token=token)


def find_masks(record: AdRecord) -> Masks:
    """Mask what the seller typed as the service does, and the reference knowing the attributes.

    Placeholders that stand in the reference already are spans of their own.
    """
    typed = mask_ad(record.attributes, record.seller_text or "")
    whole = mask_ad(record.attributes, record.text)
    before = len(whole.source) - len(record.text)
    spans = [_shifted(span, before) for span in whole.spans if span.start >= before]
    placed = [
        MaskSpan(slot=match[0][1:-1], start=match.start(), end=match.end(), value=match[0])
        for match in _PLACED.finditer(record.text)
    ]
    text = sorted([*spans, *placed], key=lambda span: span.start)
    return Masks(text=tuple(text), prompt=tuple(_shifted(span, 0) for span in typed.spans))


def _shifted(span: Span, by: int) -> MaskSpan:
    start, end = span.start - by, span.end - by
    return MaskSpan(slot=span.slot, start=start, end=end, value=span.value, unit=span.unit, group=span.group)
