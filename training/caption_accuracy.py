"""How right ready captions are (``python -m training.caption_accuracy --captions F.jsonl``): one table, no model.

Every line of the captions is ``{"photo": …, "text": …}``; the annotations are lines of the format of
``clothes/texts.jsonl``, of which several may describe the same photo.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.clothes import SHARED
from training.evaluate import read_references
from training.scoring import agreement, summarise

ROWS = {
    "photos": "photos",
    "references_per_photo": "references a photo",
    "item": "right kind of item named first",
    "main_colour": "right main colour named first",
    "pattern": "right pattern named",
    "distinct_texts": "distinct texts",
    "cider": "CIDEr (0..10)",
    "cider_5": "CIDEr (0..5)",
}


def read_captions(path: Path) -> dict[str, str]:
    """Texts by photo; raises ValueError naming the line that has no photo or text, or repeats a photo."""
    captions: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        record = json.loads(line)
        if not {"photo", "text"} <= record.keys() or record["photo"] in captions:
            raise ValueError(f"{path}, line {number}: a photo of its own and a text are needed")
        captions[record["photo"]] = record["text"]
    return captions


def table(scores: dict[str, Any]) -> str:
    """The scores as a Markdown table."""
    rows = (f"| {title} | {scores[name]:.3f} |".replace(".000 |", " |") for name, title in ROWS.items())
    return "\n".join(["| measure | value |", "| --- | ---: |", *rows])


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m training.caption_accuracy", description=__doc__)
    parser.add_argument("--captions", type=Path, required=True, help="lines {photo, text}")
    parser.add_argument("--ads", type=Path, default=SHARED / "clothes" / "texts.jsonl", help="annotations")
    parser.add_argument("--split", default="val", help="part of the annotations, where they name one")
    parser.add_argument("--task", choices=("caption", "ad"), default="caption", help="which reference text CIDEr uses")
    parser.add_argument("--json", action="store_true", help="print one object instead of a table")
    arguments = parser.parse_args(argv)
    captions = read_captions(arguments.captions)
    references = read_references(arguments.ads, arguments.split)
    if unknown := captions.keys() - references.keys():
        parser.error(f"{len(unknown)} photos have no annotation, such as {min(unknown)}")
    scores = summarise(captions, references, agreement(captions, references, arguments.task))
    if arguments.json:
        json.dump(scores, sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        print(table(scores))


if __name__ == "__main__":
    main()
