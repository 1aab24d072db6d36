"""The interface of every captioner family."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from models.language import PHOTO_TOKENS, PREFIX_TOKEN
from models.photo import Photo

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerFast

    from models.networks import CaptionNetwork
    from models.runtime.openvino import CompiledLanguage, Precision
    from models.vision import VisionEncoder

PhotoCount = Literal["single", "many"]


@dataclass(frozen=True)
class Prompt:
    """What a captioner reads of one ad.

    Attributes:
        text: hidden token, masked text and ``<IMG_1> … <IMG_n>``, as ``pipeline/prompt.py`` writes it.
        photos: the photos behind the ``<IMG_i>`` tokens, in order; may be empty.
    """

    text: str
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True)
class Generation:
    """How a text is generated; the same setting for every family.

    Attributes:
        max_new_tokens: length limit.
        num_beams: 1 is greedy (or sampling when ``temperature > 0``).
        temperature: 0 takes the likeliest token; above 0 samples with this temperature.
        top_p: nucleus for sampling.
        repetition_penalty: above 1 discourages words already written.
        no_repeat_ngram_size: 0 is off.
        seed: of the sampling.
        allowed_placeholders: the only placeholders the model may write (None: any).
    """

    max_new_tokens: int = 64
    num_beams: int = 3
    temperature: float = 0.0
    top_p: float = 0.9
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    seed: int = 0
    allowed_placeholders: frozenset[str] | None = None


@dataclass(frozen=True)
class Inputs:
    """What a family can read (``docs/architecture.md``)."""

    text: bool
    photos: PhotoCount


class Captioner(ABC):
    """Writes the description of an ad: a network, the tokenizer of its language model, the encoder of its photos.

    Attributes:
        family: name of the family, as ``checkpoint.json`` spells it.
        inputs: whether it reads text, and one photo or many.
        name: folder name of the loaded checkpoint.
        defaults: the checkpoint's generation defaults.
        compiled: writes in the place of the network's language model, once ``compile`` was called.
    """

    family: ClassVar[str]
    inputs: ClassVar[Inputs]

    def __init__(
        self,
        name: str,
        network: CaptionNetwork,
        tokenizer: PreTrainedTokenizerFast,
        vision: VisionEncoder,
        defaults: Generation,
    ) -> None:
        self.name = name
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.vision = vision
        self.defaults = defaults
        self.compiled: CompiledLanguage | None = None

    def compile(self, precision: Precision) -> None:
        """Write with OpenVINO from now on, with the weights as they are now.

        Raises:
            ValueError: the language model is of a kind that the runtime does not know.
        """
        from models.runtime.openvino import compile_language

        self.compiled = compile_language(self.network, precision)

    @classmethod
    @abstractmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> Captioner:
        """The captioner a card describes, its published and shared parts loaded, its own weights still random."""

    def tokenize(self, prompts: Sequence[Prompt]) -> tuple[Tensor, Tensor]:
        """Return (B, T) left-padded ids and mask, with the network's prefix tokens after every photo token."""
        texts = [self.prompt_text(prompt) for prompt in prompts]
        batch = self.tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        return batch["input_ids"], batch["attention_mask"]

    def prompt_text(self, prompt: Prompt) -> str:
        """What the tokenizer reads of a prompt; a published family with words of its own overrides this."""
        return self.tokenizer.bos_token + expand_photos(prompt.text, self.network.vectors)

    def _model_inputs(self, prompts: Sequence[Prompt]) -> dict[str, Any]:
        import torch

        ids, mask = self.tokenize(prompts)
        photos = [photo for prompt in prompts for photo in prompt.photos]
        seen = self.vision.tokens(photos) if photos else torch.empty(0)
        return self.network.generate_inputs(ids, mask, seen)

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        from models.generation import generate_arguments

        return generate_arguments(generation, self.tokenizer)

    @property
    def _writer(self) -> CaptionNetwork | CompiledLanguage:
        return self.compiled or self.network

    def generate(self, prompts: Sequence[Prompt], generation: Generation | None = None) -> list[str]:
        """Return one text a prompt, placeholders kept."""
        import torch

        from models.generation import decode

        with torch.inference_mode():
            inputs = self._model_inputs(prompts)
            ids = self._writer.generate(**inputs, **self._arguments(generation or self.defaults))
        return [decode(self.tokenizer, row) for row in ids]

    def stream(self, prompt: Prompt, generation: Generation | None = None) -> Iterator[str]:
        """Yield the text written so far, growing by a token at a time; stop iterating to cancel.

        Beams change their minds until the end: they cannot be streamed and arrive whole.
        """
        import torch
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        from models.generation import Stop

        generation = generation or self.defaults
        if generation.num_beams > 1 and generation.temperature == 0:
            yield self.generate([prompt], generation)[0]
            return
        stop = Stop()
        streamer = TextIteratorStreamer(self.tokenizer, skip_prompt=True)
        with torch.inference_mode():
            inputs = self._model_inputs([prompt])
        arguments = self._arguments(replace(generation, num_beams=1)) | {
            "streamer": streamer,
            "stopping_criteria": StoppingCriteriaList([stop]),
        }
        worker = Thread(target=lambda: torch.inference_mode()(self._writer.generate)(**inputs, **arguments))
        worker.start()
        written = ""
        try:
            for piece in streamer:
                for mark in (self.tokenizer.pad_token, self.tokenizer.bos_token, self.tokenizer.eos_token):
                    piece = piece.replace(mark, "")
                written += piece
                yield written.strip()
        finally:
            stop.asked = True
            worker.join()


def expand_photos(text: str, vectors: int) -> str:
    """Write K prefix tokens after every ``<IMG_i>``."""
    for token in PHOTO_TOKENS:
        text = text.replace(token, token + PREFIX_TOKEN * vectors)
    return text
