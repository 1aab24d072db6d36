"""ruDOLPH: left text, image codes and right text in one sparse transformer; further photos as a soft prompt.

The seller's text is the left text, the description the right one. Built-in: image codes are k-means codes of the shared
backbone's features. Published (https://github.com/ai-forever/ru-dolph): the codes are those of ruDALL-E's VQGAN, and
without a connector of its own the network is asked as it was trained: one photo, no text, a fixed beginning.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

import torch

from models.captioners.base import Captioner, Generation, Inputs, Prompt, expand_photos
from models.checkpoint import fill, load_weights
from models.connectors import build_connector
from models.language import MARKS, PREFIX_TOKEN, load_tokenizer
from models.parts import resolve
from models.rudolph import tokenizer as published
from models.rudolph.captions import RudolphNetwork
from models.rudolph.codes import PhotoCodes
from models.rudolph.network import RudolphConfig, RudolphModel
from models.vision import VisionEncoder, load_vision
from models.vqgan import VqganEncoder, VqganShape, load_vqgan

CODEBOOK = "codebook.safetensors"
WEIGHTS, PIECES, VQGAN = "pytorch_model.bin", "bpe.model", "vqgan.gumbelf8-sber.model.ckpt"
# What the published weights are asked to go on from (``image_captioning`` of the package).
QUESTION = "на картинке"
PHOTO_MARKS = re.compile(r"(?:<IMG_\d+>\s*)+")


class Rudolph(Captioner):
    """The family behind ``checkpoint.json``'s ``"family": "rudolph"``."""

    family: ClassVar[str] = "rudolph"
    inputs: ClassVar[Inputs] = Inputs(text=True, photos="many")
    # Special tokens that begin a text after the sentence start, and what fills the left text up.
    left_start: ClassVar[tuple[str, ...]] = ()
    right_start: ClassVar[tuple[str, ...]] = ()
    padding: ClassVar[str] = ""

    @classmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> Rudolph:
        if "source" in card:
            return PublishedRudolph.build(folder, card)
        root, parts = folder.parent.parent, card["parts"]
        tokenizer = load_tokenizer(parts["language"], root, card.get("tokens", ()))
        vision = load_vision(parts["vision"], root)
        if not (folder / CODEBOOK).is_file():
            raise FileNotFoundError(f"{folder.name}: {CODEBOOK} is missing; make it: python -m training codebook")
        centres = load_weights(folder / CODEBOOK)["centres"]
        ids = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("pad", "bos", "eos")}
        config = RudolphConfig(vocab_size=len(tokenizer), image_vocab_size=len(centres), **ids, **card["shape"])
        network = _network(RudolphModel(config), PhotoCodes.nearest(centres), card, vision, tokenizer)
        return cls(folder.name, network, tokenizer, vision, Generation(**card["generation"]))

    def prompt_text(self, prompt: Prompt) -> str:
        """Soft prompt, left text, image codes, beginning of the right text; see ``RudolphNetwork``."""
        marks = "".join(re.findall(r"<IMG_\d+>", prompt.text))
        text, _, task = PHOTO_MARKS.sub("\0", prompt.text, count=1).partition("\0")
        soft = expand_photos(marks, self.network.vectors)
        return soft + self._left(text) + self._codes(bool(marks)) + self._right(task)

    def _left(self, text: str) -> str:
        """The left text, cut where the network's places end."""
        room = self.network.language.config.left - 2 - len(self.left_start)
        while len(ends := self._ends(text)) > room:
            text = text[: min(ends[room - 1], len(text) - 1)]
        padding = self.padding * (room - len(ends))
        return self.tokenizer.bos_token + "".join(self.left_start) + text + self.tokenizer.eos_token + padding

    def _ends(self, text: str) -> list[int]:
        """Where every token of a text ends."""
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return [end for _, end in encoded["offset_mapping"]]

    def _codes(self, photo: bool) -> str:
        return PREFIX_TOKEN * self.network.language.config.side**2 if photo else ""

    def _right(self, text: str) -> str:
        return self.tokenizer.bos_token + "".join(self.right_start) + text


class PublishedRudolph(Rudolph):
    """Published weights (``source``), asked as they were trained, or as built-in once a connector is trained beside them."""

    left_start: ClassVar[tuple[str, ...]] = (published.LEFT_CAPTION,)
    right_start: ClassVar[tuple[str, ...]] = (published.RIGHT_CAPTION,)
    padding: ClassVar[str] = published.PAD
    question: str | None = None

    @classmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> PublishedRudolph:
        config = RudolphConfig(**card.get("shape", {}))
        weights = resolve(card["source"], (WEIGHTS,), base=folder) / WEIGHTS
        utils = resolve(card["parts"]["utils"], (PIECES, VQGAN), base=folder)
        tokens = (*MARKS, *card.get("tokens", ())) if "connector" in card else (PREFIX_TOKEN,)
        tokenizer = published.load_tokenizer(utils / PIECES, config.vocab_size, tokens)
        vqgan = load_vqgan(utils / VQGAN, VqganShape(**card.get("vqgan", {})))
        vision = VqganEncoder(folder.name, vqgan, config.side * 8)
        language = RudolphModel(config)
        fill(language, torch.load(weights, map_location="cpu", weights_only=True), folder.name)
        network = _network(language, PhotoCodes(*vqgan.projection()), card, vision, tokenizer)
        captioner = cls(folder.name, network, tokenizer, vision, Generation(**card["generation"]))
        if network.connector is None:
            captioner.inputs = Inputs(text=False, photos="single")
            captioner.question = card.get("question", QUESTION)
        return captioner

    def prompt_text(self, prompt: Prompt) -> str:
        if self.question is None:
            return super().prompt_text(prompt)
        return self._left("") + self._codes(bool(prompt.photos)) + self._right(self.question)

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        """Neither the tasks' tokens nor ids that stand for nothing are written."""
        arguments = super()._arguments(generation)
        nothing = range(len(self.tokenizer), self.network.language.config.vocab_size)
        tasks = self.tokenizer.convert_tokens_to_ids(list(published.TASK_TOKENS))
        return arguments | {"suppress_tokens": sorted({*arguments["suppress_tokens"], *tasks, *nothing})}


def _network(
    language: RudolphModel, codes: PhotoCodes, card: dict[str, Any], vision: VisionEncoder, tokenizer: Any
) -> RudolphNetwork:
    """The network with the connector of the card, if it names one."""
    connector = card.get("connector") and build_connector(card["connector"], vision.dim, language.config.hidden_size)
    prefix_id = tokenizer.convert_tokens_to_ids(PREFIX_TOKEN)
    return RudolphNetwork(language, codes, connector, tokenizer.bos_token_id, prefix_id)


FAMILY = Rudolph
