"""COCO captions and their translation (RuCOCO): one JSON with ``images`` and ``annotations``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ijson

from training.data.dataset import Draft
from training.data.record import AdRecord
from training.data.sources.tables import SourceError


def read_coco(path: Path | str, photos: Path | str, name: str = "coco") -> Iterator[Draft]:
    """Stream one caption record an annotation: ``coco:IMAGE~ANNOTATION``, so captions of one photo share its split.

    The file is read as a stream, twice: image names first, then captions. Of the images only id and name are kept.

    Args:
        path: ``{"images": [{"id", "file_name"}], "annotations": [{"id", "image_id", "caption"}]}``.
        photos: folder of the files named by ``file_name``.
        name: of the source, the first part of the ids.

    Raises:
        SourceError: the file or the folder is missing, or the JSON is not of this form.
    """
    path, folder = Path(path), Path(photos)
    for there, what in ((path.is_file(), path), (folder.is_dir(), folder)):
        if not there:
            raise SourceError(f"{name}: {what} is not there; put the data there or correct the recipe")
    names = {image["id"]: image["file_name"] for image in _items(path, "images.item")}
    if not names:
        raise SourceError(f"{path}: no `images` with id and file_name, is it a COCO captions file?")
    for number, annotation in enumerate(_items(path, "annotations.item")):
        image = annotation.get("image_id")
        caption = str(annotation.get("caption") or "").strip()
        if image not in names:
            raise SourceError(f"{path}: annotation {number} belongs to image {image}, which `images` does not list")
        if caption:
            record = AdRecord(
                id=f"{name}:{image}~{annotation.get('id', number)}", text=caption, task="caption", source=name
            )
            yield Draft(record, (folder / names[image],))


def _items(path: Path, prefix: str) -> Iterator[dict]:
    try:
        with path.open("rb") as file:
            yield from ijson.items(file, prefix)
    except ijson.JSONError as error:
        raise SourceError(f"{path} is not whole JSON: {error}") from error
