"""Language models and tokenizers shared by the captioner families."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.checkpoint import CHECKPOINTS, fill, load_weights

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

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


def load_language(name: str, root: Path = CHECKPOINTS) -> PreTrainedModel:
    """The language model ``checkpoints/language/NAME``, decoder-only or encoder-decoder as its ``config.json`` says.

    Its weights are read when the folder holds any; a folder without is a shape whose weights a captioner brings.
    """
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM

    folder = root / "language" / name
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"the language model {name} is missing: there is no {folder / 'config.json'}")
    config = AutoConfig.from_pretrained(folder)
    kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    language = kind.from_config(config)
    if (folder / "model.safetensors").is_file():
        fill(language, load_weights(folder / "model.safetensors"), f"language/{name}")
    return language
