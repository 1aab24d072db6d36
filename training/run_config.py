"""Settings of one training run of a captioner: a small YAML file, kept with the checkpoint it makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from training.adapters import LoraSettings
from training.human_voice import VoiceSettings


class RunConfig(BaseModel):
    """One run.

    Attributes:
        card: what ``checkpoint.json`` will say of the network (family, title, parts, connector, generation …).
        start: captioner checkpoint to go on from with a fresh schedule; random weights when None.
        trains: regular expression of the names of the weights that are trained whole; None means all (with ``lora``:
            none). The checkpoint brings these and no others.
        lora: adapter trained besides.
        voice: the human-voice term, for the last stage.
        precision: ``no`` or ``bf16`` (matrix products only; weights stay float32).
        save_every: steps between two states a killed run can go on from.
    """

    model_config = ConfigDict(extra="forbid")

    card: dict[str, Any]
    start: str | None = None
    trains: str | None = None
    lora: LoraSettings | None = None
    voice: VoiceSettings | None = None
    epochs: int = 8
    batch: int = 64
    accumulate: int = 1
    lr: float = 1e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    ema: float = 0.998
    views: int = 3
    precision: str = "no"
    save_every: int = 50
    seed: int = 0


def read_config(path: Path) -> RunConfig:
    """Read a YAML run; raises ``pydantic.ValidationError`` naming a wrong field."""
    return RunConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
