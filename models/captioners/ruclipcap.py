"""ruClipCap: image features become a prefix of a Russian GPT (Mokady et al. 2021, ClipCap).

Every photo is ``<IMG_i>`` followed by K prefix vectors; the hidden token, the masked text and all photos of the ad stand
before the text that is written, so each of its tokens sees all of them. Published weights (rbeketov/clipcap-nas) are one
state dict of ``gpt.*`` and ``clip_project.*``; they expect their own question after the prefix.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from models.captioners.base import Captioner, Generation, Inputs, Prompt, expand_photos
from models.checkpoint import fill
from models.connectors import build_connector
from models.language import PREFIX_TOKEN, load_language, load_tokenizer, widen
from models.networks import PrefixNetwork
from models.parts import resolve
from models.vision import load_vision

QUESTION = "Вопрос: что на изображении? Ответ:"
# Masks that old versions of transformers kept in the state dict.
BUFFERS = (".attn.bias", ".attn.masked_bias")


class RuClipCap(Captioner):
    """The family behind ``checkpoint.json``'s ``"family": "ruclipcap"``."""

    family: ClassVar[str] = "ruclipcap"
    inputs: ClassVar[Inputs] = Inputs(text=True, photos="many")

    @classmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> RuClipCap:
        if "source" in card:
            cls = PublishedRuClipCap
        root, parts = folder.parent.parent, card["parts"]
        tokenizer = load_tokenizer(parts["language"], root, card.get("tokens", ()))
        language = load_language(parts["language"], root)
        vision = load_vision(parts["vision"], root)
        connector = build_connector(card["connector"], vision.dim, language.config.hidden_size)
        network = PrefixNetwork(language, connector, tokenizer.convert_tokens_to_ids(PREFIX_TOKEN))
        if "source" in card:
            source = resolve(card["source"], base=folder)
            fill(network, published_weights(source), folder.name)
        widen(language, tokenizer)
        return cls(folder.name, network, tokenizer, vision, Generation(**card["generation"]))


class PublishedRuClipCap(RuClipCap):
    """Weights as published: the question they were trained with stands between prefix and answer, nothing else."""

    inputs: ClassVar[Inputs] = Inputs(text=False, photos="many")

    def prompt_text(self, prompt: Prompt) -> str:
        marks = [f"<IMG_{number}>" for number in range(1, len(prompt.photos) + 1)]
        if len(marks) == 1:
            return PREFIX_TOKEN * self.network.vectors + QUESTION
        return expand_photos("".join(marks), self.network.vectors) + QUESTION


def published_weights(path: Path) -> dict[str, Tensor]:
    """``gpt.*`` and ``clip_project.*`` of a published state dict under the names of ``PrefixNetwork``."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    names = {"gpt.": "language.", "clip_project.": "connector."}
    renamed = {}
    for name, weight in state.items():
        if not name.endswith(BUFFERS):
            prefix = name.split(".")[0] + "."
            renamed[names.get(prefix, prefix) + name.removeprefix(prefix)] = weight.float()
    return renamed


FAMILY = RuClipCap
