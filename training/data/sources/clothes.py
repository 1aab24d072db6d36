"""The built-in stand-in of the main data set: photos of clothes with reference texts, and sampled sellers.

Nobody annotated sizes, prices, states or brands, so a seller's form is sampled, each value as Avito writes it. What
stands in the form stands in the reference (the reference's own placeholders are filled, a sentence is added for other
values), and no number stands in the reference that is not in the form. The reference texts were written by a language
model, not by people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from models.words import morphology
from training.captioner_data import PHRASES
from training.clothes import SHARED, ClothesAd, read_clothes
from training.data.dataset import Draft
from training.data.record import AdRecord
from training.data.sample import generator
from training.data.sources.seller_values import price, size, slot_value, written_price
from training.data.sources.tables import SourceError

_PLACEHOLDER = re.compile(r"<([A-Z_]+)>")
_FORM_KEY = re.compile(r"(?P<key>[А-ЯЁ][^:]*): (?P<value>.+)")


def read_clothes_ads(
    path: Path | str = SHARED / "clothes",
    texts: Literal["ad", "caption"] = "ad",
    seed: int = 0,
    name: str = "clothes",
) -> Iterator[Draft]:
    """Stream one record a photo: an ad with its sampled form, or the neutral caption of the photo alone.

    Ids are ``clothes:PHOTO~ad`` and ``clothes:PHOTO~caption``: both texts of a photo share its split.

    Raises:
        SourceError: the folder is not there.
    """
    try:
        ads = read_clothes(Path(path))
    except FileNotFoundError as error:
        raise SourceError(str(error)) from error
    for ad in ads:
        thing = f"{name}:{ad.photo.stem}"
        if texts == "caption":
            record = AdRecord(
                id=f"{thing}~caption",
                text=ad.caption,
                task="caption",
                source=name,
                split=ad.split,
                hidden_token="<SINGLE>",
            )
        else:
            record = _seller_record(ad, thing, generator(seed, thing)).model_copy(update={"source": name})
        yield Draft(record, (ad.photo,))


@dataclass
class _Form:
    """What a sampled seller types, and the sentences the answer needs for it."""

    attributes: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)


def _seller_record(ad: ClothesAd, thing: str, random: np.random.Generator) -> AdRecord:
    form = _Form()
    _describe(ad, form, random)
    for slot, phrases in PHRASES["slots"].items():
        needed = f"<{slot}>" in f"{ad.ad} {ad.assistant}"
        fits = slot != "AGE" or ad.for_whom == "детское"
        if needed or (fits and random.random() < phrases["share"]):
            _add_slot(slot, ad, form, random)
    if random.random() < 0.5 or not form.attributes:
        form.words.insert(0, _free_text(ad, random))
    random.shuffle(form.said)
    return AdRecord(
        id=f"{thing}~ad",
        attributes=form.attributes,
        seller_text=". ".join(form.words) or None,
        text=" ".join([_filled(_told_plainly(ad.ad), form.values), *form.said]),
        assistant_text=_filled(ad.assistant, form.values) if ad.assistant else None,
        source="clothes",
        split=ad.split,
        hidden_token="<SINGLE>",
    )


def _describe(ad: ClothesAd, form: _Form, random: np.random.Generator) -> None:
    """The attributes without numbers."""
    if random.random() < 0.6:
        form.attributes["Вид одежды"] = _pick(random, PHRASES["kinds"][ad.label])
    if random.random() < 0.6:
        form.attributes["Предмет одежды"] = ad.item
    for key in ("Бренд", "Состояние"):
        if random.random() < 0.25:
            phrases = PHRASES["facts"][key]
            form.attributes[key] = value = _pick(random, phrases["values"])
            form.said.append(_pick(random, phrases["said"]).format(value if key == "Бренд" else value.lower()))
    if random.random() < 0.4:
        form.attributes["Цвет"] = ad.colors[0]


def _add_slot(slot: str, ad: ClothesAd, form: _Form, random: np.random.Generator) -> None:
    """Let the seller give a number; say it in the answer unless the answer has a place for it already."""
    phrase = _pick(random, [p for p in PHRASES["slots"][slot]["keys"] if p.count("<") == 1])
    if phrase.startswith("Размер"):
        form.attributes["Размер"] = value = size(ad, random)
        form.values[slot] = value.partition(" ")[0]
    elif phrase.startswith("Цена"):
        amount = price(ad, random)
        form.attributes["Цена"] = written_price(amount, random)
        form.values[slot] = str(amount)
    else:
        form.values[slot] = slot_value(slot, phrase, ad, random)
        typed = _filled(phrase, form.values)
        if match := _FORM_KEY.fullmatch(typed):
            form.attributes[match["key"]] = match["value"]
        else:
            form.words.append(typed)
    if f"<{slot}>" not in ad.ad:
        form.said.append(_filled(_pick(random, PHRASES["slots"][slot]["said"]), form.values))


def _told_plainly(text: str) -> str:
    """Words around the reference's placeholders that name their slot: «рост <SIZE>» means the size, a bare price roubles."""
    text = re.sub(r"\bрост <SIZE>", "размер <SIZE>", text)
    text = re.sub(r"\bРост <SIZE>", "Размер <SIZE>", text)
    return re.sub(r", <PRICE>(?=[.,!]|$)", ", <PRICE> руб", text)


def _filled(text: str, values: dict[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1]], text)


def _free_text(ad: ClothesAd, random: np.random.Generator) -> str:
    details = list(ad.details)
    random.shuffle(details)
    opening = _pick(random, PHRASES["openings"])
    item = accusative(ad.item) if opening.startswith(("Продам {", "Отдаю {")) else ad.item
    words = [item, *details[: random.integers(0, 4)]]
    if random.random() < 0.5:
        words.insert(1, f"цвет {ad.colors[0]}")
    return opening.format(", ".join(words))


@lru_cache(maxsize=10_000)
def accusative(item: str) -> str:
    """«джинсовая куртка» → «джинсовую куртку»; other than feminine things keep their form."""
    words = []
    for word in item.split(" "):
        found = morphology().parse(word)[0]
        femn = {"femn", "sing", "nomn"} <= set(found.tag.grammemes) and found.tag.POS in ("NOUN", "ADJF")
        inflected = found.inflect({"accs"}) if femn else None
        words.append(inflected.word if inflected else word)
    return " ".join(words)


def _pick(random: np.random.Generator, options: list[str]) -> str:
    return options[random.integers(len(options))]
