"""Captions of a checkpoint against reference texts (``python -m training evaluate``).

The input is that of ``clothes/texts.jsonl``: several lines may describe the same photo (several references).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from models.captioners.base import Captioner, Generation, Prompt
from models.photo import Photo
from models.photo_files import read_photo
from pipeline.prompt import Task, write_prompt

BATCH = 16


def read_references(path: Path, split: str | None) -> dict[str, list[dict[str, Any]]]:
    """Lines of an ads file by photo; ``split`` keeps one part where the lines name theirs."""
    by_photo: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            record = json.loads(line)
            if split is None or record.get("split", split) == split:
                by_photo[record["photo"]].append(record)
    return dict(by_photo)


def caption_photos(
    captioner: Captioner, folder: Path, names: list[str], task: Task, generation: Generation
) -> Iterator[tuple[str, str]]:
    """Yield (photo name, text) written from each photo alone, placeholders kept."""
    prompt = write_prompt("<SINGLE>", "", 1, task)
    for start in tqdm(range(0, len(names), BATCH), desc="captions", mininterval=10):
        part = names[start : start + BATCH]
        photos = [Photo(name, read_photo(folder / name).image) for name in part]
        texts = captioner.generate([Prompt(prompt, (photo,)) for photo in photos], generation)
        yield from zip(part, texts, strict=True)


def measure(texts: dict[str, str], references: dict[str, list[dict[str, Any]]], task: Task) -> dict[str, Any]:
    """CIDEr, accuracy of kind, main colour and pattern, share of distinct texts, invented numbers.

    The accuracies average over the annotators of a photo, each against their own annotation.
    """
    from metrics.attributes import AttributeAccuracy
    from metrics.cider import Cider
    from metrics.distinct import Distinct

    names = list(texts)
    predictions = [texts[name] for name in names]
    pairs = [(texts[name], record) for name in names for record in references[name]]
    facts = [{"item": r["item"], "colours": r["colors"], "pattern": r["pattern"]} for _, r in pairs]
    attributes = AttributeAccuracy().compute(predictions=[text for text, _ in pairs], references=facts)
    wanted = [[record[task] for record in references[name]] for name in names]
    return {
        "photos": len(names),
        "references_per_photo": round(len(pairs) / len(names), 2),
        **summary(Cider().compute(predictions=predictions, references=wanted)),
        **summary(attributes),
        **summary(Distinct().compute(predictions=predictions)),
        "texts_with_digits": sum(any(c.isdigit() for c in text) for text in predictions),
    }


def summary(scores: dict[str, Any]) -> dict[str, float]:
    """The numbers of a metric without its per-text lists."""
    return {name: round(value, 4) for name, value in scores.items() if isinstance(value, int | float)}


def main() -> None:
    from models.checkpoint import load_captioner
    from pipeline.settings import load_settings
    from training.clothes import SHARED

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", default=load_settings().captioner)
    parser.add_argument("--ads", type=Path, default=SHARED / "clothes" / "texts.jsonl")
    parser.add_argument("--photos", type=Path, default=SHARED / "clothes" / "photos")
    parser.add_argument("--task", choices=("caption", "ad"), default="caption")
    parser.add_argument("--split", help="only lines of this split, for example val")
    parser.add_argument("--beams", type=int, help="1 is greedy; the checkpoint's own default when left out")
    parser.add_argument("--limit", type=int, help="only the first photos")
    parser.add_argument("--out", type=Path, required=True, help="folder for captions.jsonl and metrics.json")
    arguments = parser.parse_args()

    references = read_references(arguments.ads, arguments.split)
    captioner = load_captioner(arguments.checkpoint)
    generation = replace(captioner.defaults, num_beams=arguments.beams) if arguments.beams else captioner.defaults
    names = list(references)[: arguments.limit]
    texts = dict(caption_photos(captioner, arguments.photos, names, arguments.task, generation))
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (arguments.out / "captions.jsonl").open("w", encoding="utf-8") as file:
        for name, text in texts.items():
            print(json.dumps({"photo": name, "text": text}, ensure_ascii=False), file=file)
    metrics = {"checkpoint": arguments.checkpoint, "task": arguments.task} | measure(texts, references, arguments.task)
    (arguments.out / "metrics.json").write_text(json.dumps(metrics, ensure_ascii=False, indent=2), encoding="utf-8")
    json.dump(metrics, sys.stdout, ensure_ascii=False, indent=2)
    print()


if __name__ == "__main__":
    main()
