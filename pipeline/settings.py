"""Which models the service uses: ``settings.json`` beside ``app.py``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

SETTINGS = Path(__file__).resolve().parent.parent / "settings.json"


class Settings(BaseModel):
    """Names of checkpoint folders, by what they do.

    Attributes:
        captioner: writes the description when the seller chose no other.
        text_captioner: writes it when there is text and no photo.
        clip: image-text encoder of the match, the photo choice and CLIPScore (``checkpoints/clip``).
        toxicity: text classifier (``checkpoints/toxicity``).
        diversity: judge of one item or several (``checkpoints/diversity``).
        bertscore: text encoder of the source-output score (``checkpoints/language``).
        nudenet: ``320n`` of the wheel, or the path of ``640m.onnx``.
        only_input_placeholders: forbid the captioner placeholders that the input does not hold.
        runtime: what runs the captioners' language models (docs/generation.md).
        precision: of the ``openvino`` runtime; ``f32`` writes what torch writes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    captioner: str
    text_captioner: str
    clip: str
    toxicity: str
    diversity: str
    bertscore: str
    nudenet: str
    only_input_placeholders: bool = False
    runtime: Literal["torch", "openvino"] = "torch"
    precision: Literal["f32", "bf16", "int8"] = "f32"


def load_settings(path: Path = SETTINGS, **changes: Any) -> Settings:
    """Read the settings, changed where a change is not None; raises ``pydantic.ValidationError`` naming a wrong field."""
    written = json.loads(path.read_text(encoding="utf-8"))
    return Settings.model_validate(written | {name: value for name, value in changes.items() if value is not None})
