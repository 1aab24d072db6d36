"""Generated ads and photos: small pictures that differ, and tables of ads as researchers keep them."""

import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

ITEMS = ("юбка", "футболка", "куртка", "шапка", "платье", "ботинки", "свитер", "брюки")
TEXTS = {
    "юбка": "Продаю юбку, носили мало. Размер {size}, цена {price} руб.",
    "футболка": "Футболка без пятен. Отдам за {price} рублей, размер {size}.",
    "куртка": "Тёплая куртка на осень. Размер {size}. Цена {price} руб.",
    "шапка": "Вязаная шапка, очень мягкая. Цена {price} рублей.",
    "платье": "Нарядное платье на праздник. Размер {size}.",
    "ботинки": "Крепкие ботинки на шнурках. Размер {size}, прошу {price} рублей.",
    "свитер": "Серый свитер, не колется. Отдам за {price} руб.",
    "брюки": "Классические брюки со стрелками. Размер {size}.",
}


def picture(path: Path, number: int, size: tuple[int, int] = (96, 80)) -> Path:
    """A JPEG of coloured rectangles and ellipses fixed by its number; other numbers look different."""
    random = np.random.default_rng(number)
    image = Image.new("RGB", size, tuple(random.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for shape in (draw.rectangle, draw.ellipse, draw.rectangle, draw.ellipse, draw.rectangle):
        (left, right), (top, bottom) = np.sort(random.integers(0, size, (2, 2)), axis=0).T.tolist()
        shape((left, top, right, bottom), fill=tuple(random.integers(0, 256, 3).tolist()))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=90)
    return path


def catalogue(folder: Path, singles: int, multis: int, most: int = 6) -> Path:
    """``ads.jsonl`` with photos: ``singles`` ads of one photo and ``multis`` of two to ``most``."""
    random = np.random.default_rng(7)
    lines, photo = [], 0
    for number in range(singles + multis):
        count = 1 if number < singles else int(random.integers(3, most + 1))
        names = []
        for _ in range(count):
            names.append(f"{photo}.jpg")
            picture(folder / "photos" / names[-1], photo)
            photo += 1
        item = ITEMS[number % len(ITEMS)]
        price, size = int(random.integers(2, 40)) * 100, int(random.integers(20, 30)) * 2
        lines.append(
            {
                "id": number,
                "attributes": {"Предмет одежды": item, "Размер": str(size), "Цена": f"{price} руб"},
                "text": TEXTS[item].format(size=size, price=price),
                "photos": names,
            }
        )
    path = folder / "ads.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return path


def mlcup_table(folder: Path, rows: int, first: int = 100_000, with_photos: bool = True) -> Path:
    """A CSV with the columns of Avito's public tables and a photo each."""
    path = folder / "mlcup.csv"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "photos").mkdir(exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["item_id", "category_name", "param_1", "title", "description", "price", "image"])
        for number in range(rows):
            item = ITEMS[number % len(ITEMS)]
            text = TEXTS[item].format(size=44, price=900 + number)
            writer.writerow([f"m{number}", "Одежда, обувь", "Женская одежда", item, text, 900.0 + number, f"i{number}"])
            if with_photos:
                picture(folder / "photos" / f"i{number}.jpg", first + number)
    return path
