"""Avito autoload: the XML feed (formatVersion 3) and the spreadsheet template with Russian headers."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from xml.etree import ElementTree

from training.data.dataset import Draft
from training.data.record import AdRecord
from training.data.sources.main import photo_list, photo_path, plain
from training.data.sources.tables import Row, SourceError, named, read_cells, source_files

# Headers of the spreadsheet and the names of the same fields in the feed.
HEADERS = {
    "Уникальный идентификатор объявления": "Id",
    "Название объявления": "Title",
    "Описание объявления": "Description",
    "Ссылки на фото": "ImageUrls",
    "Цена": "Price",
    "Категория": "Category",
    "Вид объявления": "AdType",
    "Вид товара": "GoodsType",
    "Вид одежды": "GoodsType",
    "Предмет одежды": "Apparel",
    "Размер": "Size",
    "Цвет": "Color",
    "Бренд": "Brand",
    "Материал": "MaterialsOdezhda",
    "Состояние": "Condition",
    "Адрес": "Address",
}
# Fields of the feed and the keys of the form they fill, in the form's order.
ATTRIBUTES = {
    "GoodsType": "Вид одежды",
    "Apparel": "Предмет одежды",
    "Brand": "Бренд",
    "Condition": "Состояние",
    "Size": "Размер",
    "Color": "Цвет",
    "MaterialsOdezhda": "Материал",
    "Price": "Цена",
}
_TEXT_HEADER = "Описание объявления"
_TEMPLATE_ROWS_BELOW = 2  # under the headers of a template: required or not, hints


def read_avito(path: Path | str, photos: Path | str | None = None, name: str = "avito") -> Iterator[Draft]:
    """Stream the ads of feeds (``.xml``) and of filled templates (``.xlsx`` or exported as ``.csv``).

    Args:
        path: a file or a pattern.
        photos: folder of the photos, each named as the last part of its URL; beside the file by default.
        name: of the source, the first part of the ids.

    Raises:
        SourceError: nothing there, no feed, or a table without the template's headers.
    """
    for file in source_files(path, name):
        folder = Path(photos) if photos else file.parent
        read = _read_feed if file.suffix.lower() == ".xml" else _read_template
        for number, fields in enumerate(read(file), 1):
            draft = _ad(fields, folder, name, f"{file.stem}-{number}")
            if draft:
                yield draft


def _read_feed(path: Path) -> Iterator[Row]:
    """Yield the fields of each ``Ad``; the tree is dropped as it is read, so a feed may be larger than memory."""
    root = None
    try:
        for event, element in ElementTree.iterparse(path, events=("start", "end")):
            if root is None:
                root = element
                if element.tag != "Ads":
                    raise SourceError(f"{path}: the root is <{element.tag}>, an autoload feed begins with <Ads>")
            if event == "end" and element.tag == "Ad":
                fields: Row = {child.tag: child.text or "" for child in element}
                urls = [image.get("url", "") for image in element.iterfind("Images/Image")]
                yield fields | {"ImageUrls": [url for url in urls if url]}
                root.clear()
    except ElementTree.ParseError as error:
        raise SourceError(f"{path} is not well-formed XML: {error}") from error


def _read_template(path: Path) -> Iterator[Row]:
    """Yield the data rows of a template (headers in row 2, data from row 5) or of a plain table with its headers."""
    cells = read_cells(path)
    for number, head in enumerate(islice(cells, 2)):
        if _TEXT_HEADER in head:
            data = islice(cells, _TEMPLATE_ROWS_BELOW if number else 0, None)
            yield from ({HEADERS.get(k, k): v for k, v in named(head, row).items()} for row in data)
            return
    raise SourceError(f"{path}: neither row 1 nor row 2 has the headers of Avito's template («{_TEXT_HEADER}», …)")


def _ad(fields: Row, folder: Path, name: str, place: str) -> Draft | None:
    text = strip_markup(plain(fields.get("Description")))
    if not text:
        return None
    attributes = {key: plain(fields.get(field)) for field, key in ATTRIBUTES.items()}
    record = AdRecord(
        id=f"{name}:{plain(fields.get('Id')) or place}",
        attributes={key: value for key, value in attributes.items() if value},
        seller_text=plain(fields.get("Title")) or None,
        text=text,
        source=name,
    )
    return Draft(record, tuple(photo_path(folder, photo) for photo in photo_list(fields.get("ImageUrls"))))


def strip_markup(description: str) -> str:
    """The text of a description without its tags (p, br, strong, em, ul, ol, li); blocks become lines."""
    lines = re.sub(r"(?i)<\s*(?:br|/p|/li|/ul|/ol)\s*/?>", "\n", description)
    bare = html.unescape(re.sub(r"(?i)</?(?:p|br|strong|em|b|i|ul|ol|li)\s*/?>", "", lines))
    return "\n".join(line.strip() for line in bare.splitlines() if line.strip())
