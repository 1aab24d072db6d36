"""Make the language model of a trained captioner the shared one (``python -m training share-language NAME``).

A captioner that trains its language model whole brings the weights in its own folder; moved to
``checkpoints/language``, every family starts from them and no folder holds a copy.
"""

from __future__ import annotations

import argparse

from safetensors.torch import load_file, save_file

from models.checkpoint import CHECKPOINTS, read_card, write_card

PART = "language."


def share_language(name: str) -> None:
    """Move the weights of ``language`` out of ``checkpoints/captioners/NAME``; raises ValueError when it brings none."""
    folder = CHECKPOINTS / "captioners" / name
    card = read_card(folder)
    weights = load_file(folder / "model.safetensors")
    moved = {key.removeprefix(PART): weight for key, weight in weights.items() if key.startswith(PART)}
    if not moved:
        raise ValueError(f"{name} brings no language model of its own: it uses {card['parts']['language']}")
    save_file(moved, CHECKPOINTS / "language" / card["parts"]["language"] / "model.safetensors")
    save_file({key: weights[key] for key in weights if not key.startswith(PART)}, folder / "model.safetensors")
    write_card(folder, card | {"weights": r"^(?!language\.)"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="folder under checkpoints/captioners")
    share_language(parser.parse_args().name)
