"""Image-text encoders by the name of their folder in ``checkpoints/clip``."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pathlib import Path

from models.checkpoint import CHECKPOINTS, read_card
from models.clip.base import ImageTextEncoder
from models.parts import MissingPart

# Module and class by the `family` of the card; a module is imported when its family is first asked for.
FAMILIES = {
    "builtin": ("models.clip.builtin", "BuiltinEncoder"),
    "ruclip": ("models.clip.ruclip", "RuClipEncoder"),
    "open_clip": ("models.clip.open_clip_encoder", "OpenClipEncoder"),
}


@lru_cache(maxsize=4)
def load_encoder(name: str, root: Path = CHECKPOINTS) -> ImageTextEncoder:
    """Load ``root/clip/NAME`` once.

    Raises:
        FileNotFoundError: there is no such checkpoint, or (``MissingPart``) a published part of it is not on this
            machine; the message names the checkpoint and the command that downloads the part.
        ValueError: the card cannot be read or names an unknown family.
    """
    folder = root / "clip" / name
    if not folder.is_dir():
        known = ", ".join(sorted(path.parent.name for path in root.glob("clip/*/checkpoint.json"))) or "none"
        raise FileNotFoundError(f"there is no image-text model {name!r} in {root / 'clip'}; there are: {known}")
    family = read_card(folder).get("family")
    if family not in FAMILIES:
        raise ValueError(f"{name}: family {family!r} is not one of {', '.join(FAMILIES)}")
    module, encoder = FAMILIES[family]
    try:
        return getattr(import_module(module), encoder).load(folder)
    except MissingPart as error:
        raise error.of(name) from error
