"""The steps of a run: what is done, what goes on, and how long each took."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.result import Language
from ui import texts
from ui.markup import card, esc, number


def steps_card(
    timings: Mapping[str, float],
    language: Language,
    running: str | None = None,
    models: Mapping[str, str] | None = None,
) -> str:
    """The list of steps with a bar for the time of each.

    Args:
        timings: seconds by step, and the totals once they are known.
        running: the step under way.
        models: which model worked in a step.
    """
    longest = max([timings[step] for step in texts.STEPS if step in timings] or [0.0]) or 1.0
    pending = "—" if "total" in timings else ""
    rows = "".join(
        _row(step, timings.get(step), step == running, longest, language, models or {}, pending) for step in texts.STEPS
    )
    totals = "".join(
        f"<span>{esc(title.to(language))} <b>{_seconds(timings[name], language)}</b></span>"
        for name, title in texts.TOTALS.items()
        if name in timings
    )
    foot = f'<p class="totals">{totals}</p>' if totals else ""
    return card(texts.STEPS_TITLE.to(language), f'<ol class="steps">{rows}</ol>{foot}', "times")


def _row(
    step: str,
    seconds: float | None,
    running: bool,
    longest: float,
    language: Language,
    models: Mapping[str, str],
    pending: str,
) -> str:
    state = "running" if running else "pending" if seconds is None else "done"
    width = 0.0 if seconds is None else 100 * seconds / longest
    time = pending if seconds is None else _seconds(seconds, language)
    model = f"<small>{esc(models[step])}</small>" if step in models else ""
    return (
        f'<li class="{state}"><span class="step"><i aria-hidden="true"></i>{esc(texts.STEPS[step].to(language))}{model}'
        f'</span><span class="bar"><span style="width:{width:.1f}%"></span></span><time>{time}</time></li>'
    )


def _seconds(seconds: float, language: Language) -> str:
    return f"{number(seconds, language)} {texts.SECONDS.to(language)}"
