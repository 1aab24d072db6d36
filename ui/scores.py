"""The scores of a description, each with a line that says what it means and the model that computed it."""

from __future__ import annotations

import re

from pipeline.result import Language, Result
from ui import texts
from ui.markup import card, esc, number, percent


def scores_card(result: Result, language: Language) -> str:
    rows = "".join(_row(name, result, language) for name in texts.SCORES)
    return card(texts.SCORES_TITLE.to(language), f'<dl class="scores">{rows}</dl>', "measures")


def written_card(result: Result, language: Language) -> str:
    """Who wrote, the hidden token with the diversity score behind it, and the text before unmasking."""
    lines = []
    if result.masked_text and result.checkpoint:
        why = "" if result.photos else f" <small>{esc(texts.TEXT_ONLY.to(language))}</small>"
        lines.append(f"<p><span>{esc(texts.WROTE.to(language))}</span> <code>{esc(result.checkpoint)}</code>{why}</p>")
    if result.diversity:
        token, score = result.diversity.get("token"), result.diversity.get("score")
        meaning = texts.TOKENS[token].to(language) if token in texts.TOKENS else ""
        share = "" if score is None else f" <b>{percent(score)}</b>"
        lines.append(
            f"<p><span>{esc(texts.DIVERSITY.to(language))}</span>{share} <code>{esc(token)}</code> {esc(meaning)}"
            f"{_model(result, 'diversity', language)}</p>"
        )
    if result.masked_text:
        lines.append(f"<p><span>{esc(texts.MASKED.to(language))}</span></p>")
        lines.append(f'<p class="masked">{_placeholders(result.masked_text)}</p>')
    return f'<section class="card written">{"".join(lines)}</section>' if lines else ""


def _placeholders(masked_text: str) -> str:
    """The text with its placeholders set apart."""
    return re.sub(r"&lt;[A-Z_0-9]+&gt;", lambda found: f"<mark>{found.group()}</mark>", esc(masked_text))


def _row(name: str, result: Result, language: Language) -> str:
    title, meaning = texts.SCORES[name]
    value = result.scores.get(name)
    shown = "—" if value is None else number(value, language, 3)
    line = texts.NO_SCORE if value is None else meaning
    model = "" if value is None else _model(result, name, language)
    return (
        f'<div class="{"none" if value is None else "some"}"><dt>{esc(title.to(language))}</dt><dd>{shown}</dd>'
        f"<p>{esc(line.to(language))}{model}</p></div>"
    )


def _model(result: Result, name: str, language: Language) -> str:
    model = result.models.get(name)
    return f" <small>{esc(texts.MODEL.to(language))}: {esc(model)}</small>" if model else ""
