"""Published ruCLIP checkpoints (ai-forever, https://github.com/ai-forever/ru-clip), read without the `ruclip` package.

The package pins a hub client of 2021. Its network is OpenAI's CLIP with the text feature taken at the end-of-text id 3,
so its weights go into `open_clip`'s CLIP unchanged.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models.checkpoint import read_card
from models.clip.open_clip_encoder import OpenClipEncoder
from models.parts import resolve
from models.squares import CentralSquare
from models.youtokentome import YoutokentomeBPE

FILES = ("config.json", "pytorch_model.bin", "bpe.model")
PAD, BOS, EOS = 0, 2, 3
# Of OpenAI's CLIP; a config may override them.
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)


class RuClipEncoder(OpenClipEncoder):
    """A ruCLIP checkpoint; embeddings equal those of ``ruclip.Predictor`` on the same folder."""

    @classmethod
    def load(cls, folder: Path) -> RuClipEncoder:
        """Load the part named by ``source`` in ``folder/checkpoint.json``: a folder with ``FILES`` as published.

        Raises:
            MissingPart: the part or one of its files is not on this machine.
        """
        part = resolve(read_card(folder)["source"], FILES, base=folder)
        config = json.loads((part / "config.json").read_text(encoding="utf-8"))
        network = _network(config)
        network.load_state_dict(torch.load(part / "pytorch_model.bin", map_location="cpu", weights_only=True))
        preprocess = CentralSquare(config["image_resolution"], config.get("mean") or MEAN, config.get("std") or STD)
        tokenize = _Tokenize(YoutokentomeBPE(part / "bpe.model"), config["context_length"])
        return cls(folder.name, network, config["embed_dim"], preprocess, tokenize)


def _network(config: dict[str, Any]) -> nn.Module:
    """The architecture of a ruCLIP ``config.json`` as `open_clip` builds it, weights random."""
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg

    vision = CLIPVisionCfg(
        layers=config["vision_layers"],
        width=config["vision_width"],
        head_width=64,
        patch_size=config["vision_patch_size"],
        image_size=config["image_resolution"],
    )
    text = CLIPTextCfg(
        context_length=config["context_length"],
        vocab_size=config["vocab_size"],
        width=config["transformer_width"],
        heads=config["transformer_heads"],
        layers=config["transformer_layers"],
        pool_type="eos",
        eos_id=EOS,
    )
    return CLIP(config["embed_dim"], vision, text, quick_gelu=True)


class _Tokenize:
    """Lower-cased texts to (N, L) ids between BOS and EOS, long texts cut, short ones padded."""

    def __init__(self, bpe: YoutokentomeBPE, length: int) -> None:
        self.bpe, self.length = bpe, length

    def __call__(self, texts: list[str]) -> Tensor:
        ids = torch.full((len(texts), self.length), PAD)
        for row, text in zip(ids, texts, strict=True):
            line = [BOS, *self.bpe.encode(text.lower())[: self.length - 2], EOS]
            row[: len(line)] = torch.tensor(line)
        return ids
