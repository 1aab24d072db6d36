"""What a report is made of; one content, written as HTML and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """A paragraph; ``**bold**`` and `` `code` `` are understood."""

    words: str


@dataclass(frozen=True)
class Table:
    """Rows under a head; numbers are set to the right. ``caption`` says what was counted."""

    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    caption: str = ""


@dataclass(frozen=True)
class Figure:
    """A chart: SVG for the page, PNG for Markdown."""

    name: str
    svg: str
    png: bytes
    caption: str = ""


@dataclass(frozen=True)
class Pictures:
    """Photos in a row, as one JPEG, with what belongs to them below."""

    name: str
    jpeg: bytes
    caption: str


@dataclass(frozen=True)
class Finding:
    """One thing looked for: how often it was there, and what was or is to be done about it.

    ``count`` of 0 means that it was looked for and not found.
    """

    what: str
    count: int
    of: int
    done: str


Block = Text | Table | Figure | Pictures | Finding


@dataclass
class Section:
    """A chapter of the report."""

    title: str
    blocks: list[Block] = field(default_factory=list)

    def add(self, *blocks: Block) -> None:
        self.blocks += blocks


def cell(value: object) -> str:
    """A table cell: three significant digits, thousands apart, a dash for nothing."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace(",", " ")
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}".replace(",", " ")
    return str(value)


def share(part: int, whole: int) -> str:
    """``12.3 %`` of a whole, a dash when there is none."""
    return f"{100 * part / whole:.1f} %" if whole else "—"
