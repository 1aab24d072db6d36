"""Ads of several different items made of single-item ads: the ``<VARIATIVE>`` side of the data."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from metrics.lexicon import lexicon
from models.language import MAX_PHOTOS
from models.words import lemma, morphology
from training.captioner_data import PHRASES
from training.data.dataset import Draft
from training.data.record import AdRecord
from training.data.sources.clothes import accusative
from training.data.sources.seller_values import written_price

_WORD = re.compile(r"[а-яё]+", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?]+|\n|$)")
_NUMBER = re.compile(r"\d|<[A-Z_]+>")
_TRIES = 30  # draws for one more item that differs from the others


def choose_items(draw: Callable[[], Draft], count: int) -> list[Draft]:
    """Draw ads until ``count`` of them show different kinds of items, at least two.

    Raises:
        ValueError: the ads drawn from all show one kind.
    """
    chosen: dict[str, Draft] = {}
    for _ in range(_TRIES * count):
        draft = draw()
        name = item_name(draft.record)
        if not any(same_kind(name, other) for other in chosen):
            chosen[name] = draft
        if len(chosen) == count:
            break
    if len(chosen) < 2:
        raise ValueError("a bundle needs ads of different items, and only one kind was found")
    return list(chosen.values())


def item_name(record: AdRecord) -> str:
    """«джинсовая куртка», «юбка»: as the form says, or the first kind of clothes, or the first noun of the texts."""
    if item := record.attributes.get("Предмет одежды"):
        return item.lower()
    for text in (record.text, record.seller_text or ""):
        if kinds := lexicon().kinds(text):
            return min(kinds[0])
    for text in (record.seller_text or "", record.text):
        for word in _WORD.findall(text):
            parsed = morphology().parse(word)[0]
            if "NOUN" in parsed.tag and "Name" not in parsed.tag:
                named = parsed.inflect({"nomn", "plur" if parsed.tag.number == "plur" else "sing"})
                return (named or parsed).word
    return "вещь"


def same_kind(one: str, other: str) -> bool:
    """Whether two names may be of one kind of things («тренч», «плащ»); unknown things are compared by their last word."""
    ours, theirs = _kinds(one), _kinds(other)
    if ours and theirs:
        return lexicon().same_kind(ours, theirs)
    return lemma(one.split(" ")[-1]) == lemma(other.split(" ")[-1])


def _kinds(text: str) -> set[str]:
    return set().union(*lexicon().kinds(text))


def joined(drafts: Sequence[Draft], record_id: str, source: str, random: np.random.Generator) -> Draft:
    """One ad of several: all their photos (one each if they are too many), and a text that names every item.

    Numbers belong to single items and are left out; the price of everything together is new, in form and reference.
    """
    names = [item_name(draft.record) for draft in drafts]
    sentences = [_plain_sentence(draft.record, name) for draft, name in zip(drafts, names, strict=True)]
    caption = all(draft.record.task == "caption" for draft in drafts)
    attributes: dict[str, str] = {}
    words, opening, ending = None, "", ""
    if not caption:
        opening = _pick(random, PHRASES["bundle_openings"])
        saying = _pick(random, PHRASES["bundle_texts"])
        words = saying.format(", ".join(map(accusative, names) if saying.startswith("Продам {") else names))
        if random.random() < 0.5:
            amount = int(random.integers(6, 60)) * 100
            attributes["Цена"] = written_price(amount, random)
            ending = _pick(random, _PRICES).format(amount)
    record = AdRecord(
        id=record_id,
        attributes=attributes,
        seller_text=words,
        text=" ".join(part for part in (opening, *sentences, ending) if part),
        task="caption" if caption else "ad",
        source=source,
        split=drafts[0].record.split,
        hidden_token="<VARIATIVE>",
    )
    photos = [photo for draft in drafts for photo in draft.photos]
    if len(photos) > MAX_PHOTOS:
        photos = [draft.photos[0] for draft in drafts if draft.photos][:MAX_PHOTOS]
    return Draft(record, tuple(photos))


_PRICES = ("Всё вместе {} руб.", "За всё {}.", "Цена за всё {} рублей.", "Отдам всё за {}.")


def _plain_sentence(record: AdRecord, name: str) -> str:
    """The first sentence of the reference without a number that names the item, or else one put behind its name."""
    plain = [s.strip() for s in _SENTENCE.findall(record.text) if s.strip() and not _NUMBER.search(s)]
    for sentence in plain:
        if _names(sentence, name):
            return _closed(sentence)
    title = name[:1].upper() + name[1:]
    return _closed(f"{title}: {plain[0][:1].lower()}{plain[0][1:]}" if plain else title)


def _names(sentence: str, name: str) -> bool:
    kinds = _kinds(name)
    if kinds:
        return lexicon().same_kind(_kinds(sentence), kinds)
    return lemma(name.split(" ")[-1]) in map(lemma, _WORD.findall(sentence))


def _closed(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _pick(random: np.random.Generator, options: Sequence[str]) -> str:
    return options[random.integers(len(options))]
