"""Reading and writing checkpoint folders: ``checkpoint.json`` (the card) and safetensors."""

from __future__ import annotations

import importlib
import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch import Tensor, nn

    from models.captioners.base import Captioner
    from models.runtime.openvino import Precision

Runtime = Literal["torch", "openvino"]
log = logging.getLogger(__name__)
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


def fill(module: nn.Module, weights: Mapping[str, Tensor], owner: str, needed: str | None = None) -> None:
    """Load weights into a network; matrices that share their memory (tied embeddings) are saved and needed once.

    Args:
        owner: name of the checkpoint, for messages.
        needed: regular expression of the names of the weights that must be there; None means all, "" none.

    Raises:
        ValueError: weights are left over, missing or of another shape.
    """
    try:
        result = module.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        raise ValueError(f"{owner}: weights and card do not fit together ({error})") from error
    state = module.state_dict()
    filled = {state[name].data_ptr() for name in weights if name in state}
    lacking = [name for name in result.missing_keys if chosen(name, needed) and state[name].data_ptr() not in filled]
    if lacking or result.unexpected_keys:
        raise ValueError(f"{owner}: weights missing: {lacking[:3]}, of no use: {result.unexpected_keys[:3]}")


def own_state(module: nn.Module, brought: str | None = None) -> dict[str, Tensor]:
    """What ``fill`` needs of a network: the weights that ``brought`` names, each shared matrix once."""
    seen: set[int] = set()
    state = {}
    for name, weight in module.state_dict().items():
        if chosen(name, brought) and weight.data_ptr() not in seen:
            seen.add(weight.data_ptr())
            state[name] = weight
    return state


def chosen(name: str, pattern: str | None) -> bool:
    """Whether a pattern of a card names a weight: None names all, "" none."""
    return pattern is None or (pattern != "" and re.search(pattern, name) is not None)


@dataclass(frozen=True)
class CaptionerInfo:
    """One folder of ``checkpoints/captioners`` as the dropdown shows it.

    Attributes:
        photos: ``single`` or ``many``.
        ready: whether it can be loaded now; ``why`` says what is wrong when it cannot.
        download: whether all it lacks are published parts that ``models.downloads`` can fetch.
    """

    name: str
    family: str
    title: dict[str, str]
    photos: str
    ready: bool
    why: str | None = None
    download: bool = False


def captioner_folders(root: Path = CHECKPOINTS) -> list[Path]:
    return sorted(path for path in (root / "captioners").iterdir() if path.is_dir())


def list_captioners(root: Path = CHECKPOINTS) -> list[CaptionerInfo]:
    """Describe every folder; a broken one is listed with the reason, the others go on working."""
    return [_describe(folder) for folder in captioner_folders(root)]


def _describe(folder: Path) -> CaptionerInfo:
    from models.downloads import missing_parts

    title = {"ru": folder.name, "en": folder.name}
    try:
        card = read_card(folder)
        family_module(card.get("family", ""), folder.name)
        for path in _weight_files(folder, card):
            if not path.is_file():
                raise FileNotFoundError(f"{folder.name}: {path.name} is missing in {path.parent}")
        missing = missing_parts(folder, card)
    except (OSError, ValueError) as error:
        log.warning("captioner checkpoint: %s", error)
        return CaptionerInfo(folder.name, "?", title, "many", ready=False, why=str(error))
    return CaptionerInfo(
        folder.name,
        card["family"],
        card.get("title", title),
        card.get("photos", "many"),
        ready=not missing,
        why="; ".join(str(error) for error in missing) or None,
        download=bool(missing) and all(error.command for error in missing),
    )


def family_names() -> list[str]:
    """Families are the modules of ``models/captioners`` besides its base."""
    here = Path(__file__).parent / "captioners"
    return sorted(path.stem for path in here.glob("*.py") if path.stem not in ("__init__", "base"))


def family_module(family: str, owner: str) -> str:
    """Module of a family; raises ValueError for an unknown one."""
    if family not in family_names():
        raise ValueError(f"{owner}: unknown family {family!r}; known: {', '.join(family_names())}")
    return f"models.captioners.{family}"


def _weight_files(folder: Path, card: Mapping[str, Any]) -> list[Path]:
    """Files to load in this order: those of the base named in ``parts``, then the checkpoint's own, if it has any."""
    own = [] if card.get("weights") == "" else [folder / "model.safetensors"]
    base = card.get("parts", {}).get("base")
    if base is None:
        return own
    below = folder.parent / base
    return _weight_files(below, read_card(below)) + own


def build_captioner(folder: Path, card: Mapping[str, Any]) -> Captioner:
    """The captioner a card describes before its own weights are read; raises ValueError for an unknown family."""
    module = importlib.import_module(family_module(card["family"], folder.name))
    return module.FAMILY.build(folder, card)


@lru_cache(maxsize=3)
def load_captioner(
    name: str, root: Path = CHECKPOINTS, runtime: Runtime = "torch", precision: Precision = "f32"
) -> Captioner:
    """Load ``checkpoints/captioners/NAME`` once; raises FileNotFoundError or ValueError saying what is missing.

    Args:
        runtime: a captioner that ``openvino`` does not know writes with torch, which the log says.
        precision: of ``openvino``.
    """
    folder = root / "captioners" / name
    if folder.parent != root / "captioners" or not folder.is_dir():
        offered = ", ".join(path.name for path in captioner_folders(root)) or "none"
        raise FileNotFoundError(f"there is no checkpoint {name!r}; there are: {offered}")
    card = read_card(folder)
    captioner = build_captioner(folder, card)
    weights: dict[str, Tensor] = {}
    for path in _weight_files(folder, card):
        weights |= load_weights(path)
    fill(captioner.network, weights, name, card.get("weights"))
    if (folder / "adapter").is_dir():
        apply_adapter(captioner.network, folder / "adapter")
    if runtime == "openvino":
        try:
            captioner.compile(precision)
        except ValueError as error:
            log.warning("%s writes with torch: %s", name, error)
    return captioner


def apply_adapter(network: nn.Module, folder: Path) -> None:
    """Merge a PEFT LoRA adapter into a network for good; raises ValueError when it changes nothing."""
    import torch
    from peft import PeftModel

    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    PeftModel.from_pretrained(network, folder).merge_and_unload()
    if all(torch.equal(weight, before[name]) for name, weight in network.state_dict().items()):
        raise ValueError(f"the adapter {folder} fits no module of the network")
