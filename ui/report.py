"""The right side below the description: one piece of HTML for every state a run can be in."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.result import Language, Result
from ui import texts
from ui.checks import checks_card, photos_card
from ui.markup import SYMBOLS, Tone, banner, esc, named
from ui.scores import scores_card, written_card
from ui.steps import steps_card

TONES: dict[str, Tone] = {"ok": "good", "rejected": "bad", "invalid": "warn", "empty": "warn"}


def nothing_yet(language: Language) -> str:
    """What stands there before the first run."""
    return (
        f'<section class="card blank"><i aria-hidden="true">✎</i><b>{esc(texts.EMPTY.to(language))}</b>'
        f"<p>{esc(texts.EMPTY_HINT.to(language))}</p></section>"
    )


def waiting(language: Language) -> str:
    return banner("calm", texts.WAITING.to(language), texts.WAITING_HINT.to(language))


def cancelled(language: Language) -> str:
    return banner("calm", texts.CANCELLED.to(language), texts.CANCELLED_HINT.to(language))


def failed(error: Exception, language: Language) -> str:
    return banner("bad", texts.FAILED.to(language), f"{texts.FAILED_HINT.to(language)} {error}")


def running(timings: Mapping[str, float], step: str | None, language: Language) -> str:
    """The progress of a run: ``step`` is under way, ``timings`` has those that ended."""
    title = texts.STEPS[step].to(language) if step in texts.STEPS else ""
    head = (
        f'<section class="banner calm busy" role="status"><i aria-hidden="true">{SYMBOLS["calm"]}</i>'
        f"<div><b>{esc(texts.RUNNING.to(language))}</b><p>{esc(title)}</p></div></section>"
    )
    return head + steps_card(timings, language, step)


def finished(result: Result, language: Language) -> str:
    """The whole report of a run, whatever its status."""
    head = banner(TONES[result.status], texts.STATUS[result.status].to(language), *_head(result, language))
    if result.status in ("empty", "invalid"):
        return head
    parts = [head, written_card(result, language), photos_card(result, language), checks_card(result, language)]
    writer = {"caption": result.checkpoint} if result.checkpoint and "caption" in result.timings else {}
    parts.append(steps_card(result.timings, language, models=result.models | writer))
    if result.status == "ok":
        parts.append(scores_card(result, language))
    return "".join(part for part in parts if part)


def _head(result: Result, language: Language) -> tuple[str, list[str]]:
    reasons = [named(problem.file, problem.message.to(language)) for problem in result.problems]
    if result.status == "rejected":
        reasons += [
            named(verdict.photo, verdict.message.to(language)) for verdict in result.verdicts if verdict.passed is False
        ]
    return texts.STATUS_HINT[result.status].to(language), list(dict.fromkeys(reasons))
