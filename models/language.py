"""Language models and tokenizers shared by the captioner families."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.checkpoint import CHECKPOINTS

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

HIDDEN_TOKENS = ("<SINGLE>", "<VARIATIVE>")
MAX_PHOTOS = 10
PHOTO_TOKENS = tuple(f"<IMG_{i}>" for i in range(1, MAX_PHOTOS + 1))
# Stands where a prefix vector goes; it is never written.
PREFIX_TOKEN = "<PREFIX>"


def load_tokenizer(name: str, root: Path = CHECKPOINTS) -> PreTrainedTokenizerFast:
    """Read ``checkpoints/language/NAME/tokenizer.json``; its special tokens are ``<pad>``, ``<s>``, ``</s>``."""
    from transformers import PreTrainedTokenizerFast

    path = root / "language" / name / "tokenizer.json"
    if not path.is_file():
        raise FileNotFoundError(f"the language model {name} has no tokenizer: {path} is missing")
    return PreTrainedTokenizerFast(
        tokenizer_file=str(path), pad_token="<pad>", bos_token="<s>", eos_token="</s>", padding_side="left"
    )


def build_gpt(name: str, root: Path = CHECKPOINTS) -> GPT2LMHeadModel:
    """A GPT-2 shaped network as ``checkpoints/language/NAME/config.json`` describes it, with random weights."""
    from transformers import GPT2Config, GPT2LMHeadModel

    folder = root / "language" / name
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"the language model {name} is missing: there is no {folder / 'config.json'}")
    return GPT2LMHeadModel(GPT2Config.from_pretrained(folder))
