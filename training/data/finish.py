"""The last steps of every ad: masks of its numbers, diversity score and hidden token."""

from __future__ import annotations

import re

import numpy as np

from masking import PLACEHOLDERS, Span, mask_ad
from training.data.dataset import Draft
from training.data.fingerprints import judge
from training.data.record import AdRecord, Masks, MaskSpan

_PLACED = re.compile("|".join(map(re.escape, PLACEHOLDERS)))


def finished(draft: Draft, features: np.ndarray) -> Draft:
    """Add masks, score and token; a token that the source knows by construction is kept.

    Args:
        features: (N, D) features of the photos, as ``fingerprints.features_of`` gives them.
    """
    score = round(judge().score_features(draft.record.text, features), 4)
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
