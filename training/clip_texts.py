"""Texts the image-text model learns from: what may be said of a photo, and of which other photos it is true as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from training.captioner_data import PHRASES, item_phrase
from training.clothes import ClothesAd

GOODS = Path(__file__).parent / "goods.tsv"
ITEM_KEYS = ("Предмет одежды", "Предмет одежды", "Предмет одежды", "Предмет", "Вещь", "Название", "Товар")
KIND_KEYS = ("Вид одежды", "Вид одежды", "Вид одежды", "Категория", "Вид товара")
GOODS_FORMS = (
    "{}",
    "{}",
    "Продам {}",
    "Продаю: {}. Состояние хорошее",
    "Предмет: {}. Состояние: Хорошее",
    "Товар: {}. Цена: договорная. Самовывоз",
    "Вид товара: {}. Всё целое и рабочее, отдаю за ненадобностью",
    "На фото {}",
)


@dataclass(frozen=True)
class Told:
    """A text and what it claims.

    Attributes:
        text: as a seller or an annotator writes it.
        item: the kind of thing it names; "" when it describes one photo so closely that it is true of no other.
        color: the main colour it names, or "".
    """

    text: str
    item: str = ""
    color: str = ""


def own_texts(ad: ClothesAd, random: np.random.Generator, forms: int = 1) -> list[Told]:
    """Texts true of the ad's photo, from one sentence to a filled form; caption and ad come first."""
    color = ad.colors[0]
    told = [Told(ad.caption), Told(ad.ad)]
    told += [Told(ad.assistant)] if ad.assistant else []
    told += [Told(item_phrase(ad), ad.item, color), Told(ad.item, ad.item)]
    return told + [form_text(ad, random) for _ in range(forms)]


def form_text(ad: ClothesAd, random: np.random.Generator, free: float | None = None) -> Told:
    """A filled form as ``Ad.full_text`` writes it.

    Args:
        free: kind of the free text: below 0.25 the ad, below 0.35 the caption, below 0.6 a few words, else none;
            drawn when left out.
    """
    lines, color = [f"{_pick(random, ITEM_KEYS)}: {ad.item}"], ""
    if random.random() < 0.7:
        lines.insert(0, f"{_pick(random, KIND_KEYS)}: {_pick(random, PHRASES['kinds'][ad.label])}")
    if random.random() < 0.4:
        lines.append(f"Цвет: {ad.colors[0]}")
        color = ad.colors[0]
    if random.random() < 0.15:
        lines.append(f"Для кого: {ad.for_whom}")
    lines += _small_talk(random)
    free = random.random() if free is None else free
    if free < 0.25:
        return Told(". ".join([*lines, ad.ad]))
    if free < 0.35:
        return Told(". ".join([*lines, ad.caption]))
    if free < 0.6:
        details = [str(d) for d in random.permutation(list(ad.details))[: random.integers(0, 4)]]
        named = item_phrase(ad) if random.random() < 0.5 else ad.item
        said = _pick(random, PHRASES["openings"]).format(", ".join([named, *details]))
        lines.append(said)
        if details:
            return Told(". ".join(lines))
    return Told(". ".join(lines), ad.item, color)


def bundle_text(ads: Sequence[ClothesAd], random: np.random.Generator, style: float | None = None) -> str:
    """One text of several items.

    Args:
        style: below 0.2 a list of items, below 0.55 of items with colours, below 0.8 captions one after another, else
            the ads; drawn when left out.
    """
    style = random.random() if style is None else style
    if style < 0.2:
        return _pick(random, PHRASES["bundle_texts"][:4]).format(", ".join(ad.item for ad in ads))
    if style < 0.55:
        phrases = [item_phrase(ad) for ad in ads]
        return _pick(random, PHRASES["lists"]).format(f"{', '.join(phrases[:-1])} и {phrases[-1]}")
    opening = _pick(random, PHRASES["bundle_openings"])
    body = [ad.caption if style < 0.8 else ad.ad for ad in ads]
    return " ".join(part for part in (opening, *body) if part)


def goods_texts(part: Literal["train", "held"], path: Path = GOODS) -> list[tuple[str, str]]:
    """(ImageNet name or "-", text) of things that are not clothes, written for this project; a fourth is held out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [tuple(line.split("\t")) for line in lines]
    return [(name, text) for i, (name, text) in enumerate(pairs) if (i % 4 == 3) == (part == "held")]


def named_texts(name: str, random: np.random.Generator, count: int = 2) -> list[Told]:
    """A thing's name alone and in small ads."""
    forms = random.choice(len(GOODS_FORMS) - 2, count - 1, replace=False) + 2
    return [Told(name, name), *(Told(GOODS_FORMS[form].format(name), name) for form in forms)]


def _small_talk(random: np.random.Generator) -> list[str]:
    """Attributes that say nothing of the looks: state, brand, size, price."""
    lines = []
    for key, share in (("Состояние", 0.4), ("Бренд", 0.25)):
        if random.random() < share:
            lines.append(f"{key}: {_pick(random, PHRASES['facts'][key]['values'])}")
    for slot in PHRASES["slots"].values():
        if random.random() < slot["share"] * 0.7:
            lines.append(_pick(random, slot["keys"]))
    random.shuffle(lines)
    return lines


def _pick(random: np.random.Generator, options: Sequence[Any]) -> Any:
    return options[random.integers(len(options))]
