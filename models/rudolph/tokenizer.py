"""The tokenizer of ruDALL-E and ruDOLPH (`shonenkov/rudalle-utils: bpe.model`) with ruDOLPH's special tokens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from models.youtokentome import SPACE_MARK, SPACES, SPECIALS, YoutokentomeBPE

UNK, PAD, BOS, EOS = SPECIALS
LEFT_CAPTION, RIGHT_CAPTION = "<LT_I2T>", "<RT_I2T>"
# The tasks ruDOLPH was trained with, in the order of their ids behind the 16,384 pieces of the vocabulary.
TASK_TOKENS = ("<LT_UNK>", "<RT_UNK>", "<LT_T2I>", LEFT_CAPTION, "<LT_T2T>", RIGHT_CAPTION)


def load_tokenizer(path: Path, vocab_size: int, tokens: Sequence[str] = ()) -> PreTrainedTokenizerFast:
    """Same ids as ``rudolph`` gives a lower-cased text; no special token is added by itself.

    Args:
        path: ``bpe.model``.
        vocab_size: of the network; it reserves ids for special tokens behind the pieces (384 in the published 350M).
        tokens: further special tokens, which take free ones of these ids.

    Raises:
        ValueError: there are more special tokens than reserved ids.
    """
    bpe, added = YoutokentomeBPE(path), (*TASK_TOKENS, *tokens)
    if bpe.vocab_size + len(added) > vocab_size:
        raise ValueError(f"{path}: {len(added)} special tokens, ids for {vocab_size - bpe.vocab_size} are reserved")
    tokenizer = Tokenizer(bpe.model)
    spaces = normalizers.Replace(Regex(SPACES.pattern), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Lowercase(), spaces, normalizers.Strip()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(" ", "removed"), pre_tokenizers.Metaspace(SPACE_MARK, "always", split=False)]
    )
    tokenizer.decoder = decoders.Metaspace(SPACE_MARK, "always")
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in (*SPECIALS, *added)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token=UNK, pad_token=PAD, bos_token=BOS, eos_token=EOS, padding_side="left",
        clean_up_tokenization_spaces=False,
    )  # fmt: skip
