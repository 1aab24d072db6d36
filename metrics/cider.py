"""CIDEr-D, on document frequencies of the references at hand or of a fixed corpus."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metrics.base import TEXT_AND_REFERENCES, LocalMetric, mean
from models.words import words

MAX_N = 4
SIGMA = 6.0
LIBRARY_SCALE = 10.0
BRIEF_SCALE = 5.0

Ngram = tuple[str, ...]


@dataclass(frozen=True)
class DocumentFrequencies:
    """In how many documents (all references of one photo together) each n-gram stands.

    A single sample has CIDEr 0 against itself (every idf is log 1 = 0): score single texts, such as the reward of one
    training step, on the frequencies of a fixed corpus.
    """

    counts: Mapping[Ngram, int]
    documents: int

    @classmethod
    def of(cls, references: Sequence[Sequence[str]]) -> DocumentFrequencies:
        """Count the n-grams of a corpus: for every photo its reference texts."""
        counts: Counter[Ngram] = Counter()
        for texts in references:
            counts.update({ngram for text in texts for ngram in ngrams(text)})
        return cls(counts, len(references))

    def idf(self, ngram: Ngram) -> float:
        return math.log(self.documents) - math.log(max(1, self.counts.get(ngram, 0)))


@dataclass(frozen=True)
class TfIdf:
    """A text as tf-idf vectors, one for each n-gram length, their norms, and its length in bigrams (as the library)."""

    weights: list[dict[Ngram, float]]
    norms: list[float]
    length: int

    @classmethod
    def of(cls, text: str, frequencies: DocumentFrequencies) -> TfIdf:
        weights: list[dict[Ngram, float]] = [{} for _ in range(MAX_N)]
        counts = ngrams(text)
        for ngram, count in counts.items():
            weights[len(ngram) - 1][ngram] = count * frequencies.idf(ngram)
        norms = [math.sqrt(sum(w * w for w in vector.values())) for vector in weights]
        return cls(weights, norms, sum(count for ngram, count in counts.items() if len(ngram) == 2))


def ngrams(text: str) -> Counter[Ngram]:
    """All 1- to 4-grams of the words of a text."""
    tokens = words(text)
    return Counter(tuple(tokens[i : i + n]) for n in range(1, MAX_N + 1) for i in range(len(tokens) - n + 1))


def cider(prediction: str, references: Sequence[str], frequencies: DocumentFrequencies) -> float:
    """CIDEr-D of one text on the library's scale, 0..10.

    Vedantam et al. 2015 (arXiv:1411.5726), the D variant as computed by ``pycocoevalcap`` (equal to it to rounding, see
    ``tests/metrics/test_cider.py``) on words of ``models.words`` instead of Penn Treebank tokens.

    Raises:
        ValueError: no reference.
    """
    if not references:
        raise ValueError("CIDEr needs at least one reference")
    candidate = TfIdf.of(prediction, frequencies)
    return LIBRARY_SCALE * mean([_similarity(candidate, TfIdf.of(text, frequencies)) for text in references])


def to_brief_scale(score: float) -> float:
    """The library's 0..10 mapped linearly to the 0..5 the project's brief uses: half of it."""
    return score * BRIEF_SCALE / LIBRARY_SCALE


def _similarity(candidate: TfIdf, reference: TfIdf) -> float:
    """Mean over n of the clipped cosine, with a Gaussian penalty for another length: 0..1."""
    penalty = math.exp(-((candidate.length - reference.length) ** 2) / (2 * SIGMA**2))
    cosines = []
    for ours, theirs, our_norm, their_norm in zip(
        candidate.weights, reference.weights, candidate.norms, reference.norms, strict=True
    ):
        product = sum(min(w, theirs[g]) * theirs[g] for g, w in ours.items() if g in theirs)
        cosines.append(product / (our_norm * their_norm) if our_norm and their_norm else 0.0)
    return penalty * sum(cosines) / MAX_N


class Cider(LocalMetric):
    """``compute(predictions=texts, references=lists of texts, frequencies=DocumentFrequencies | None)``.

    Without ``frequencies`` those of the references at hand are used, as the library does; that needs two photos.
    """

    about = "Consensus of a text with its references: tf-idf weighted n-gram cosine; 'cider_5' is the same on 0..5."
    range = (0.0, LIBRARY_SCALE)
    source = "Vedantam et al. 2015, CIDEr: Consensus-based Image Description Evaluation, arXiv:1411.5726 (CIDEr-D)"
    inputs = TEXT_AND_REFERENCES

    def _compute(
        self,
        predictions: Sequence[str],
        references: Sequence[Sequence[str]],
        frequencies: DocumentFrequencies | None = None,
    ) -> dict[str, Any]:
        scores = cider_scores(predictions, references, frequencies)
        return {"cider": mean(scores), "cider_5": to_brief_scale(mean(scores)), "per_text": scores}


def cider_scores(
    predictions: Sequence[str], references: Sequence[Sequence[str]], frequencies: DocumentFrequencies | None = None
) -> list[float]:
    """CIDEr-D of every text, 0..10; raises ValueError when one photo alone has to give its own frequencies."""
    if frequencies is None:
        if len(references) < 2:
            raise ValueError("CIDEr of one photo is always 0 on its own frequencies: give those of a corpus")
        frequencies = DocumentFrequencies.of(references)
    return [cider(text, texts, frequencies) for text, texts in zip(predictions, references, strict=True)]
