"""vit-rugpt2 for many photos: each photo -> ViT -> one linear layer -> soft-prompt vectors before the text.

The vectors stand in the hidden states of the language model after their ``<IMG_i>`` token (prompt tuning with images,
Tsimpoukelli et al. 2021, Frozen); LoRA on the language model is trained beside the layer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from models.captioners.base import Captioner, Generation, Inputs
from models.connectors import LinearConnector
from models.language import PREFIX_TOKEN, load_language, load_tokenizer
from models.networks import PrefixNetwork
from models.vision import load_vision


class VitRuGpt2Prompt(Captioner):
    """The family behind ``checkpoint.json``'s ``"family": "vit_rugpt2_prompt"``."""

    family: ClassVar[str] = "vit_rugpt2_prompt"
    inputs: ClassVar[Inputs] = Inputs(text=True, photos="many")

    @classmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> VitRuGpt2Prompt:
        root, parts = folder.parent.parent, card["parts"]
        tokenizer = load_tokenizer(parts["language"], root, card.get("tokens", ()))
        language = load_language(parts["language"], root, tokenizer)
        vision = load_vision(parts["vision"], root)
        connector = LinearConnector(vision.dim, language.config.hidden_size, **card.get("connector", {}))
        network = PrefixNetwork(language, connector, tokenizer.convert_tokens_to_ids(PREFIX_TOKEN))
        return cls(folder.name, network, tokenizer, vision, Generation(**card["generation"]))


FAMILY = VitRuGpt2Prompt
