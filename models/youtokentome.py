"""Reads the ``bpe.model`` files of youtokentome (ruCLIP, ruDOLPH) without the package, which builds only by a trick."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders
from tokenizers.models import BPE

SPACE_MARK = "▁"
# What youtokentome takes for a space: C's isspace and its own mark, but no other Unicode space.
SPACES = re.compile(f"[ \t\n\v\f\r{SPACE_MARK}]+")
SPECIALS = ("<UNK>", "<PAD>", "<BOS>", "<EOS>")


class YoutokentomeBPE:
    """The same ids as ``youtokentome.BPE(path).encode`` without dropout.

    Attributes:
        model: pieces and merges for a tokenizer of `tokenizers`; words come to it with their space mark in front.
        unk_id, pad_id, bos_id, eos_id: special tokens, -1 where the file has none.
        vocab_size: number of ids.
    """

    def __init__(self, path: Path) -> None:
        numbers = _numbers(path)
        chars, rules = next(numbers)
        pieces = {index: chr(codepoint) for codepoint, index in (next(numbers) for _ in range(chars))}
        merges = []
        for left, right, merged in (next(numbers) for _ in range(rules)):
            merges.append((pieces[left], pieces[right]))
            pieces[merged] = pieces[left] + pieces[right]
        self.unk_id, self.pad_id, self.bos_id, self.eos_id = specials = next(numbers)
        pieces |= {index: name for index, name in zip(specials, SPECIALS, strict=True) if index >= 0}
        vocab = {piece: index for index, piece in pieces.items()}
        if len(vocab) != len(pieces):
            raise ValueError(f"{path}: two rules make the same piece, which `tokenizers` cannot tell apart")
        self.vocab_size = len(vocab)
        # A run of unknown characters is one <UNK>.
        self.model = BPE(vocab=vocab, merges=merges, unk_token=SPECIALS[0], fuse_unk=True)
        self._tokenizer = Tokenizer(self.model)
        self._tokenizer.decoder = decoders.Metaspace(replacement=SPACE_MARK, prepend_scheme="always")
        self._hidden = {index for index in specials if index >= 0}

    def encode(self, text: str) -> list[int]:
        """Return the ids of ``text``, no special tokens added."""
        valid = text.encode("utf-8", "ignore").decode()
        words = [SPACE_MARK + word for word in SPACES.split(valid) if word]
        return self._tokenizer.encode(words, is_pretokenized=True, add_special_tokens=False).ids

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of ``ids``, special tokens (the unknown one too) left out."""
        return self._tokenizer.decode([i for i in ids if i not in self._hidden], skip_special_tokens=False)


def _numbers(path: Path) -> Iterator[list[int]]:
    """Yield the numbers of each line; ValueError at the first that are none, or when the file ends too early."""
    with path.open(encoding="ascii") as lines:
        for line in lines:
            yield [int(number) for number in line.split()]
    raise ValueError(f"{path}: a youtokentome model that is cut short")
