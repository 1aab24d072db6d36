"""Does a text sound like the reference voice rather than like a chat assistant?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from metrics.base import TEXT, TEXTS, LocalMetric, mean
from metrics.bert_scorer import BertScorer
from metrics.cider import DocumentFrequencies, cider_scores, to_brief_scale

VOICES: dict[str, object] = {"predictions": TEXT, "references": TEXTS, "assistant": TEXTS}


class Humanness(LocalMetric):
    """``compute(predictions=texts, references=lists of texts, assistant=lists of texts, beta=1.0, …)``.

    ``humanness = CIDEr(text, references) − β · BERTScore(text, assistant)``; ``anti_humanness`` is the same with CIDEr
    against the assistant's texts. CIDEr is on the brief's 0..5 scale (half the library's), BERTScore is F1, so both
    run from −β to 5. The difference of the two is what tells the voices apart: the BERTScore term is in both.

    Further keywords: ``scorer`` (the built-in one by default); ``frequencies`` and ``assistant_frequencies`` of fixed
    corpora (by default those of the texts at hand).
    """

    about = "CIDEr (0..5) with the reference voice minus β times BERTScore with the assistant's voice; may be negative."
    range = (-1.0, 5.0)
    source = "the project's brief; CIDEr: arXiv:1411.5726, BERTScore: arXiv:1904.09675"
    inputs = VOICES

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[Sequence[str]],
        assistant: Sequence[Sequence[str]],
        beta: float = 1.0,
        scorer: BertScorer | None = None,
        frequencies: DocumentFrequencies | None = None,
        assistant_frequencies: DocumentFrequencies | None = None,
    ) -> dict[str, Any]:
        wanted = [to_brief_scale(s) for s in cider_scores(predictions, references, frequencies)]
        other = [to_brief_scale(s) for s in cider_scores(predictions, assistant, assistant_frequencies)]
        alike = [score.f1 for score in (scorer or BertScorer()).scores(predictions, assistant)]
        human = [c - beta * b for c, b in zip(wanted, alike, strict=True)]
        anti = [c - beta * b for c, b in zip(other, alike, strict=True)]
        return {
            "humanness": mean(human),
            "anti_humanness": mean(anti),
            "cider_5": mean(wanted),
            "cider_5_assistant": mean(other),
            "bertscore_assistant": mean(alike),
            "per_text": human,
            "per_text_anti": anti,
        }
