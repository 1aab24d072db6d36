"""``python -m masking --jsonl F [--score]``: mask texts, or score the masks against tagged ones."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from masking import mask, unmask
from masking.tags import parse_tagged


def masked_line(record: dict[str, Any]) -> dict[str, Any]:
    """The record with ``masked``, ``spans`` and ``unmasked`` added."""
    masked = mask(record["text"])
    spans = [{"slot": s.slot, "start": s.start, "end": s.end, "value": s.value} for s in masked.spans]
    return record | {"masked": masked.text, "spans": spans, "unmasked": unmask(masked.text, masked)}


def score(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Exact span F1, accuracy of the slot over the right spans, and what was taken for what."""
    right = wrong = missed = same = 0
    confusion: Counter[str] = Counter()
    for record in records:
        text, wanted = parse_tagged(record["tagged"])
        found = {(span.start, span.end): span.slot for span in mask(text).spans}
        right += len(wanted.keys() & found.keys())
        wrong += len(found.keys() - wanted.keys())
        missed += len(wanted.keys() - found.keys())
        for place in wanted.keys() & found.keys():
            same += wanted[place] == found[place]
            if wanted[place] != found[place]:
                confusion[f"{wanted[place]} → {found[place]}"] += 1
    return {
        "spans": right + missed,
        "span_f1": round(2 * right / max(1, 2 * right + wrong + missed), 4),
        "slot_accuracy": round(same / max(1, right), 4),
        "confusion": dict(confusion.most_common()),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m masking", description=__doc__)
    parser.add_argument("--jsonl", type=Path, required=True, help="lines with text (or tagged, with --score)")
    parser.add_argument("--score", action="store_true", help="compare with the tags of the lines")
    arguments = parser.parse_args()
    try:
        with arguments.jsonl.open(encoding="utf-8") as file:
            records = [json.loads(line) for line in file if line.strip()]
    except (OSError, json.JSONDecodeError) as error:
        sys.exit(f"{parser.prog}: {error}")
    if arguments.score:
        print(json.dumps(score(records), ensure_ascii=False, indent=2))
        return
    for record in records:
        print(json.dumps(masked_line(record), ensure_ascii=False))


if __name__ == "__main__":
    main()
