"""The report as one HTML file that needs nothing else, and as Markdown beside it."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from pathlib import Path

from training.data.eda.blocks import Block, Figure, Finding, Pictures, Section, Table, Text, cell

STYLE = (Path(__file__).with_name("report.css")).read_text(encoding="utf-8")


def write_report(folder: Path, title: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section]) -> None:
    """Write ``report.html``, ``report.md`` and the Markdown's pictures into ``folder``.

    Args:
        title: of the page.
        facts: the figures on top: a number and what it counts.
        sections: the chapters.
    """
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    (folder / "report.html").write_text(_html(title, facts, sections), encoding="utf-8")
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Figure):
            (folder / "figures" / f"{block.name}.png").write_bytes(block.png)
        elif isinstance(block, Pictures):
            (folder / "figures" / f"{block.name}.jpg").write_bytes(block.jpeg)
    (folder / "report.md").write_text(_markdown(title, facts, sections), encoding="utf-8")


def _html(title: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    menu = "".join(f'<a href="#s{k}">{html.escape(s.title)}</a>' for k, s in enumerate(sections))
    cards = "".join(f"<div><b>{html.escape(n)}</b>{html.escape(what)}</div>" for n, what in facts)
    chapters = "".join(
        f'<section id="s{k}"><h2>{html.escape(s.title)}</h2>{"".join(map(_html_block, s.blocks))}</section>'
        for k, s in enumerate(sections)
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f'<nav>{menu}</nav><main><h1>{html.escape(title)}</h1><div class="facts">{cards}</div>{chapters}</main>'
        "</body></html>\n"
    )


def _html_block(block: Block) -> str:
    match block:
        case Text(words):
            return f"<p>{_inline(words)}</p>"
        case Table(head, rows, caption):
            return _html_table(head, rows, caption)
        case Figure(_, svg, _, caption):
            return f"<figure>{svg}<figcaption>{_inline(caption)}</figcaption></figure>"
        case Pictures(_, jpeg, caption):
            data = base64.b64encode(jpeg).decode()
            image = f'<img alt="{html.escape(caption)}" src="data:image/jpeg;base64,{data}">'
            return f"<figure>{image}<figcaption>{_inline(caption)}</figcaption></figure>"
        case Finding(what, count, of, done):
            mark = "bad" if count else "good"
            number = f"{cell(count)} of {cell(of)}"
            return f'<div class="finding {mark}"><b>{number}</b><div>{_inline(what)}<p>{_inline(done)}</p></div></div>'


def _html_table(head: Sequence[str], rows: Sequence[Sequence[object]], caption: str) -> str:
    def row(values: Sequence[object], tag: str) -> str:
        return "".join(
            f'<{tag} class="n">{cell(v)}</{tag}>' if _number(v) else f"<{tag}>{_inline(cell(v))}</{tag}>"
            for v in values
        )

    body = "".join(f"<tr>{row(values, 'td')}</tr>" for values in rows)
    top = f"<caption>{_inline(caption)}</caption>" if caption else ""
    return f'<div class="table"><table>{top}<tr>{row(head, "th")}</tr>{body}</table></div>'


def _number(value: object) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value.endswith(" %") and len(value) < 9)


def _inline(words: str) -> str:
    escaped = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(words))
    return re.sub(r"`(.+?)`", r"<code>\1</code>", escaped).replace("\n", "<br>")


def _markdown(title: str, facts: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    parts = [f"# {title}", " · ".join(f"**{number}** {what}" for number, what in facts)]
    for section in sections:
        parts += [f"## {section.title}", *map(_markdown_block, section.blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _markdown_block(block: Block) -> str:
    match block:
        case Text(words):
            return words
        case Table(head, rows, caption):
            lines = [head, ["---"] * len(head), *([_escaped(cell(v)) for v in row] for row in rows)]
            table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
            return f"{caption}\n\n{table}" if caption else table
        case Figure(name, _, _, caption):
            return f"![{caption or name}](figures/{name}.png)"
        case Pictures(name, _, caption):
            return f"![photos](figures/{name}.jpg)\n\n{_escaped(caption)}"
        case Finding(what, count, of, done):
            return f"- **{cell(count)} of {cell(of)}** {what} {done}"


def _escaped(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
