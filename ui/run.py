"""Runs the service for one press of the button and turns what it reports into what the page shows."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any, NamedTuple

import gradio as gr

from pipeline.ad import Ad
from pipeline.result import Language, Progress, Result
from ui import report, texts

log = logging.getLogger(__name__)


class View(NamedTuple):
    """The values of the right side, in the order of the outputs.

    Attributes:
        text: the description.
        report: HTML below it.
        result: the JSON result, None until it is there.
        kept: the result without its photos, for the switch of blanks.
    """

    text: str
    report: str
    result: dict[str, Any] | None = None
    kept: Result | None = None


def describe(
    service: Any, ad: Ad, language: Language, checkpoint: str | None = None, seed: int = 0, blanks: bool = False
) -> Iterator[View]:
    """Yield a view whenever a step begins or ends, the words as they are written, and the result last.

    Raises:
        gr.Error: the service broke; the last view before it says so too.
    """
    timings: dict[str, float] = {}
    text, step = "", None
    try:
        with closing(service.run(ad, checkpoint=checkpoint, seed=seed, blanks=blanks)) as events:
            for event in events:
                if isinstance(event, Result):
                    yield finished(event, language)
                    return
                text, step = _follow(event, timings, text, step)
                yield View(text, report.running(timings, step, language))
    except Exception as error:
        log.exception("the service failed")
        yield View(text, report.failed(error, language))
        raise gr.Error(f"{texts.FAILED.to(language)}: {error}", print_exception=False) from error


def finished(result: Result, language: Language) -> View:
    """The view of a result."""
    return View(result.text, report.finished(result, language), result.to_json(language), replace(result, photos=[]))


def _follow(event: Progress, timings: dict[str, float], text: str, step: str | None) -> tuple[str, str | None]:
    """Note what an event reports; return the text so far and the step under way."""
    if event.seconds is not None:
        timings[event.step] = event.seconds
        return text, None
    return event.text or text, event.step
