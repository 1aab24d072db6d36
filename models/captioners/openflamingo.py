"""OpenFlamingo (Awadalla et al. 2023): a perceiver resampler and gated cross-attention over a frozen language model.

Every token of an ad, of its text and of what is written, sees all photos of the ad.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from torch import nn

from models.captioners.base import Captioner, Generation, Inputs, Prompt
from models.checkpoint import fill
from models.connectors import CellEmbedding
from models.flamingo import FlamingoNetwork, GatedCrossAttention, PerceiverResampler
from models.flamingo_published import of_checkpoint, read_checkpoint
from models.language import MARKS, PHOTO_TOKENS, load_language, load_tokenizer, widen
from models.parts import resolve
from models.vision import load_vision

IMAGE, END = "<image>", "<|endofchunk|>"


class OpenFlamingo(Captioner):
    """The family behind ``checkpoint.json``'s ``"family": "openflamingo"``.

    The card's ``connector``: ``latents`` a photo, ``depth`` of the perceiver, ``heads``, ``every`` how many layers a gate
    stands; ``cells`` and ``width`` where the features are those of a convolutional backbone.
    """

    family: ClassVar[str] = "openflamingo"
    inputs: ClassVar[Inputs] = Inputs(text=True, photos="many")

    @classmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> OpenFlamingo:
        if "flamingo" in card["parts"]:
            return PublishedOpenFlamingo.build(folder, card)
        root, parts, shape = folder.parent.parent, card["parts"], card["connector"]
        tokenizer = load_tokenizer(parts["language"], root, card.get("tokens", ()))
        language = load_language(parts["language"], root, tokenizer)
        vision = load_vision(parts["vision"], root)
        width, cells = vision.dim, nn.Identity()
        if "cells" in shape:
            width, cells = shape["width"], CellEmbedding(vision.dim, shape["width"], shape["cells"])
        perceiver = PerceiverResampler(width, shape["depth"], shape["latents"], shape["heads"])
        layers = range(shape["every"] - 1, language.config.num_hidden_layers, shape["every"])
        gates = {i: GatedCrossAttention(language.config.hidden_size, width, shape["heads"]) for i in layers}
        photo_ids = tokenizer.convert_tokens_to_ids(list(PHOTO_TOKENS))
        network = FlamingoNetwork(language, cells, perceiver, gates, photo_ids)
        return cls(folder.name, network, tokenizer, vision, Generation(**card["generation"]))


class PublishedOpenFlamingo(OpenFlamingo):
    """Weights as ``openflamingo/OpenFlamingo-4B-vitl-rpj3b`` holds them, with the marks they were trained with.

    Parts: ``flamingo`` (its ``checkpoint.pt``), ``language`` (the published language model under it) and ``vision``, an
    ``open_clip`` model of ``checkpoints/clip``.
    """

    @classmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> PublishedOpenFlamingo:
        from transformers import AutoTokenizer

        from models.vision_published import ClipPatchEncoder

        root, parts = folder.parent.parent, card["parts"]
        tokenizer = AutoTokenizer.from_pretrained(resolve(parts["language"]), padding_side="left")
        tokenizer.add_tokens([END, IMAGE], special_tokens=True)
        if tokenizer.pad_token is None:
            tokenizer.add_special_tokens({"pad_token": "<PAD>"})
        tokenizer.eos_token = END
        language = load_language(parts["language"], root)
        language.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        state = read_checkpoint(resolve(parts["flamingo"], ("checkpoint.pt",)) / "checkpoint.pt", language)
        vision = ClipPatchEncoder(parts["vision"], root)
        network = of_checkpoint(state, language, tokenizer.convert_tokens_to_ids(IMAGE))
        fill(network, state, parts["flamingo"], r"^(perceiver|gates)\.")
        tokenizer.add_tokens([*MARKS, *card.get("tokens", ())], special_tokens=True)
        widen(language, tokenizer)
        return cls(folder.name, network, tokenizer, vision, Generation(**card["generation"]))

    def prompt_text(self, prompt: Prompt) -> str:
        """The photos first, each as ``<image>``: a token of the original sees the photos before it."""
        marks = [token for token in PHOTO_TOKENS if token in prompt.text]
        rest = prompt.text.replace(f"{' '.join(marks)} ", "", 1) if marks else prompt.text
        return IMAGE * len(marks) + rest


FAMILY = OpenFlamingo
