"""Reading and writing checkpoint folders: ``checkpoint.json`` (the card) and safetensors."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from models.captioners.base import Captioner

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
    import torch
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    half = {k: (v.to(torch.float16) if v.is_floating_point() else v).contiguous().cpu() for k, v in state.items()}
    save_file(half, path)


@dataclass(frozen=True)
class CaptionerInfo:
    """One folder of ``checkpoints/captioners`` as the dropdown shows it.

    Attributes:
        photos: ``single`` or ``many``.
        ready: whether it can be loaded now; ``why`` says what is wrong when it cannot.
    """

    name: str
    family: str
    title: dict[str, str]
    photos: str
    ready: bool
    why: str | None = None


def captioner_folders(root: Path = CHECKPOINTS) -> list[Path]:
    return sorted(path for path in (root / "captioners").iterdir() if path.is_dir())


def list_captioners(root: Path = CHECKPOINTS) -> list[CaptionerInfo]:
    """Describe every folder; a broken one is listed with the reason, the others go on working."""
    return [_describe(folder) for folder in captioner_folders(root)]


def _describe(folder: Path) -> CaptionerInfo:
    title = {"ru": folder.name, "en": folder.name}
    try:
        card = read_card(folder)
        family_module(card.get("family", ""), folder)
        base = folder.parent / card.get("parts", {}).get("base", folder.name)
        if not (base / "model.safetensors").is_file():
            raise FileNotFoundError(f"{folder.name}: model.safetensors is missing in {base}")
    except (OSError, ValueError) as error:
        return CaptionerInfo(folder.name, "?", title, "many", ready=False, why=str(error))
    return CaptionerInfo(folder.name, card["family"], card.get("title", title), card.get("photos", "many"), ready=True)


def family_module(family: str, folder: Path) -> str:
    """Module of a family: ``models/captioners/FAMILY.py``; raises ValueError for an unknown one."""
    here = Path(__file__).parent / "captioners"
    known = sorted(p.stem for p in here.glob("*.py") if p.stem not in ("__init__", "base"))
    if family not in known:
        raise ValueError(f"{folder.name}: unknown family {family!r}; known: {', '.join(known)}")
    return f"models.captioners.{family}"


@lru_cache(maxsize=3)
def load_captioner(name: str, root: Path = CHECKPOINTS) -> Captioner:
    """Load ``checkpoints/captioners/NAME`` once; raises FileNotFoundError or ValueError saying what is missing."""
    folder = root / "captioners" / name
    if folder.parent != root / "captioners" or not folder.is_dir():
        offered = ", ".join(path.name for path in captioner_folders(root)) or "none"
        raise FileNotFoundError(f"there is no checkpoint {name!r}; there are: {offered}")
    card = read_card(folder)
    return importlib.import_module(family_module(card["family"], folder)).load(folder, card)
