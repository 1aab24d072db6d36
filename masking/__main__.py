"""``python -m masking --jsonl F [--score]``: mask texts, or score the masks against tagged ones."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from masking import mask, unmask
from masking.score import score


def masked_line(record: dict[str, Any]) -> dict[str, Any]:
    """The record with ``masked``, ``spans`` and ``unmasked`` added."""
    masked = mask(record["text"])
    spans = [{"slot": s.slot, "start": s.start, "end": s.end, "value": s.value} for s in masked.spans]
    return record | {"masked": masked.text, "spans": spans, "unmasked": unmask(masked.text, masked)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m masking", description=__doc__)
    parser.add_argument("--jsonl", type=Path, required=True, help="lines with text (or tagged, with --score)")
    parser.add_argument("--score", action="store_true", help="compare with the tags of the lines")
    arguments = parser.parse_args()
    key = "tagged" if arguments.score else "text"
    try:
        with arguments.jsonl.open(encoding="utf-8") as file:
            records = [json.loads(line) for line in file if line.strip()]
        if unfit := [i for i, record in enumerate(records, 1) if not isinstance(record.get(key), str)]:
            sys.exit(f'{parser.prog}: line {unfit[0]} of {arguments.jsonl} has no "{key}" that is a text')
    except (OSError, ValueError) as error:
        sys.exit(f"{parser.prog}: {error}")
    if arguments.score:
        print(json.dumps(score(record["tagged"] for record in records), ensure_ascii=False, indent=2))
        return
    for record in records:
        print(json.dumps(masked_line(record), ensure_ascii=False))


if __name__ == "__main__":
    main()
