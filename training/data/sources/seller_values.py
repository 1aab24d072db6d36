"""Values a seller would type, sampled: sizes as Avito writes them, prices, and every other slot.

They are invented for training (nothing was annotated); only their shape matters, as numbers become placeholders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from training.clothes import ClothesAd

Random = np.random.Generator

_WOMEN = ("40-42 (XS)", "42-44 (S)", "44-46 (M)", "46-48 (L)", "48-50 (XL)", "50-52 (XXL)", "44", "46", "48", "52")
_MEN = ("44-46 (S)", "46-48 (M)", "48-50 (L)", "50-52 (XL)", "52-54 (XXL)", "46", "48", "50", "54")
_KIDS = (
    "62-68 см (3-6 мес)", "74-80 см (9-12 мес)", "86-92 см (1,5-2 года)", "98-104 см (3-4 года)", "110-116 см (5-6 лет)",
    "122-128 см (7-8 лет)", "134-140 см (9-10 лет)", "146-152 см (11-12 лет)", "104", "116",
)  # fmt: skip
_KIDS_SHOES = ("20 (12,5 см)", "22 (14 см)", "24 (15 см)", "26 (16,5 см)", "28 (18 см)", "30 (19 см)", "33 (21 см)")
_WOMEN_SHOES = ("35", "36", "36,5", "37", "38", "38,5", "39", "40", "37 (24 см)", "38 (24,5 см)")
_MEN_SHOES = ("40", "41", "41,5", "42", "42,5", "43", "44", "45", "42 (27 см)", "43 (28 см)")
_HATS = ("54", "56", "57", "58", "54-56", "56-58")
_KIDS_HATS = ("44-46", "48-50", "50-52", "52")
_PRICES = {"Outwear": 2200, "Shoes": 1500, "Blazer": 1500, "Dress": 1300, "Hoodie": 1000, "Pants": 900, "Hat": 400}


def size(ad: ClothesAd, random: Random) -> str:
    """A size as Avito lists it for this kind of thing: «30 (19 см)», «98-104 см (3-4 года)», «44-46 (M)», «42,5»."""
    kids = ad.for_whom == "детское"
    if ad.label == "Shoes":
        options = _KIDS_SHOES if kids else _MEN_SHOES if ad.for_whom == "мужское" else _WOMEN_SHOES
    elif ad.label == "Hat":
        options = _KIDS_HATS if kids else _HATS
    else:
        options = _KIDS if kids else _MEN if ad.for_whom == "мужское" else _WOMEN
    return _one(random, options)


def price(ad: ClothesAd, random: Random) -> int:
    """Roubles: lognormal around what such a thing costs second-hand, in steps people use."""
    value = _PRICES.get(ad.label, 600) * random.lognormal(0, 0.5)
    step = 50 if value < 1000 else 100 if value < 3000 else 500
    return max(step, round(value / step) * step)


def written_price(value: int, random: Random) -> str:
    """«1500», «1 500», «1500 ₽», «1 500 руб»."""
    digits = f"{value:,}".replace(",", " ") if random.random() < 0.4 else str(value)
    return digits + _one(random, ("", "", "", " ₽", " руб", " р."))


def slot_value(slot: str, phrase: str, ad: ClothesAd, random: Random) -> str:
    """A number for a slot of a phrase such as «Вес: <WEIGHT> г»; the phrase's unit tells its range."""
    kids = ad.for_whom == "детское"
    ranges: dict[str, Callable[[], object]] = {
        "SIZE": lambda: size(ad, random).partition(" ")[0],
        "PRICE": lambda: price(ad, random),
        "HEIGHT": lambda: random.integers(80, 158) if kids else random.integers(155, 188),
        "AGE": lambda: random.integers(2, 12) if kids else random.integers(16, 50),
        "LENGTH": lambda: _half(random, 15, 29) if "стелька" in phrase else random.integers(35, 120),
        "WIDTH": lambda: random.integers(30, 65),
        "WEIGHT": lambda: random.integers(2, 19) * 50 if phrase.endswith(" г") else _half(random, 0.5, 3),
        "VOLUME": lambda: random.integers(2, 40) if phrase.endswith(" л") else random.integers(2, 20) * 50,
        "YEAR": lambda: random.integers(2012, 2026),
        "COUNT": lambda: random.integers(2, 11),
        "PERCENT": lambda: random.integers(4, 21) * 5,
        "PHONE": lambda: "8 9{:02} {:03}-{:02}-{:02}".format(*random.integers(0, (100, 1000, 100, 100))),
        "UNK_VAL": lambda: random.integers(10_000, 10_000_000),
    }
    return str(ranges[slot]())


def _half(random: Random, least: float, most: float) -> str:
    return f"{random.integers(int(least * 2), int(most * 2) + 1) / 2:g}".replace(".", ",")


def _one(random: Random, options: Sequence[str]) -> str:
    return options[random.integers(len(options))]
