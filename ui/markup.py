"""Small pieces of HTML that every card uses. Whatever a seller typed goes through ``esc``."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Literal

from PIL import Image

from pipeline.result import Language

Tone = Literal["good", "bad", "warn", "calm"]
SYMBOLS: dict[Tone, str] = {"good": "✓", "bad": "✕", "warn": "!", "calm": "–"}
THUMBNAIL = 320


def esc(text: object) -> str:
    """Escape for HTML text and for quoted attributes."""
    return escape(str(text), quote=True)


def card(title: str, body: str, name: str) -> str:
    """A titled box; ``body`` is HTML, ``title`` is text."""
    return f'<section class="card {name}"><h3>{esc(title)}</h3>{body}</section>'


def pill(tone: Tone, text: str) -> str:
    """A coloured status; the symbol says the same to those who do not see the colour."""
    return f'<span class="pill {tone}"><i aria-hidden="true">{SYMBOLS[tone]}</i>{esc(text)}</span>'


def banner(tone: Tone, title: str, hint: str, details: list[str] | None = None) -> str:
    """What happened, in one box at the top; ``details`` become a list."""
    items = "".join(f"<li>{esc(item)}</li>" for item in details or [])
    listing = f"<ul>{items}</ul>" if items else ""
    return (
        f'<section class="banner {tone}" role="status"><i aria-hidden="true">{SYMBOLS[tone]}</i>'
        f"<div><b>{esc(title)}</b>{listing}<p>{esc(hint)}</p></div></section>"
    )


def named(file: str | None, message: str) -> str:
    """The message with the file it is about, unless it names the file itself."""
    return message if not file or file in message else f"{file}: {message}"


def number(value: float, language: Language, digits: int = 2) -> str:
    """A number as the language writes it: ``0,42`` or ``0.42``."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if language == "ru" else text


def percent(value: float) -> str:
    return f"{value:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


def data_uri(image: Image.Image) -> str:
    """A small JPEG of the image inside the page itself, so that no copy of a photo gets an address of its own."""
    small = image.convert("RGB")
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
