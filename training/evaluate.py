"""Captions of a checkpoint against reference texts (``python -m training evaluate``).

The input is that of ``clothes/texts.jsonl``: several lines may describe the same photo (several references). Texts are
scored as the captioner wrote them, placeholders kept.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from models.captioners.base import Captioner, Generation, Prompt
from models.photo import Photo
from models.photo_files import read_photo
from pipeline.prompt import Task, write_prompt
from training.score_page import write_page
from training.scoring import Lines, TextScores, score_texts, summarise

if TYPE_CHECKING:
    from models.clip.base import ImageTextEncoder

BATCH = 16


def read_references(path: Path, split: str | None) -> Lines:
    """Lines of an ads file by photo; ``split`` keeps one part where the lines name theirs."""
    by_photo: Lines = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for line in filter(str.strip, lines):
            record = json.loads(line)
            if split is None or record.get("split", split) == split:
                by_photo[record["photo"]].append(record)
    return dict(by_photo)


def caption_photos(
    captioner: Captioner, folder: Path, names: list[str], task: Task, generation: Generation, encoder: ImageTextEncoder
) -> Iterator[dict[str, Any]]:
    """Yield ``photo, text, clipscore, seconds`` of every photo, written from the photo alone, placeholders kept."""
    prompt = write_prompt("<SINGLE>", "", 1, task)
    for start in tqdm(range(0, len(names), BATCH), desc="captions", mininterval=10):
        part = names[start : start + BATCH]
        photos = [Photo(name, read_photo(folder / name).image) for name in part]
        begun = time.perf_counter()
        texts = captioner.generate([Prompt(prompt, (photo,)) for photo in photos], generation)
        seconds = (time.perf_counter() - begun) / len(part)
        cosines = (encoder.encode_photos(photos) * encoder.encode_texts(texts)).sum(1).clamp(0, 1).tolist()
        for name, text, cosine in zip(part, texts, cosines, strict=True):
            yield {"photo": name, "text": text, "clipscore": cosine, "seconds": seconds}


def captions_of(path: Path, names: list[str], run: Any) -> list[dict[str, Any]]:
    """The captions of all photos: those already in the file, and the missing ones, appended as they are written.

    Args:
        run: maps the names still to do to their captions.
    """
    done = {}
    if path.is_file():
        done = {line["photo"]: line for line in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    with path.open("a", encoding="utf-8") as file:
        for line in run([name for name in names if name not in done]):
            done[line["photo"]] = line
            print(json.dumps(line, ensure_ascii=False), file=file, flush=True)
    return [done[name] for name in names]


def evaluate(
    checkpoint: str, references: Lines, photos: Path, task: Task, out: Path, beams: int | None = None,
    meteor: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Caption every photo, score the texts, write ``captions.jsonl``, ``metrics.json`` and ``page.html`` to ``out``.

    A run that was stopped goes on from the captions it has. ``clipscore`` is given by the encoder of the settings; the
    key ``clipscore_by`` says which and whether it shares the captioner's backbone.
    """
    from models.checkpoint import load_captioner
    from models.clip.factory import load_encoder
    from pipeline.settings import load_settings

    captioner = load_captioner(checkpoint)
    encoder = load_encoder(load_settings().clip)
    generation = replace(captioner.defaults, num_beams=beams) if beams else captioner.defaults
    out.mkdir(parents=True, exist_ok=True)
    lines = captions_of(
        out / "captions.jsonl",
        list(references),
        lambda missing: caption_photos(captioner, photos, missing, task, generation, encoder),
    )
    texts = {line["photo"]: line["text"] for line in lines}
    scores = score_texts(texts, references, task, meteor)
    for key in ("clipscore", "seconds"):
        scores[key] = TextScores(np.array([line[key] for line in lines]))
    shared = getattr(encoder, "vision", None) == captioner.vision.name
    metrics = {
        "checkpoint": checkpoint,
        "task": task,
        "beams": generation.num_beams,
        **summarise(texts, references, scores),
        "clipscore_by": f"{encoder.name} ({'shares' if shared else 'does not share'} the captioner's image backbone)",
    }
    (out / "metrics.json").write_text(json.dumps(metrics, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    columns = {name: score.values.tolist() for name, score in scores.items()}
    with (out / "per_ad.jsonl").open("w", encoding="utf-8") as file:
        for row, name in enumerate(texts):
            line = {"photo": name, "text": texts[name]} | {key: values[row] for key, values in columns.items()}
            print(json.dumps(line, ensure_ascii=False), file=file)
    write_page(out / "page.html", texts, references, task, scores, photos, metrics)
    return metrics


def main() -> None:
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
    parser.add_argument("--meteor", action="store_true", help="METEOR too (needs Java)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the texts, the scores and the page")
    arguments = parser.parse_args()

    references = read_references(arguments.ads, arguments.split)
    references = dict(list(references.items())[: arguments.limit])
    metrics = evaluate(
        arguments.checkpoint, references, arguments.photos, arguments.task, arguments.out, arguments.beams,
        arguments.meteor,
    )  # fmt: skip
    json.dump(metrics, sys.stdout, ensure_ascii=False, indent=2)
    print()


if __name__ == "__main__":
    main()
