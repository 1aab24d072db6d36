"""Do the placeholders of the input come back in the output?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from metrics.base import TEXT_AND_TEXT, LocalMetric

PLACEHOLDER = re.compile(r"<([A-Z][A-Z_]*)>")
# Marks of the prompt, not slots of a mask; photo marks such as <IMG_1> do not fit the pattern.
NOT_SLOTS = {"SINGLE", "VARIATIVE"}


def slots(text: str) -> Counter[str]:
    """How often every slot's placeholder stands in a text: ``"за <PRICE>" -> {"PRICE": 1}``."""
    return Counter(slot for slot in PLACEHOLDER.findall(text) if slot not in NOT_SLOTS)


class PlaceholderRecall(LocalMetric):
    """``compute(predictions=masked outputs, references=masked inputs)``.

    ``recall`` and ``recall_by_slot``: placeholders of the inputs that stand in the outputs, counted one by one (a slot
    asked for twice must come back twice); None when nothing was asked for. ``precision``: placeholders of the outputs
    that stand in their inputs; the rest are invented and will be erased.
    """

    about = "Share of the input's placeholders found in the output, by slot."
    range = (0.0, 1.0)
    source = "recall and precision of multisets"
    inputs = TEXT_AND_TEXT

    def _compute(self, predictions: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
        asked: Counter[str] = Counter()
        kept: Counter[str] = Counter()
        written = 0
        per_text: list[float | None] = []
        for output, source in zip(predictions, references, strict=True):
            wanted, found = slots(source), slots(output)
            common = wanted & found
            asked, kept, written = asked + wanted, kept + common, written + found.total()
            per_text.append(common.total() / wanted.total() if wanted else None)
        return {
            "recall": kept.total() / asked.total() if asked else None,
            "precision": kept.total() / written if written else None,
            "recall_by_slot": {slot: kept[slot] / count for slot, count in sorted(asked.items())},
            "asked_by_slot": dict(sorted(asked.items())),
            "per_text": per_text,
        }
