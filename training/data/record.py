"""The one record of every data set: an ad with photos, what its seller typed, and the text to be written."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from masking import PLACEHOLDERS, SLOTS
from masking.escape import escape
from pipeline.ad import Ad

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
Task = Literal["ad", "caption"]
HiddenToken = Literal["<SINGLE>", "<VARIATIVE>"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MaskSpan(_Strict):
    """One number, as ``masking.Span`` finds it; characters ``start`` to ``end`` of the text it belongs to.

    A reference that came with placeholders has spans whose value is the placeholder itself.
    """

    slot: str
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    value: str
    unit: str = ""
    group: int = 0

    @field_validator("slot")
    @classmethod
    def _known(cls, slot: str) -> str:
        if slot not in SLOTS:
            raise ValueError(f"unknown slot {slot}: masking/slots.toml has {', '.join(SLOTS)}")
        return slot


class Masks(_Strict):
    """Where the numbers of a record stand: in the reference, and in what the seller typed (``AdRecord.prompt``)."""

    text: tuple[MaskSpan, ...] = ()
    prompt: tuple[MaskSpan, ...] = ()


class AdRecord(_Strict):
    """One ad. Texts are kept as written; their placeholders are put in by ``masked_*`` from ``masks``.

    Attributes:
        id: unique in its data set, for example ``clothes:0012`` or, drawn again, ``clothes:0012~3``.
        photos: paths relative to the data set's folder (inside a tar: names of its members), in the seller's order.
        attributes: filled fields of the form, in order (prompt).
        seller_text: the seller's own words beside the attributes (prompt), None if there are none.
        text: the reference, what a captioner shall write.
        assistant_text: the same in the voice of a chat assistant, the other pole of the human-voice reward.
        task: whether the reference is an ad or a neutral caption.
        source: name of the part of the mixture it came from, for example ``AUG_MAIN``.
        split: never shared by near-copies (``training/data/split.py``).
        diversity_score: 0 (one item) to 1 (several different ones) by ``pipeline.diversity``.
        hidden_token: by the score, or as the source knows by construction.
        masks: None until the text was masked.
    """

    id: str = Field(min_length=1)
    photos: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    seller_text: str | None = None
    text: str = Field(min_length=1)
    assistant_text: str | None = None
    task: Task = "ad"
    source: str = Field(min_length=1)
    split: Split = "train"
    diversity_score: float | None = Field(default=None, ge=0, le=1)
    hidden_token: HiddenToken | None = None
    masks: Masks | None = None

    @field_validator("photos")
    @classmethod
    def _inside(cls, photos: tuple[str, ...]) -> tuple[str, ...]:
        for name in photos:
            path = PurePosixPath(name)
            if not name or path.is_absolute() or ".." in path.parts or "\\" in name:
                raise ValueError(f"a photo must be a path inside the data set's folder, not {name!r}")
        return photos

    @model_validator(mode="after")
    def _spans_fit(self) -> Self:
        if self.masks:
            _check_spans("text", self.text, self.masks.text)
            _check_spans("prompt", self.prompt, self.masks.prompt)
        return self

    @property
    def masked_text(self) -> str:
        """The reference with placeholders; raises ValueError before masking."""
        return masked(self.text, self._masks.text)

    @property
    def prompt(self) -> str:
        """Attributes and seller's words as the service writes them: ``Размер: 44-46 (M). …``."""
        return Ad(self.attributes, self.seller_text or "").full_text

    @property
    def masked_prompt(self) -> str:
        """The prompt with placeholders, for ``pipeline.prompt.write_prompt``; raises ValueError before masking."""
        return masked(self.prompt, self._masks.prompt)

    @property
    def _masks(self) -> Masks:
        if self.masks is None:
            raise ValueError(f"record {self.id} is not masked: build the set with `python -m training data build`")
        return self.masks


def masked(text: str, spans: tuple[MaskSpan, ...]) -> str:
    """``text`` with each span's placeholder in its place and everything that reads as a token escaped."""
    parts, position = [], 0
    for span in spans:
        parts += [escape(text[position : span.start]), PLACEHOLDERS[SLOTS.index(span.slot)]]
        position = span.end
    return "".join([*parts, escape(text[position:])])


def _check_spans(where: str, text: str, spans: tuple[MaskSpan, ...]) -> None:
    position = 0
    for span in spans:
        if span.start < position or text[span.start : span.end] != span.value:
            raise ValueError(f"masks of {where}: {span.value!r} does not stand at {span.start}–{span.end}")
        position = span.end
