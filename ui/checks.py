"""Verdicts in plain words, and the photos with what is known of each."""

from __future__ import annotations

from pipeline import blurred
from pipeline.result import Language, Photo, Result, Verdict
from ui import texts
from ui.markup import Tone, card, data_uri, esc, number, percent, pill


def checks_card(result: Result, language: Language) -> str:
    """One row a check: its decision about the ad, then the photos it found fault with."""
    rows = "".join(_row(check, result, language) for check in texts.CHECKS)
    return card(texts.CHECKS_TITLE.to(language), f'<ul class="checks">{rows}</ul>', "verdicts")


def photos_card(result: Result, language: Language) -> str:
    """Every photo with its CLIPScore; a rejected one is blurred."""
    if not result.photos:
        return ""
    per_photo = result.scores.get("clipscore_per_photo") or []
    figures = []
    for index, photo in enumerate(result.photos):
        about = [verdict for verdict in result.verdicts if verdict.index == index and verdict.passed is False]
        hidden = any(verdict.check == "photos" for verdict in about)
        score = per_photo[index] if index < len(per_photo) else None
        figures.append(_figure(index, photo, hidden, score, about, language))
    title = texts.PHOTO_CARDS if per_photo else texts.PHOTOS
    return card(title.to(language), f'<div class="photos">{"".join(figures)}</div>', "photo-scores")


def _row(check: str, result: Result, language: Language) -> str:
    verdicts = [verdict for verdict in result.verdicts if verdict.check == check]
    if not verdicts:
        return ""
    about_ad = [v for v in verdicts if v.index is None and v.photo is None]
    overall = next((v for v in about_ad if v.passed is False), about_ad[0] if about_ad else None)
    passed = overall.passed if overall else _all_passed(verdicts)
    tone, word = _state(passed)
    model = result.models.get(check)
    notes = [f'<span class="measure">{_measure(check, overall, language)}</span>'] if overall else []
    if model:
        notes.append(f"<small>{esc(texts.MODEL.to(language))}: {esc(model)}</small>")
    faults = [v for v in verdicts if v is not overall and v.passed is False]
    messages = [overall.message] if overall else []
    lines = "".join(f"<p>{esc(message.to(language))}</p>" for message in messages)
    listing = "".join(f"<li><b>{esc(v.photo)}</b> {esc(v.message.to(language))}</li>" for v in faults)
    return (
        f"<li><div><b>{esc(texts.CHECKS[check].to(language))}</b>{pill(tone, word.to(language))}</div>{lines}"
        f'{f"<ul>{listing}</ul>" if listing else ""}<p class="notes">{"".join(notes)}</p></li>'
    )


def _all_passed(verdicts: list[Verdict]) -> bool | None:
    decided = [verdict.passed for verdict in verdicts if verdict.passed is not None]
    return all(decided) if decided else None


def _state(passed: bool | None) -> tuple[Tone, texts.B]:
    if passed is None:
        return "calm", texts.NOT_APPLICABLE
    return ("good", texts.PASSED) if passed else ("bad", texts.REJECTED)


def _measure(check: str, verdict: Verdict, language: Language) -> str:
    if verdict.score is None:
        return ""
    return f"{esc(texts.CHECK_SCORES[check].to(language))}: <b>{percent(verdict.score)}</b>"


def _figure(
    index: int, photo: Photo, hidden: bool, score: float | None, faults: list[Verdict], language: Language
) -> str:
    image = blurred(photo) if hidden else photo.image
    alt = f"{photo.name} — {texts.BLURRED.to(language)}" if hidden else photo.name
    value = "" if score is None else number(score, language)
    badge = f'<span class="veil">{esc(texts.BLURRED.to(language))}</span>' if hidden else ""
    state = "bad" if faults else "good"
    return (
        f'<figure class="{state}"><img src="{data_uri(image)}" alt="{esc(alt)}">{badge}'
        f"<figcaption><span>{index + 1}. {esc(photo.name)}</span><b>{value}</b></figcaption></figure>"
    )
