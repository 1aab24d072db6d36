"""``python -m training masks``: how good the masks are, and what they found in all texts of ``../shared/data``."""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from masking import SLOTS, Span, mask
from masking.score import score
from training.clothes import SHARED

HELD_OUT = Path(__file__).resolve().parent.parent / "tests" / "masking" / "held_out.jsonl"
_AROUND = 30  # characters shown on either side of a number


def read_lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def scores() -> dict[str, Any]:
    """:func:`masking.score.score` of the development set and of every batch of ads written for this project."""
    batches = defaultdict(list)
    for record in read_lines(HELD_OUT):
        batches[record["batch"]].append(record["tagged"])
    last = max(batches)
    named = {f"batch {n}" + (", last: no rule was changed after it" if n == last else ""): batches[n] for n in batches}
    dev = [record["tagged"] for record in read_lines(SHARED / "masking" / "dev.jsonl")]
    return {"masking/dev.jsonl": score(dev), **{name: score(tagged) for name, tagged in named.items()}}


def shared_texts(root: Path = SHARED) -> Iterator[tuple[str, str]]:
    """(source, text) of every text of ``../shared/data``."""
    for name in ("masking/dev", "variative/dev", "toxicity/ads_dev"):
        yield from ((name, record["text"]) for record in read_lines(root / f"{name}.jsonl"))
    for record in read_lines(root / "clothes" / "texts.jsonl"):
        yield from (("clothes", record[key]) for key in ("caption", "ad", "assistant") if record.get(key))
    with (root / "toxicity" / "russe2022_train.tsv").open(encoding="utf-8", newline="") as file:
        yield from (("russe2022", row["toxic_comment"]) for row in csv.DictReader(file, delimiter="\t"))


def survey(texts: Iterable[tuple[str, str]], examples: int) -> dict[str, Any]:
    """What was masked: counts by source, and by slot the commonest units and words before, and examples.

    The examples of a slot are spread evenly over its finds.
    """
    sources: dict[str, Counter[str]] = defaultdict(Counter)
    found: dict[str, list[tuple[str, Span]]] = {slot: [] for slot in SLOTS}
    for source, text in texts:
        masked = mask(text)
        sources[source].update(texts=1, with_numbers=bool(masked.spans), numbers=len(masked.spans))
        for span in masked.spans:
            found[span.slot].append((text, span))
    return {
        "sources": {source: dict(counts) for source, counts in sources.items()},
        "slots": {slot: _about(spans, examples) for slot, spans in found.items()},
    }


def _about(spans: list[tuple[str, Span]], examples: int) -> dict[str, Any]:
    before = Counter(words[-1].lower() for text, span in spans if (words := text[: span.start].split()))
    units = Counter(span.unit.strip().lower() for _, span in spans if span.unit)
    step = max(1, len(spans) // max(1, examples))
    return {
        "numbers": len(spans),
        "words_before": dict(before.most_common(12)),
        "units": dict(units.most_common(12)),
        "examples": [_shown(text, span) for text, span in spans[::step][:examples]],
    }


def _shown(text: str, span: Span) -> str:
    before, after = text[max(0, span.start - _AROUND) : span.start], text[span.end : span.end + _AROUND]
    return f"{before}[{span.value}]{after}".replace("\n", " ")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training masks", description=__doc__)
    parser.add_argument("--examples", type=int, default=8, help="shown for each slot")
    arguments = parser.parse_args()
    report = {"scores": scores(), "survey": survey(shared_texts(), arguments.examples)}
    print(json.dumps(report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
