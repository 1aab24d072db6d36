"""The interface of every captioner family."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from models.photo import Photo

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
    """Writes the description of an ad.

    Attributes:
        family: name of the family, as ``checkpoint.json`` spells it.
        inputs: whether it reads text, and one photo or many.
        name: folder name of the loaded checkpoint.
        defaults: the checkpoint's generation defaults.
    """

    family: ClassVar[str]
    inputs: ClassVar[Inputs]
    name: str
    defaults: Generation

    @abstractmethod
    def generate(self, prompts: Sequence[Prompt], generation: Generation | None = None) -> list[str]:
        """Return one text a prompt, placeholders kept."""

    @abstractmethod
    def stream(self, prompt: Prompt, generation: Generation | None = None) -> Iterator[str]:
        """Yield the text written so far, growing by a token at a time; stop iterating to cancel."""
