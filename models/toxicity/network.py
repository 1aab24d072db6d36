"""The network of the built-in classifier: which words of a sentence are rude, and is the sentence."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.sentences import DIM

HIDDEN = 96
MEANING = 32


class RudenessNetwork(nn.Module):
    """Two residual convolutions over the words, pooled by attention and by maximum, beside the sentence's embedding.

    The attention weights are the words' own rudeness (multiple-instance learning after Ilse et al. 2018), which is
    taught where the rude words are known.

    Args:
        width: length of a word's vector.
        dropout: chance of every dropped feature while training.
    """

    def __init__(self, width: int, dropout: float = 0.3) -> None:
        super().__init__()
        self.word = nn.Linear(width, HIDDEN)
        self.near = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=1)
        self.far = nn.Conv1d(HIDDEN, HIDDEN, 3, padding=2, dilation=2)
        self.norms = nn.ModuleList(nn.LayerNorm(HIDDEN) for _ in range(3))
        self.rude = nn.Linear(HIDDEN, 1)
        self.meaning = nn.Linear(DIM, MEANING)
        self.decide = nn.Linear(2 * HIDDEN + MEANING, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, vectors: Tensor, places: Tensor, mask: Tensor, sentences: Tensor) -> tuple[Tensor, Tensor]:
        """Log-odds of the N segments (N,) and of their words (N, T).

        Args:
            vectors: (W, width) of the different words, the first all zero.
            places: (N, T) int64 rows of ``vectors``; mask: (N, T) bool, True at words.
            sentences: (N, 512) embeddings of the segments.
        """
        shown = mask[..., None]
        hidden = self.dropout(F.gelu(self.norms[0](self.word(vectors)))[places] * shown)
        for convolution, norm in zip((self.near, self.far), self.norms[1:], strict=True):
            mixed = convolution(hidden.transpose(1, 2)).transpose(1, 2)
            hidden = (hidden + self.dropout(F.gelu(norm(mixed)))) * shown
        words = self.rude(hidden)[..., 0].masked_fill(~mask, -1e4)
        attended = (words.softmax(1)[..., None] * hidden).sum(1)
        highest = hidden.masked_fill(~shown, -1e4).amax(1)
        meaning = F.gelu(self.meaning(self.dropout(sentences) * DIM**0.5))
        return self.decide(self.dropout(torch.cat([attended, highest, meaning], 1)))[:, 0], words
