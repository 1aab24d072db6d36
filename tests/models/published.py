"""Small random models saved exactly as the published ones are."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch

from models.checkpoint import write_card

# Trained by youtokentome 1.0.6 on ten sentences of this project, 200 pieces.
BPE_MODEL = Path(__file__).parent / "fixtures" / "bpe.model"


def ruclip_config(**changes: Any) -> dict[str, Any]:
    """The fields of a published ``config.json``, a network of a few thousand weights."""
    return {
        "embed_dim": 16,
        "image_resolution": 32,
        "vision_layers": 2,
        "vision_width": 64,
        "vision_patch_size": 8,
        "context_length": 24,
        "vocab_size": 200,
        "transformer_width": 64,
        "transformer_heads": 2,
        "transformer_layers": 2,
    } | changes


def ruclip_folder(root: Path, network: torch.nn.Module, config: dict[str, Any], name: str = "tiny-ruclip") -> Path:
    """Save the published files in ``root/parts`` and a card in ``root/clip/NAME``; returns the published folder."""
    part = root / "parts" / name
    part.mkdir(parents=True)
    (part / "config.json").write_text(json.dumps(config))
    torch.save(network.state_dict(), part / "pytorch_model.bin")
    shutil.copy(BPE_MODEL, part / "bpe.model")
    write_card(root / "clip" / name, {"family": "ruclip", "source": f"../../parts/{name}"})
    return part
