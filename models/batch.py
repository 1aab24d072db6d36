"""What a captioner's network is trained on: tokenized prompts, wanted texts and the photos between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

IGNORED = -100


@dataclass(frozen=True)
class Batch:
    """B ads.

    Attributes:
        prompt: (B, P) ids, padded on the left.
        prompt_mask: (B, P) ones where ``prompt`` is no padding.
        target: (B, T) ids of the wanted text and its end mark, ``IGNORED`` on the right of it.
        photos: (ΣN, C, D) image features of all photos, in the order of the ``<IMG_i>`` tokens of the rows.
        start: (B,) position of the first token of each row, for language models with absolute positions.
    """

    prompt: Tensor
    prompt_mask: Tensor
    target: Tensor
    photos: Tensor
    start: Tensor

    @property
    def wanted(self) -> Tensor:
        """(M,) target ids without padding, row by row."""
        return self.target[self.target != IGNORED]


def collate(
    prompts: Sequence[Sequence[int]], targets: Sequence[Sequence[int]], photos: Tensor, pad: int, start: Tensor
) -> Batch:
    """Pad prompts on the left and targets on the right, so that a prompt ends where its target begins."""
    before, after = max(map(len, prompts)), max(map(len, targets))
    prompt = torch.full((len(prompts), before), pad)
    mask = torch.zeros_like(prompt)
    target = torch.full((len(prompts), after), IGNORED)
    for row, (given, wanted) in enumerate(zip(prompts, targets, strict=True)):
        prompt[row, before - len(given) :] = torch.tensor(given)
        mask[row, before - len(given) :] = 1
        target[row, : len(wanted)] = torch.tensor(wanted)
    return Batch(prompt, mask, target, photos, start)


def tokenize_pairs(
    tokenizer: PreTrainedTokenizerFast, prompts: Sequence[str], targets: Sequence[str]
) -> tuple[list[list[int]], list[list[int]]]:
    """Ids of prompts (their photo marks already expanded) and of the targets that follow them, end mark added."""
    given = tokenizer(list(prompts), add_special_tokens=False)["input_ids"]
    wanted = tokenizer([f" {text}{tokenizer.eos_token}" for text in targets], add_special_tokens=False)["input_ids"]
    return given, wanted
