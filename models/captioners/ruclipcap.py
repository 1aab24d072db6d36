"""ruClipCap: image features become a prefix of a Russian GPT (Mokady et al. 2021, ClipCap).

Every photo is ``<IMG_i>`` followed by K prefix vectors; the hidden token, the masked text and all photos of the ad stand
before the text that is written, so each of its tokens sees all of them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from models.captioners.base import Captioner, Generation, Inputs
from models.connectors import build_connector
from models.language import PREFIX_TOKEN, load_language, load_tokenizer
from models.networks import PrefixNetwork
from models.vision import load_vision


class RuClipCap(Captioner):
    """The family behind ``checkpoint.json``'s ``"family": "ruclipcap"``."""

    family: ClassVar[str] = "ruclipcap"
    inputs: ClassVar[Inputs] = Inputs(text=True, photos="many")

    @classmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> RuClipCap:
        root, parts = folder.parent.parent, card["parts"]
        tokenizer = load_tokenizer(parts["language"], root)
        language = load_language(parts["language"], root)
        vision = load_vision(parts["vision"], root)
        connector = build_connector(card["connector"], vision.dim, language.config.hidden_size)
        network = PrefixNetwork(language, connector, tokenizer.convert_tokens_to_ids(PREFIX_TOKEN))
        return cls(folder.name, network, tokenizer, vision, Generation(**card["generation"]))


FAMILY = RuClipCap
