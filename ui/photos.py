"""The photo field: drop, paste, choose, remove, reorder; any file is taken, its content is judged by the service.

``gr.Gallery`` refuses files by their extension, has no order and no counter, and drops the whole batch for one file
that is too large; this component keeps what it can and says what it could not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.base import Component
from gradio.components.gallery import GalleryImage
from gradio.data_classes import FileData, GradioRootModel, ImageData

MAX_PHOTOS = 10
MAX_BYTES = 25 * 2**20

SCRIPT = (Path(__file__).parent / "photos.js").read_text(encoding="utf-8")


class PhotoFiles(GradioRootModel):
    """Uploaded files in order; a gallery's ``{"image": file, "caption": None}`` is understood too."""

    root: list[FileData | GalleryImage]


class Photos(gr.HTML):
    """Photos of an ad.

    The value handed to functions is a list of paths in order; what functions return is the same.
    Gradio itself verifies that the paths a browser sends are files it uploaded.
    """

    data_model = PhotoFiles

    def __init__(self, words: dict[str, str], value: list[str | Path] | None = None, **kwargs: Any) -> None:
        # A real attribute: for a quoted word of the script ``gr.HTML`` otherwise makes up an event of that name.
        self.words = words
        super().__init__(
            value=value,
            words=words,
            limit=MAX_PHOTOS,
            max_bytes=MAX_BYTES,
            html_template="",
            js_on_load=SCRIPT,
            apply_default_css=False,
            **kwargs,
        )

    def preprocess(self, payload: PhotoFiles | None) -> list[Path]:
        files = payload.root if payload else []
        return [Path(_file(item).path) for item in files]

    def postprocess(self, value: list[str | Path] | None) -> PhotoFiles:
        return PhotoFiles(root=[FileData(path=str(path), orig_name=Path(path).name) for path in value or []])

    def api_info(self) -> dict[str, Any]:
        return Component.api_info(self)

    def example_payload(self) -> Any:
        return []

    def example_value(self) -> Any:
        return []


def _file(item: FileData | GalleryImage) -> FileData | ImageData:
    return item.image if isinstance(item, GalleryImage) else item
