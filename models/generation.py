"""Turning a language model's scores into a text, the same way for every captioner family."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import StoppingCriteria

from models.captioners.base import Generation
from models.language import MARKS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


class Stop(StoppingCriteria):
    """Ends the generation between two tokens when the reader has gone."""

    asked = False

    def __call__(self, input_ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        return torch.full((len(input_ids),), self.asked, dtype=torch.bool)


def generate_arguments(
    generation: Generation, tokenizer: PreTrainedTokenizerFast, seeded: bool = True
) -> dict[str, Any]:
    """Arguments of ``transformers`` ``generate`` for one setting; marks, digits and forbidden slots are never written.

    Args:
        seeded: set torch's seed to that of the setting; training draws from its own.
    """
    if seeded:
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
        "suppress_tokens": sorted(_never_written(generation, tokenizer)),
    }
    if sampling:
        arguments |= {"temperature": generation.temperature, "top_p": generation.top_p}
    return arguments


def _never_written(generation: Generation, tokenizer: PreTrainedTokenizerFast) -> set[int]:
    """Marks, placeholders that are not allowed, and digits: the input is masked, so a written number is made up."""
    never = {*MARKS, tokenizer.pad_token, tokenizer.bos_token} - {tokenizer.eos_token}
    if generation.allowed_placeholders is not None:
        never |= {t for t in tokenizer.get_added_vocab() if _is_placeholder(t)} - generation.allowed_placeholders
    return _digit_ids(tokenizer) | {i for token, i in tokenizer.get_added_vocab().items() if token in never}


@lru_cache(maxsize=8)
def _digit_ids(tokenizer: PreTrainedTokenizerFast) -> frozenset[int]:
    """Tokens that spell a digit; a byte-level vocabulary spells Cyrillic with signs like ``²``, so they are decoded."""
    spelled = ((i, tokenizer.convert_tokens_to_string([token])) for token, i in tokenizer.get_vocab().items())
    return frozenset(i for i, text in spelled if any(map(str.isdigit, text)))


def _is_placeholder(token: str) -> bool:
    return token.startswith("<") and token[1:-1].replace("_", "").isupper() and token not in MARKS


def decode(tokenizer: PreTrainedTokenizerFast, ids: Tensor) -> str:
    """Text of (T,) token ids, placeholders kept, padding and sentence marks dropped."""
    marks = {tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id}
    return tokenizer.decode([i for i in ids.tolist() if i not in marks], skip_special_tokens=False).strip()
