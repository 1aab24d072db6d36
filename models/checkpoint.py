"""Reading and writing checkpoint folders: ``checkpoint.json`` (the card) and safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

CHECKPOINTS = Path(__file__).resolve().parent.parent / "checkpoints"


def read_card(folder: Path) -> dict[str, Any]:
    """Read ``checkpoint.json``; raises FileNotFoundError or ValueError naming the folder."""
    path = folder / "checkpoint.json"
    if not path.is_file():
        raise FileNotFoundError(f"{folder.name}: there is no checkpoint.json in {folder}")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{folder.name}: checkpoint.json is not JSON ({error})") from error


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint.json").write_text(json.dumps(card, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def load_weights(path: Path) -> dict[str, Tensor]:
    """Load a safetensors file as float32 tensors (integers stay integers)."""
    from safetensors.torch import load_file

    if not path.is_file():
        raise FileNotFoundError(f"{path.parent.name}: weights {path.name} are missing in {path.parent}")
    return {k: v.float() if v.is_floating_point() else v for k, v in load_file(path).items()}


def save_weights(path: Path, state: Mapping[str, Tensor]) -> None:
    """Save as float16 safetensors (integers stay integers)."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    half = {k: (v.to(torch.float16) if v.is_floating_point() else v).contiguous().cpu() for k, v in state.items()}
    save_file(half, path)
