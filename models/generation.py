"""Turning a language model's scores into a text, the same way for every captioner family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from models.captioners.base import Generation

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


def generate_arguments(
    generation: Generation, tokenizer: PreTrainedTokenizerFast, never: Sequence[str] = ()
) -> dict[str, Any]:
    """Arguments of ``transformers`` ``generate`` for one setting.

    Args:
        never: tokens that must not be written (photo marks, placeholders the input does not hold).
    """
    torch.manual_seed(generation.seed)
    sampling = generation.temperature > 0
    arguments: dict[str, Any] = {
        "max_new_tokens": generation.max_new_tokens,
        "num_beams": 1 if sampling else generation.num_beams,
        "do_sample": sampling,
        "repetition_penalty": generation.repetition_penalty,
        "no_repeat_ngram_size": generation.no_repeat_ngram_size,
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "suppress_tokens": sorted({tokenizer.convert_tokens_to_ids(token) for token in never} | _digit_ids(tokenizer)),
    }
    if sampling:
        arguments |= {"temperature": generation.temperature, "top_p": generation.top_p}
    return arguments


def _digit_ids(tokenizer: PreTrainedTokenizerFast) -> set[int]:
    """Tokens with a digit: the input is masked, so a number that a model writes is always made up."""
    return {index for token, index in tokenizer.get_vocab().items() if any(c.isdigit() for c in token)}


def decode(tokenizer: PreTrainedTokenizerFast, ids: Tensor) -> str:
    """Text of (T,) token ids, placeholders kept, padding and sentence marks dropped."""
    marks = {tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id}
    return tokenizer.decode([i for i in ids.tolist() if i not in marks], skip_special_tokens=False).strip()
