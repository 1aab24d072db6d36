"""Language models and tokenizers shared by the captioner families."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.checkpoint import CHECKPOINTS, fill, load_weights, read_card
from models.parts import is_published, resolve

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

HIDDEN_TOKENS = ("<SINGLE>", "<VARIATIVE>")
MAX_PHOTOS = 10
PHOTO_TOKENS = tuple(f"<IMG_{i}>" for i in range(1, MAX_PHOTOS + 1))
# Stands where a prefix vector goes; it is never written.
PREFIX_TOKEN = "<PREFIX>"
# What only a prompt holds.
MARKS = (*HIDDEN_TOKENS, *PHOTO_TOKENS, PREFIX_TOKEN)


def load_tokenizer(name: str, root: Path = CHECKPOINTS, tokens: Sequence[str] = ()) -> PreTrainedTokenizerFast:
    """The tokenizer of ``checkpoints/language/NAME`` or of a published part, padding on the left.

    A folder without one names in its card (``tokenizer``) the folder whose vocabulary it shares.

    Args:
        name: a folder's name, or ``hub:OWNER/NAME@REVISION`` or a path of a published language model.
        tokens: slots and marks that a published tokenizer does not have; each becomes a single token.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if is_published(name):
        tokenizer = AutoTokenizer.from_pretrained(resolve(name), padding_side="left")
        for kind, mark in (("pad", "<pad>"), ("bos", "<s>"), ("eos", "</s>")):
            if getattr(tokenizer, f"{kind}_token") is None:
                tokenizer.add_special_tokens({f"{kind}_token": mark})
        tokenizer.add_tokens([*MARKS, *tokens], special_tokens=True)
        return tokenizer
    path = root / "language" / name / "tokenizer.json"
    if not path.is_file() and (path.parent / "checkpoint.json").is_file():
        path = root / "language" / read_card(path.parent).get("tokenizer", name) / "tokenizer.json"
    if not path.is_file():
        raise FileNotFoundError(f"the language model {name} has no tokenizer: {path} is missing")
    return PreTrainedTokenizerFast(
        tokenizer_file=str(path), pad_token="<pad>", bos_token="<s>", eos_token="</s>", padding_side="left"
    )


def load_language(
    name: str, root: Path = CHECKPOINTS, tokenizer: PreTrainedTokenizerFast | None = None, **changes: Any
) -> PreTrainedModel:
    """A language model, decoder-only or encoder-decoder as its ``config.json`` says.

    Args:
        name: a folder under ``checkpoints/language`` (its weights are read when it holds any; a folder without is a
            shape whose weights a captioner brings), or a published part.
        tokenizer: of a published part: its embeddings are widened to the tokens added to it.
        changes: fields of the config to set (``add_cross_attention=True``); layers they add have random weights.

    Raises:
        FileNotFoundError: (``MissingPart`` for a published one) it is not on this machine.
    """
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM

    folder = resolve(name) if is_published(name) else root / "language" / name
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"the language model {name} is missing: there is no {folder / 'config.json'}")
    config = AutoConfig.from_pretrained(folder)
    kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    if is_published(name):
        language = kind.from_pretrained(folder, dtype="float32", **changes)
        return widen(language, tokenizer) if tokenizer else language
    language = kind.from_config(config)
    if (folder / "model.safetensors").is_file():
        fill(language, load_weights(folder / "model.safetensors"), f"language/{name}")
    if changes:
        known = language.state_dict()
        language = kind.from_config(AutoConfig.from_pretrained(folder, **changes))
        language.load_state_dict(known, strict=False)
    return language


def widen(language: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    """Give every token of the tokenizer an embedding; new ones start at the mean of the others."""
    import torch

    if len(tokenizer) > language.get_input_embeddings().num_embeddings:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)  # the new rows are drawn around the mean: a second loading draws the same
            language.resize_token_embeddings(len(tokenizer), mean_resizing=True)
    return language
