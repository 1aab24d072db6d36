"""Verdicts in plain words, and the photos with what is known of each."""

from __future__ import annotations

from pipeline import blurred
from pipeline.result import Language, Photo, Result, Verdict
from ui import texts
from ui.markup import Tone, card, data_uri, esc, named, number, percent, pill


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
        about = [verdict for verdict in result.verdicts if verdict.index == index]
        score = per_photo[index] if index < len(per_photo) else None
        figures.append(_figure(index, photo, score, about, language))
    title = texts.PHOTO_CARDS if per_photo else texts.PHOTOS
    return card(title.to(language), f'<div class="photos">{"".join(figures)}</div>', "photo-scores")


def _row(check: str, result: Result, language: Language) -> str:
    verdicts = [verdict for verdict in result.verdicts if verdict.check == check]
    if not verdicts and check not in result.timings:
        return ""
    about_ad = [v for v in verdicts if v.index is None]
    overall = next((v for v in about_ad if v.passed is False), about_ad[0] if about_ad else None)
    passed = overall.passed if overall else _all_passed(verdicts)
    tone, word = _state(passed)
    noteworthy = [v for v in verdicts if v is not overall and (v.passed is False or v.details.get("warnings"))]
    message = overall.message if overall else texts.ALL_ACCEPTED if passed and not noteworthy else None
    line = f"<p>{esc(message.to(language))}</p>" if message else ""
    listing = "".join(f"<li>{esc(named(v.photo, v.message.to(language)))}</li>" for v in noteworthy)
    scores = [v.score for v in ([overall] if overall else verdicts) if v.score is not None]
    notes = [_measure(check, max(scores), language)] if scores else []
    if overall and "threshold" in overall.details:
        notes.append(f"<span>{esc(texts.THRESHOLD.to(language))}: {percent(overall.details['threshold'])}</span>")
    if check in result.models:
        notes.append(f"<small>{esc(texts.MODEL.to(language))}: {esc(result.models[check])}</small>")
    return (
        f"<li><div><b>{esc(texts.CHECKS[check].to(language))}</b>{pill(tone, word.to(language))}</div>{line}"
        f'{f"<ul>{listing}</ul>" if listing else ""}<p class="notes">{"".join(notes)}</p></li>'
    )


def _all_passed(verdicts: list[Verdict]) -> bool | None:
    decided = [verdict.passed for verdict in verdicts if verdict.passed is not None]
    return all(decided) if decided else None


def _state(passed: bool | None) -> tuple[Tone, texts.B]:
    if passed is None:
        return "calm", texts.NOT_APPLICABLE
    return ("good", texts.PASSED) if passed else ("bad", texts.REJECTED)


def _measure(check: str, score: float, language: Language) -> str:
    return f"<span>{esc(texts.CHECK_SCORES[check].to(language))}: <b>{percent(score)}</b></span>"


def _figure(index: int, photo: Photo, score: float | None, verdicts: list[Verdict], language: Language) -> str:
    rejected = {verdict.check for verdict in verdicts if verdict.passed is False}
    hidden = "photos" in rejected
    image = blurred(photo) if hidden else photo.image
    alt = f"{photo.name} — {texts.BLURRED.to(language)}" if hidden else photo.name
    badge = f'<span class="veil">{esc(texts.BLURRED.to(language))}</span>' if hidden else ""
    value = "" if score is None else f'<span class="score">CLIPScore <b>{number(score, language)}</b></span>'
    match = next((verdict.score for verdict in verdicts if verdict.check == "match"), None)
    fits = "" if match is None else f"<small>{esc(texts.FITS_TEXT.to(language))} <span>{percent(match)}</span></small>"
    return (
        f'<figure class="{"bad" if rejected else "good"}"><img src="{data_uri(image)}" alt="{esc(alt)}">{badge}'
        f'<figcaption><span class="name">{index + 1}. {esc(photo.name)}</span>{value}{fits}</figcaption></figure>'
    )
