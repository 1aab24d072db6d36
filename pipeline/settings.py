"""Which models the service uses: ``settings.json`` beside ``app.py``."""

from __future__ import annotations

from pathlib import Path

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


def load_settings(path: Path = SETTINGS) -> Settings:
    """Read the settings; raises ``pydantic.ValidationError`` naming a wrong field."""
    return Settings.model_validate_json(path.read_text(encoding="utf-8"))
