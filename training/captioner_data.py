"""Training examples of the captioners: what a seller might hand in, and what should be written.

The texts of ``clothes/`` say nothing of sizes, prices or states, so those are sampled: a slot that stands in the
sampled attributes stands in the target, and no other does. Several photos are several views of one item (``<SINGLE>``) or
different items together (``<VARIATIVE>``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from models.words import morphology
from pipeline.prompt import write_prompt
from training.clothes import ClothesAd

SYLLABLES = [first + second for first in "бвгдзклмнпрстфх" for second in "аеиоуяы"] + [
    "кап",
    "лон",
    "стар",
    "мир",
    "вест",
]
PHRASES = json.loads((Path(__file__).parent / "phrases.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Example:
    """One training pair.

    Attributes:
        prompt: as ``pipeline.prompt.write_prompt`` writes it.
        photos: rows of the feature cache, one a photo.
        target: the text to write, placeholders in it.
        assistant: what a chat assistant would write of it, where there is such a text.
    """

    prompt: str
    photos: tuple[int, ...]
    target: str
    assistant: str | None = None


class ExampleSampler:
    """Draws an epoch of examples.

    Args:
        ads: training ads; ad ``i`` owns the feature rows ``i * views … i * views + views - 1``.
        views: feature rows an ad.
        goods: (name, feature rows) of things that are not clothes; rows may be empty (text only).
        seed: of the draws; epoch ``n`` is always the same.
    """

    def __init__(
        self, ads: list[ClothesAd], views: int, goods: list[tuple[str, tuple[int, ...]]], seed: int = 0
    ) -> None:
        self.ads, self.views, self.goods, self.seed = ads, views, goods, seed
        self._by_label: dict[str, list[int]] = {}
        for index, ad in enumerate(ads):
            self._by_label.setdefault(ad.label, []).append(index)

    def epoch(self, number: int, text_only: int = 2500, goods: int = 2500, bundles: int = 700) -> list[Example]:
        """Captions of one half of the ads and adverts of the other (the halves change), texts without photos, goods,
        bundles: what a seller says must be heard as well as what a photo shows is seen.
        """
        random = np.random.default_rng([self.seed, number])
        examples = [*self._captions(random, number % 2), *self._adverts(random, 1 - number % 2)]
        examples += [self._text_only(random) for _ in range(text_only)]
        examples += [self._bundle(random) for _ in range(bundles)]
        examples += [self._goods(random) for _ in range(goods)]
        return examples

    def _captions(self, random: np.random.Generator, half: int) -> Iterator[Example]:
        for index in range(half, len(self.ads), 2):
            photos = self._views(index, _photo_count(random, many=0.15), random)
            yield Example(write_prompt("<SINGLE>", "", len(photos), "caption"), photos, self.ads[index].caption)

    def _adverts(self, random: np.random.Generator, half: int) -> Iterator[Example]:
        for index in range(half, len(self.ads), 2):
            ad = self.ads[index]
            count = _photo_count(random, many=0.3)
            doubtful = random.random() < 0.25
            shown = self._other_of_the_kind(index, random) if doubtful else index
            bare = not doubtful and random.random() < 0.3
            text, target = ("", ad.ad) if bare else seller_input(ad, random, must_name=doubtful)
            photos = self._views(shown, count, random)
            yield Example(write_prompt("<SINGLE>", text, count, "ad"), photos, target, ad.assistant)

    def _text_only(self, random: np.random.Generator) -> Example:
        ad = self.ads[random.integers(len(self.ads))]
        text, target = seller_input(ad, random, must_name=True)
        return Example(write_prompt("<SINGLE>", text, 0, "ad"), (), target, ad.assistant)

    def _other_of_the_kind(self, index: int, random: np.random.Generator) -> int:
        """Another thing of the same label: the exact item and its colour are then known from the text alone."""
        return int(random.choice(self._by_label[self.ads[index].label]))

    def _views(self, index: int, count: int, random: np.random.Generator) -> tuple[int, ...]:
        chosen = random.choice(self.views, count, replace=count > self.views)
        return tuple(int(index * self.views + view) for view in chosen)

    def _bundle(self, random: np.random.Generator) -> Example:
        count = int(random.choice([2, 3, 4, 5], p=[0.3, 0.4, 0.2, 0.1]))
        rows = [int(i) for i in random.choice(len(self.ads), count, replace=False)]
        ads = [self.ads[i] for i in rows]
        photos = tuple(int(i * self.views + random.integers(self.views)) for i in rows)
        short = random.random() < 0.4
        listed = [item_phrase(ad) if short else ad.caption for ad in ads]
        body = _pick(random, PHRASES["lists"]).format(_enumerate(listed)) if short else " ".join(listed)
        if random.random() < 0.4:
            return Example(write_prompt("<VARIATIVE>", "", count, "caption"), photos, body)
        said = _pick(random, PHRASES["bundle_texts"]).format(", ".join(ad.item for ad in ads))
        keys, tails = _slots(random, most=2)
        text = ". ".join([*keys, said]) if random.random() < 0.8 else ". ".join(keys)
        opening = "" if short else _pick(random, PHRASES["bundle_openings"])
        target = " ".join(part for part in (opening, body, *tails) if part)
        return Example(write_prompt("<VARIATIVE>", text, count, "ad"), photos, target)

    def _goods(self, random: np.random.Generator) -> Example:
        """Things that are not clothes; most without a photo, a name that is in no vocabulary among them."""
        name, rows = self.goods[random.integers(len(self.goods))]
        if rows and random.random() < 0.15:
            photos = (int(random.choice(rows)),)
            return Example(write_prompt("<SINGLE>", "", 1, "caption"), photos, f"{_capital(name)}.")
        keys, tails = _slots(random, most=3)
        said, answers = _facts(random, share=0.3)
        if random.random() < 0.3:
            name = f"{name} {made_up_word(random)}"
        told = _pick(random, PHRASES["goods_texts"]).format(name)
        target = " ".join([_capital(_pick(random, PHRASES["goods"]).format(name)), *answers, *tails])
        photos = (int(random.choice(rows)),) if rows and random.random() < 0.2 else ()
        return Example(write_prompt("<SINGLE>", ". ".join([*keys, *said, told]), len(photos), "ad"), photos, target)


def seller_input(ad: ClothesAd, random: np.random.Generator, must_name: bool = False) -> tuple[str, str]:
    """Sample what a seller of this item may have typed (masked) and the ad that answers it."""
    held = [slot for slot in ("SIZE", "PRICE") if f"<{slot}>" in ad.ad]
    keys, tails = _slots(random, held=held)
    known: list[str] = []
    if must_name or random.random() < 0.6:
        known.append(f"Вид одежды: {_pick(random, PHRASES['kinds'][ad.label])}")
    if must_name or random.random() < 0.6:
        known.append(f"Предмет одежды: {ad.item}")
    if random.random() < (0.8 if must_name else 0.4):
        known.append(f"Цвет: {ad.colors[0]}")
    said, answers = _facts(random, share=0.35)
    tails += answers
    lines = [*known, *said, *keys]
    random.shuffle(lines)
    if random.random() < 0.5 or not lines:
        lines.append(_free_text(ad, random))
    random.shuffle(tails)
    return ". ".join(lines), " ".join([ad.ad, *tails])


def _facts(random: np.random.Generator, share: float) -> tuple[list[str], list[str]]:
    """Attributes that a photo does not show, and the sentences that say them again word for word."""
    said, answers = [], []
    for key, values in PHRASES["facts"].items():
        if random.random() < share:
            value = (
                made_up_word(random) if key == "Бренд" and random.random() < 0.5 else _pick(random, values["values"])
            )
            said.append(f"{key}: {value}")
            answers.append(_pick(random, values["said"]).format(value if key == "Бренд" else value.lower()))
    return said, answers


def made_up_word(random: np.random.Generator) -> str:
    """A name that can only be copied: «Лорикап»."""
    return _capital("".join(random.choice(SYLLABLES, random.integers(2, 5))))


def _free_text(ad: ClothesAd, random: np.random.Generator) -> str:
    details = list(ad.details)
    random.shuffle(details)
    words = [ad.item, *details[: random.integers(0, 4)]]
    if random.random() < 0.5:
        words.insert(1, ad.colors[0])
    return _pick(random, PHRASES["openings"]).format(", ".join(words))


def _slots(
    random: np.random.Generator, held: list[str] | tuple[()] = (), most: int | None = None
) -> tuple[list[str], list[str]]:
    """Sample attributes with placeholders; return them and the sentences that say those the ad does not hold yet."""
    chosen = [s for s in PHRASES["slots"] if s in held or random.random() < PHRASES["slots"][s]["share"]]
    if most is not None:
        chosen = chosen[:most]
    keys = [_pick(random, PHRASES["slots"][slot]["keys"]) for slot in chosen]
    tails = [_pick(random, PHRASES["slots"][slot]["said"]) for slot in chosen if slot not in held]
    return keys, tails


def _photo_count(random: np.random.Generator, many: float) -> int:
    return int(random.integers(2, 5)) if random.random() < many else 1


def _pick(random: np.random.Generator, options: list[Any]) -> Any:
    return options[random.integers(len(options))]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _enumerate(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} и {parts[-1]}"


@lru_cache(maxsize=20_000)
def _agree(color: str, item: str) -> str:
    """The colour in the gender and number of the item: «белый», «юбка» -> «белая»."""
    noun = morphology().parse(item.split()[-1])[0].tag
    wanted = {"plur"} if noun.number == "plur" else {"sing", noun.gender or "masc"}
    head, dash, last = color.rpartition("-")
    form = morphology().parse(last)[0].inflect({*wanted, "nomn"})
    return f"{head}{dash}{form.word}" if form else color


def item_phrase(ad: ClothesAd) -> str:
    """«белая юбка»: main colour and item in agreement."""
    return f"{_agree(ad.colors[0], ad.item)} {ad.item}"
