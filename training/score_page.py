"""The page of an evaluation: every photo with its references, the text written and its scores, the best first."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.prompt import Task
from training.scoring import Lines, TextScores

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; color: #1c2430; background: #f6f7f9 }
table { border-collapse: collapse; background: #fff } td, th { padding: .3rem .8rem; text-align: left; border-bottom: 1px solid #e4e8ee }
article { display: grid; grid-template-columns: 220px 1fr; gap: 1.2rem; background: #fff; border-radius: 10px; padding: 1rem; margin: 1rem 0 }
img { width: 220px; border-radius: 6px } .said { font-size: 1.15rem; font-weight: 600 } .score { color: #5a6675; font-size: .85rem }
li { color: #3c4654 }
"""
SHOWN = ("cider", "item", "main_colour", "pattern", "bertscore", "clipscore")
SIDE = 220


def write_page(
    path: Path, texts: dict[str, str], references: Lines, task: Task, scores: dict[str, TextScores], photos: Path,
    metrics: dict[str, Any],
) -> None:  # fmt: skip
    """Write a self-contained HTML file, articles sorted by CIDEr."""
    names = list(texts)
    order = sorted(range(len(names)), key=lambda row: -scores["cider"].values[row])
    articles = (_article(names[row], texts, references, task, scores, row, photos) for row in order)
    title = html.escape(f"{metrics['checkpoint']}, task {task}: {len(names)} photos")
    with path.open("w", encoding="utf-8") as page:
        page.write(f'<!doctype html><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style><h1>{title}</h1>')
        page.write(_table(metrics))
        page.writelines(articles)


def _table(metrics: dict[str, Any]) -> str:
    rows = []
    for name, (low, high) in metrics["intervals"].items():
        rows.append(f"<tr><td>{html.escape(name)}</td><td>{metrics[name]:.3f}</td><td>{low:.3f} … {high:.3f}</td></tr>")
    rows.append(f"<tr><td>clipscore given by</td><td colspan=2>{html.escape(metrics['clipscore_by'])}</td></tr>")
    return f"<table><tr><th>metric</th><th>mean</th><th>95 % interval</th></tr>{''.join(rows)}</table>"


def _article(
    name: str, texts: dict[str, str], references: Lines, task: Task, scores: dict[str, TextScores], row: int,
    photos: Path,
) -> str:  # fmt: skip
    wanted = "".join(f"<li>{html.escape(line[task])}</li>" for line in references[name])
    values = " · ".join(f"{key} {scores[key].values[row]:.2f}" for key in SHOWN if key in scores)
    return (
        f'<article><img alt="{html.escape(name)}" src="{_thumbnail(photos / name)}"><div>'
        f'<p class="said">{html.escape(texts[name])}</p><p class="score">{values}</p><ul>{wanted}</ul></div></article>'
    )


def _thumbnail(path: Path) -> str:
    """A small JPEG as a data address."""
    with Image.open(path) as image:
        small = image.convert("RGB")
    small.thumbnail((SIDE, SIDE * 2))
    data = io.BytesIO()
    small.save(data, "JPEG", quality=70)
    return f"data:image/jpeg;base64,{base64.b64encode(data.getvalue()).decode()}"
