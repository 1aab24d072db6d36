"""The attribute table: the usual fields ready to fill, any of them renamed or removed, others added."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from pipeline.result import Bilingual

HERE = Path(__file__).parent
SCRIPT = (HERE / "attributes.js").read_text(encoding="utf-8")
FIELDS = json.loads((HERE / "fields.json").read_text(encoding="utf-8"))
USUAL = [field["key"] for field in FIELDS]
HINTS = {field["key"]: Bilingual(field["hint"]["ru"], field["hint"]["en"]) for field in FIELDS}
UNNAMED = "Прочее"


class Attributes(gr.HTML):
    """Attributes of an ad: a mapping of field to value, empty fields left out.

    Over HTTP a mapping, a list of ``[field, value]`` pairs and a ``gr.Dataframe`` value are all understood.
    """

    def __init__(self, words: dict[str, Any], value: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        # A real attribute: for a quoted word of the script ``gr.HTML`` otherwise makes up an event of that name.
        self.words = words
        super().__init__(
            value={} if value is None else value,
            words=words,
            html_template="",
            js_on_load=SCRIPT,
            apply_default_css=False,
            **kwargs,
        )

    def preprocess(self, payload: Any) -> dict[str, str]:
        """Read the table; a repeated field keeps all its values, a value without a field goes to ``Прочее``.

        Raises:
            gr.Error: the value has none of the three forms.
        """
        attributes: dict[str, str] = {}
        for key, value in _pairs(payload):
            if value:
                key = key or UNNAMED
                attributes[key] = f"{attributes[key]}, {value}" if key in attributes else value
        return attributes

    def postprocess(self, value: Mapping[str, str] | None) -> list[list[str]]:
        """Rows of the table: the usual fields first and in their order, then the others."""
        filled = dict(value or {})
        rows = [[key, filled.pop(key, "")] for key in USUAL]
        return rows + [[key, text] for key, text in filled.items()]

    def api_info(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "string"}}

    def example_payload(self) -> Any:
        return {"Предмет одежды": "платье", "Размер": "44-46 (M)"}

    def example_value(self) -> Any:
        return self.example_payload()


def _pairs(payload: Any) -> Iterable[tuple[str, str]]:
    if isinstance(payload, Mapping):
        payload = payload["data"] if "data" in payload and "headers" in payload else list(payload.items())
    if not isinstance(payload, list | None):
        raise gr.Error("attributes: expected {field: value}")
    for row in payload or []:
        if not isinstance(row, list | tuple) or len(row) != 2:
            raise gr.Error("attributes: expected {field: value} or a list of [field, value]")
        key, value = ("" if cell is None else str(cell).strip() for cell in row)
        yield key, value
