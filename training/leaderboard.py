"""All built-in captioners on the same validation photos, in one table (``python -m training leaderboard``).

Writes ``docs/leaderboard.md``. A row is reproduced by the ``evaluate`` command under the table; neighbours are compared
by a paired bootstrap over the photos, since the same photos are easy or hard for all.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.checkpoint import CHECKPOINTS, list_captioners, read_card, write_card
from pipeline.prompt import TASKS, Task
from training.evaluate import evaluate, read_references
from training.scoring import bootstrap_interval

PAGE = Path("docs/leaderboard.md")
COLUMNS = {
    "cider": "CIDEr 0–10", "item": "item", "main_colour": "main colour", "pattern": "pattern", "bertscore": "BERTScore",
    "rouge_l": "ROUGE-L", "bleu_4_sentence": "BLEU-4", "clipscore": "CLIPScore", "humanness": "humanness",
    "anti_humanness": "anti-hum.", "repetition_2": "repet.", "words": "words", "texts_with_numbers": "numbers",
    "seconds": "s a photo",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One checkpoint on one task: the metrics and, for every photo, its scores."""

    name: str
    metrics: dict[str, Any]
    per_ad: dict[str, dict[str, float]]

    @classmethod
    def read(cls, name: str, folder: Path) -> Row:
        lines = map(json.loads, (folder / "per_ad.jsonl").read_text(encoding="utf-8").splitlines())
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        return cls(name, metrics, {line["photo"]: line for line in lines})


def megabytes(name: str) -> float:
    """Size of what the checkpoint's folder holds; parts shared by several checkpoints are not counted."""
    return sum(path.stat().st_size for path in (CHECKPOINTS / "captioners" / name).rglob("*")) / 1e6


def paired_difference(better: Row, worse: Row, metric: str = "cider") -> tuple[float, float]:
    """95 % interval of the mean difference over the photos of both rows."""
    photos = [photo for photo in better.per_ad if photo in worse.per_ad]
    return bootstrap_interval(np.array([better.per_ad[p][metric] - worse.per_ad[p][metric] for p in photos]))


def table(rows: list[Row], task: Task) -> str:
    """Markdown: rows by CIDEr, the interval of CIDEr, and the difference to the next row."""
    rows = sorted(rows, key=lambda row: -row.metrics["cider"])
    shown = [key for key in COLUMNS if any(key in row.metrics for row in rows)]
    lines = [
        f"| checkpoint | {' | '.join(COLUMNS[key] for key in shown)} | CIDEr 0–5 | MB | CIDEr 95 % | minus the next row |",
        f"| --- |{' ---: |' * (len(shown) + 4)}",
    ]
    for place, row in enumerate(rows):
        values = [f"{row.metrics[key]:.3f}" if key in row.metrics else "" for key in shown]
        low, high = row.metrics["intervals"]["cider"]
        difference = (
            "{:+.3f} … {:+.3f}".format(*paired_difference(row, rows[place + 1])) if place + 1 < len(rows) else ""
        )
        cells = [
            row.name,
            *values,
            f"{row.metrics['cider_5']:.3f}",
            f"{megabytes(row.name):.1f}",
            f"{low:.3f} … {high:.3f}",
            difference,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def command(name: str, task: Task, split: str, limit: int | None) -> str:
    part = f" --limit {limit}" if limit else ""
    return f"python -m training evaluate --checkpoint {name} --task {task} --split {split}{part} --out runs/eval/{name}-{task}"


def main() -> None:
    from training.clothes import SHARED

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ads", type=Path, default=SHARED / "clothes" / "texts.jsonl")
    parser.add_argument("--photos", type=Path, default=SHARED / "clothes" / "photos")
    parser.add_argument("--split", default="val")
    parser.add_argument("--limit", type=int, help="only the first photos")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/leaderboard"), help="texts and scores; a stopped run goes on"
    )
    parser.add_argument("checkpoints", nargs="*", help="names; all that are ready when left out")
    arguments = parser.parse_args()

    names = arguments.checkpoints or [info.name for info in list_captioners() if info.ready]
    references = dict(list(read_references(arguments.ads, arguments.split).items())[: arguments.limit])
    parts = [
        __doc__.split("\n", 1)[0].replace("``", "`"),
        f"{len(references)} photos, each alone, one reference text each.",
    ]
    scores: dict[str, dict[str, Any]] = {name: {} for name in names}
    for task in TASKS:
        rows = []
        for name in names:
            folder = arguments.out / f"{name}-{task}"
            scores[name][task] = evaluate(name, references, arguments.photos, task, folder)
            rows.append(Row.read(name, folder))
        parts += [f"## Task {task}", table(rows, task), f"CLIPScore by {rows[0].metrics['clipscore_by']}."]
    parts += [
        "## Commands",
        "\n".join(f"    {command(n, t, arguments.split, arguments.limit)}" for n in names for t in TASKS),
    ]
    PAGE.write_text("# Leaderboard\n\n" + "\n\n".join(parts) + "\n", encoding="utf-8")
    for name in names:
        keep_scores(name, scores[name], f"python -m training leaderboard --split {arguments.split}")


def keep_scores(name: str, by_task: dict[str, Any], source: str) -> None:
    """Write the scores of the table into the checkpoint's card, with the command they come from."""
    folder = CHECKPOINTS / "captioners" / name
    card = read_card(folder)
    kept = {
        task: {key: metrics[key] for key in (*COLUMNS, "photos", "distinct_texts") if key in metrics}
        for task, metrics in by_task.items()
    }
    write_card(folder, card | {"scores": card.get("scores", {}) | kept | {"command": source}})
