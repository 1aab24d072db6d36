"""What the captioner is asked: hidden token, masked text, photos, and the kind of text wanted."""

from __future__ import annotations

from typing import Literal

from models.language import PHOTO_TOKENS

Task = Literal["ad", "caption"]
TASKS: dict[Task, str] = {"ad": "Объявление:", "caption": "На фото:"}


def write_prompt(hidden_token: str, masked_text: str, photos: int, task: Task) -> str:
    """One line: ``<SINGLE> masked text <IMG_1> … <IMG_n> Объявление:``; empty parts are left out."""
    parts = (hidden_token, masked_text.strip(), " ".join(PHOTO_TOKENS[:photos]), TASKS[task])
    return " ".join(part for part in parts if part)


def task_for(text: str) -> Task:
    """A seller who wrote something gets an ad in their voice; photos alone are described, nothing is made up."""
    return "ad" if text.strip() else "caption"
