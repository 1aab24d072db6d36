"""The page: its layout and what happens on each press."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from pipeline import fill
from pipeline.ad import Ad
from pipeline.result import Bilingual, Language, Result
from pipeline.test_cases import Case
from ui import checkpoints, report, run, texts
from ui.attributes import HINTS, Attributes
from ui.cases import endpoint, filled
from ui.language import Words, language_of
from ui.markup import esc
from ui.photos import Photos

DEFAULT_LANGUAGE: Language = "ru"
# One ad already uses every core, and sampling draws from torch's one global generator: two at once would be no
# faster, and the same seed would not give the same text. Others wait in the queue.
AT_ONCE = 1
QUEUE = 20
CACHE_SECONDS = (600, 3600)
# Photos still on their way belong to the ad; on a narrow screen the result is below the form.
SHOW_RESULT = '() => { if (innerWidth <= 900) document.querySelector("#result").scrollIntoView({behavior: "smooth"}); }'
# A page over plain HTTP has no ``navigator.clipboard``.
COPY = """async () => {
    const field = document.querySelector("#description textarea"), button = document.querySelector("#copy");
    try { await navigator.clipboard.writeText(field.value); }
    catch { field.select(); document.execCommand("copy"); }
    button.classList.add("copied");
    setTimeout(() => button.classList.remove("copied"), 1500);
}"""
BEFORE_RUN = f"async () => {{ await window.adUploads; ({SHOW_RESULT})(); }}"


class Form(NamedTuple):
    """The left side; the first six are what ``/describe`` reads, in this order."""

    attributes: Attributes
    text: gr.Textbox
    photos: Photos
    checkpoint: gr.Dropdown
    seed: gr.Number
    blanks: gr.Checkbox
    checkpoint_note: gr.HTML
    cases: list[gr.Button]
    generate: gr.Button
    cancel: gr.Button
    clear: gr.Button


class Output(NamedTuple):
    """The right side; the first four are a ``run.View``."""

    text: gr.Textbox
    report: gr.HTML
    result: gr.JSON
    kept: gr.State
    copy: gr.Button
    another: gr.Button


def build(
    service: Any, cases: Sequence[Case], language: Language | None = None, checkpoint: str | None = None
) -> gr.Blocks:
    """Build the page.

    Args:
        service: ``pipeline.Service`` or whatever has its ``run`` and ``checkpoints``.
        cases: a button each.
        language: of the page for everybody; None asks the browser.
        checkpoint: chosen at the start; None leaves it to the service.
    """
    words = Words(language or DEFAULT_LANGUAGE)
    with gr.Blocks(
        title=" · ".join(texts.TITLE), analytics_enabled=False, delete_cache=CACHE_SECONDS, fill_width=True
    ) as page:
        words(gr.HTML, value=Bilingual(_hero("ru"), _hero("en")), elem_id="hero")
        case_buttons = _case_buttons(words, cases)
        with gr.Row(elem_id="columns"):
            with gr.Column(scale=4, min_width=320, elem_id="form"):
                form = _form(words, case_buttons, service, checkpoint)
            with gr.Column(scale=7, min_width=320, elem_id="result"):
                blanks, output = _output(words)
        form = form._replace(blanks=blanks)
        _on_run(form, output, cases, service, language)
        _on_change(page, words, form, output, service, language)
    return page.queue(max_size=QUEUE)


def _hero(language: Language) -> str:
    how = "".join(f"<li>{esc(promise.to(language))}</li>" for promise in texts.HOW)
    return f"<h1>{esc(texts.TITLE.to(language))}</h1><p>{esc(texts.SUBTITLE.to(language))}</p><ol>{how}</ol>"


def _case_buttons(words: Words, cases: Sequence[Case]) -> list[gr.Button]:
    with gr.Column(elem_id="cases"):
        hint = {
            code: f"<b>{esc(texts.CASES.to(code))}</b> {esc((texts.CASES_HINT if cases else texts.NO_CASES).to(code))}"
            for code in ("ru", "en")
        }
        words(gr.HTML, value=Bilingual(**hint))
        with gr.Row():
            return [
                words(gr.Button, value=case.title, size="sm", min_width=0, elem_id=endpoint(case)) for case in cases
            ]


def _form(words: Words, case_buttons: list[gr.Button], service: Any, checkpoint: str | None) -> Form:
    photos = words(Photos, label=texts.PHOTOS, words=texts.PHOTO_WORDS, elem_id="photos")
    attributes = words(
        Attributes,
        label=texts.ATTRIBUTES,
        words={
            "label": texts.ATTRIBUTES,
            "name": texts.FIELD_NAME,
            "value": texts.FIELD_VALUE,
            "add": texts.ADD_FIELD,
            "remove": texts.REMOVE_FIELD,
            "hints": HINTS,
        },
        elem_id="attributes",
    )
    text = words(
        gr.Textbox,
        label=texts.TEXT,
        value="",
        placeholder=texts.TEXT_HINT,
        lines=3,
        max_lines=10,
        elem_id="seller-text",
    )
    with gr.Row(equal_height=True, elem_id="model-row"):
        chosen = words(
            gr.Dropdown,
            choices=checkpoints.choices(service.checkpoints(), words.language),
            value=checkpoint or checkpoints.AUTOMATIC,
            label=texts.CHECKPOINT,
            filterable=False,
            scale=3,
            min_width=200,
            elem_id="checkpoint",
        )
        seed = words(
            gr.Number, value=0, precision=0, minimum=0, label=texts.SEED, scale=1, min_width=90, elem_id="seed"
        )
    note = gr.HTML(elem_id="checkpoint-note")
    with gr.Row(elem_id="actions"):
        generate = words(gr.Button, value=texts.GENERATE, variant="primary", scale=3, min_width=150, elem_id="generate")
        cancel = words(gr.Button, value=texts.CANCEL, interactive=False, scale=1, min_width=100, elem_id="cancel")
        clear = words(gr.Button, value=texts.CLEAR, scale=1, min_width=100, elem_id="clear")
    return Form(attributes, text, photos, chosen, seed, None, note, case_buttons, generate, cancel, clear)


def _output(words: Words) -> tuple[gr.Checkbox, Output]:
    text = words(
        gr.Textbox,
        label=texts.DESCRIPTION,
        placeholder=texts.DESCRIPTION_HINT,
        lines=4,
        max_lines=14,
        interactive=True,
        elem_id="description",
    )
    with gr.Row(elem_id="after-text"):
        blanks = words(
            gr.Checkbox, label=texts.BLANKS, info=texts.BLANKS_HINT, container=False, min_width=180, elem_id="blanks"
        )
        copy = words(gr.Button, value=texts.COPY, size="sm", scale=0, min_width=130, elem_id="copy")
        another = words(gr.Button, value=texts.ANOTHER, size="sm", scale=0, min_width=150, elem_id="another")
    shown = words(
        gr.HTML, value=Bilingual(report.nothing_yet("ru"), report.nothing_yet("en")), label="report", elem_id="report"
    )
    with words(gr.Accordion, label=texts.AS_JSON, open=False, elem_id="json"):
        result = gr.JSON(label="result", show_label=False)
    return blanks, Output(text, shown, result, gr.State(), copy, another)


def _on_run(form: Form, output: Output, cases: Sequence[Case], service: Any, forced: Language | None) -> None:
    """Wire everything that starts, stops and ends a run."""
    buttons = [form.cancel, form.generate, form.clear, output.another, *form.cases]

    def busy(is_busy: bool) -> list[Any]:
        return [gr.update(interactive=is_busy), *(gr.update(interactive=not is_busy) for _ in buttons[1:])]

    def begin(request: gr.Request) -> list[Any]:
        return [report.waiting(language_of(request, forced)), *busy(True)]

    def describe(
        attributes: dict[str, str],
        text: str,
        photos: list[Path],
        checkpoint: str | None,
        seed: int | None,
        blanks: bool,
        request: gr.Request,
    ) -> Iterator[run.View]:
        """Write the description of an ad.

        attributes: field to value; text: the seller's own words; photos: up to 10 files, in order; checkpoint: folder
        name of a captioner, "" lets the service choose; seed: number of the variant; blanks: "__" for unknown numbers.
        Returns the description, the report as HTML, and the whole result as JSON (status, text, masked_text,
        diversity, verdicts, timings, scores, models, checkpoint, problems); progress is streamed before.
        """
        ad = Ad(attributes or {}, text or "", tuple(photos or ()))
        yield from run.describe(service, ad, language_of(request, forced), checkpoint or None, seed or 0, blanks)

    def stop(request: gr.Request) -> list[Any]:
        return [report.cancelled(language_of(request, forced)), *busy(False)]

    hidden = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    ticket = gr.State(0)
    started = gr.on(
        [form.generate.click, form.text.submit, ticket.change],
        begin,
        None,
        [output.report, *buttons],
        js=BEFORE_RUN,
        **hidden,
    )
    running = started.then(
        describe,
        list(form[:6]),
        list(output[:4]),
        api_name="describe",
        show_progress="hidden",
        concurrency_limit=AT_ONCE,
    )
    # ``then`` is silent after a generator that failed.
    for ended in (running.success, running.failure):
        ended(lambda: busy(False), None, buttons, js=SHOW_RESULT, **hidden)
    # Answered only after the run was stopped: a view of it that was still on its way would hide the answer.
    stopped = form.cancel.click(None, cancels=[running], **hidden)
    stopped.then(stop, None, [output.report, *buttons], **hidden)
    output.another.click(
        lambda seed, ticket: ((seed or 0) + 1, ticket + 1),
        [form.seed, ticket],
        [form.seed, ticket],
        **{**hidden, "queue": True},
    )
    for case, button in zip(cases, form.cases, strict=True):
        button.click(
            lambda number, case=case: (*filled(case), 0, number + 1),
            ticket,
            [form.attributes, form.text, form.photos, form.seed, ticket],
            show_progress="hidden",
            api_name=endpoint(case),
            api_description=f"Fill the form with the test case {case.name}: attributes, text, photos, seed.",
        )


def _on_change(
    page: gr.Blocks, words: Words, form: Form, output: Output, service: Any, forced: Language | None
) -> None:
    """Wire what answers at once: the language, the note on the checkpoint, the switch of blanks, «Clear»."""
    hidden = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}

    def speak(request: gr.Request) -> list[Any]:
        language = language_of(request, forced)
        found = checkpoints.choices(service.checkpoints(), language)
        return [*words.updates(language), gr.update(choices=found)]

    def note(name: str | None, request: gr.Request) -> str:
        return checkpoints.note(name, service.checkpoints(), language_of(request, forced))

    def refill(kept: Result | None, blanks: bool) -> Any:
        return fill(kept, blanks) if kept and kept.status == "ok" else gr.skip()

    page.load(speak, None, [*words.components, form.checkpoint], **hidden)
    page.load(note, form.checkpoint, form.checkpoint_note, **hidden)
    form.checkpoint.change(note, form.checkpoint, form.checkpoint_note, **hidden)
    form.blanks.input(refill, [output.kept, form.blanks], output.text, **hidden)
    output.copy.click(None, js=COPY, **hidden)
    form.clear.click(lambda: ({}, "", [], 0), None, [form.attributes, form.text, form.photos, form.seed], **hidden)
