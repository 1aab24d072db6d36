"""Masks measured against texts whose numbers are tagged by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from masking.mask import mask
from masking.tags import parse_tagged
from masking.unmask import unmask


def score(tagged: Iterable[str]) -> dict[str, Any]:
    """Measure :func:`masking.mask` on tagged texts (``цена [PRICE:500] руб``).

    Returns ``texts`` and ``spans`` (counts), ``digits_masked`` (share of the digits of all texts that a placeholder
    replaced), ``span_f1`` (exact start and end), ``slot_accuracy`` (over the exact spans), ``round_trip`` (share of
    texts that unmasking gives back) and ``confusion`` (what was taken for what, and how often).
    """
    texts = right = wrong = missed = same = digits = left = back = 0
    confusion: Counter[str] = Counter()
    for line in tagged:
        text, wanted = parse_tagged(line)
        masked = mask(text)
        found = {(span.start, span.end): span.slot for span in masked.spans}
        shared = wanted.keys() & found.keys()
        right += len(shared)
        wrong += len(found.keys() - wanted.keys())
        missed += len(wanted.keys() - found.keys())
        same += sum(wanted[place] == found[place] for place in shared)
        confusion.update(f"{wanted[p]} → {found[p]}" for p in shared if wanted[p] != found[p])
        texts += 1
        digits += sum(map(str.isdigit, text))
        left += sum(map(str.isdigit, masked.text))
        back += unmask(masked.text, masked) == text
    return {
        "texts": texts,
        "spans": right + missed,
        "digits_masked": round(1 - left / max(1, digits), 4),
        "span_f1": round(2 * right / max(1, 2 * right + wrong + missed), 4),
        "slot_accuracy": round(same / max(1, right), 4),
        "round_trip": round(back / max(1, texts), 4),
        "confusion": dict(confusion.most_common()),
    }
