"""Word pieces of the small Russian BERT: tokenizer, start vectors, weights for BERTScore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.sentences import sentence_encoder

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MAX_LENGTH = 256
PIECE_SPREAD = 0.05


def train_tokenizer(texts: Sequence[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Lower-casing WordPiece, ё as е, every placeholder of the masks one token.

    BERT's own ``strip_accents`` is off: it would turn й into и.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    from masking import PLACEHOLDERS

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=60))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.BertNormalizer(lowercase=True, strip_accents=False), normalizers.Replace("ё", "е")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    special = [*MARKS, *PLACEHOLDERS]
    trainer = trainers.WordPieceTrainer(vocab_size=vocabulary, min_frequency=2, special_tokens=special)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", tokenizer.token_to_id("[SEP]")), ("[CLS]", tokenizer.token_to_id("[CLS]"))
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=MAX_LENGTH,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def piece_vectors(tokenizer: PreTrainedTokenizerFast, width: int) -> np.ndarray:
    """``(V, width)`` float32 start vectors: USE of every piece's letters, centred, in its leading directions.

    The spread is larger than that of BERT's position vectors (0.02), so that at the start a piece is known by its meaning.
    """
    pieces = tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    vectors = sentence_encoder().encode([piece.removeprefix("##") for piece in pieces])
    centred = vectors - vectors.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:width]
    projected = centred @ directions.T
    return (PIECE_SPREAD / projected.std() * projected).astype(np.float32)


def inverse_document_frequencies(tokenizer: PreTrainedTokenizerFast, texts: Sequence[str]) -> np.ndarray:
    """``(V,)`` weights of the pieces as BERTScore defines them: ``log((texts + 1) / (texts with the piece + 1))``."""
    counts = np.zeros(len(tokenizer))
    for text in texts:
        counts[list(set(tokenizer(text)["input_ids"]))] += 1
    return np.log((len(texts) + 1) / (counts + 1))
