"""BLEU-1 to BLEU-4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import TEXT_AND_REFERENCES, LocalMetric, for_library


class Bleu(LocalMetric):
    """``compute(predictions=texts, references=lists of texts)``; corpus scores, ``per_text`` is sentence BLEU-4."""

    about = "Clipped n-gram precision up to length n with a brevity penalty (closest reference), over the corpus."
    range = (0.0, 1.0)
    source = "Papineni et al. 2002, BLEU, https://aclanthology.org/P02-1040, as in pycocoevalcap"
    inputs = TEXT_AND_REFERENCES

    def _compute(self, predictions: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, Any]:
        from pycocoevalcap.bleu.bleu import Bleu as LibraryBleu

        corpus, by_text = LibraryBleu(4).compute_score(*for_library(predictions, references), verbose=0)
        return {**{f"bleu_{n}": float(score) for n, score in enumerate(corpus, start=1)}, "per_text": by_text[3]}
