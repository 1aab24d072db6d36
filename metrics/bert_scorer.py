"""BERTScore with a model that is loaded once and kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from models.checkpoint import CHECKPOINTS, load_weights, read_card

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PreTrainedTokenizerBase

DEFAULT = "bert-ru-mini"
BATCH = 64
PIECE_WEIGHTS = "idf.safetensors"


class BertScores(NamedTuple):
    """Precision, recall and their harmonic mean, each −1..1 (in practice 0..1)."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class _Loaded:
    encoder: nn.Module
    tokenizer: PreTrainedTokenizerBase
    weights: Mapping[int, float]


class BertScorer:
    """Scores texts by greedy matching of their contextual word pieces (Zhang et al. 2020, arXiv:1904.09675).

    The model is loaded at the first score and kept; the matching itself is ``bert_score``'s. An empty text scores 0
    (``bert_score`` would crash). Texts longer than the model's positions are cut. A checkpoint that holds inverse document
    frequencies of its pieces (``idf.safetensors``, as the built-in one does) has its pieces weighted by them, section 3
    of the paper; otherwise all weigh the same.

    Args:
        name: a folder of ``checkpoints/language``, or the path or hub name of any ``transformers`` encoder.
        num_layers: which layer's states are compared, 0 for the embeddings; by default what ``checkpoint.json`` of the
            folder or ``bert_score``'s own table says.
        rescale: map scores so that a random pair is 0 and equal texts are 1, by ``baseline`` in ``checkpoint.json``.

    Raises:
        FileNotFoundError: the built-in checkpoint is not there.
        ValueError: the layer is unknown, or ``rescale`` without a baseline.
    """

    def __init__(self, name: str = DEFAULT, num_layers: int | None = None, rescale: bool = False) -> None:
        folder = CHECKPOINTS / "language" / name
        if name == DEFAULT and not folder.is_dir():
            raise FileNotFoundError(f"{name}: there is no {folder}; train it by `python -m training.pretrain_bert`")
        self.name = name
        self._path = folder if folder.is_dir() else Path(name) if Path(name).is_dir() else name
        card = _card(self._path)
        self.num_layers = _layer(name, card) if num_layers is None else num_layers
        self._baseline = _baseline(name, card) if rescale else None
        self._lock, self._model = Lock(), None

    def score(self, candidate: str, source: str) -> float:
        """F1 of a text against another one."""
        return self.scores([candidate], [source])[0].f1

    def scores(self, candidates: Sequence[str], references: Sequence[str | Sequence[str]]) -> list[BertScores]:
        """Scores of every candidate; of several references the one with the best F1 counts.

        Raises:
            ValueError: as many references as candidates are needed, and at least one for each.
        """
        groups = [[texts] if isinstance(texts, str) else list(texts) for texts in references]
        if len(groups) != len(candidates) or not all(groups):
            raise ValueError("every candidate needs at least one reference")
        pairs = [(text, reference) for text, texts in zip(candidates, groups, strict=True) for reference in texts]
        flat = iter(self._pair_scores(pairs))
        return [max((next(flat) for _ in texts), key=lambda score: score.f1) for texts in groups]

    def fit_baseline(self, pairs: Sequence[tuple[str, str]]) -> BertScores:
        """Mean raw scores of pairs drawn at random: what ``rescale`` maps to 0 (belongs in ``checkpoint.json``)."""
        columns = zip(*self._raw_scores(pairs), strict=True)
        return BertScores(*(sum(column) / len(pairs) for column in columns))

    def _pair_scores(self, pairs: Sequence[tuple[str, str]]) -> list[BertScores]:
        whole = [i for i, pair in enumerate(pairs) if all(text.strip() for text in pair)]
        scores = [BertScores(0.0, 0.0, 0.0)] * len(pairs)
        for i, score in zip(whole, self._raw_scores([pairs[i] for i in whole]), strict=True):
            scores[i] = self._rescaled(score)
        return scores

    def _raw_scores(self, pairs: Sequence[tuple[str, str]]) -> list[BertScores]:
        if not pairs:
            return []
        from bert_score.utils import bert_cos_score_idf

        loaded = self._load()
        candidates, references = map(list, zip(*pairs, strict=True))
        table = bert_cos_score_idf(
            loaded.encoder, references, candidates, loaded.tokenizer, loaded.weights, device="cpu", batch_size=BATCH
        )
        return [BertScores(*row) for row in table.tolist()]

    def _rescaled(self, score: BertScores) -> BertScores:
        if self._baseline is None:
            return score
        return BertScores(*((s - b) / (1 - b) for s, b in zip(score, self._baseline, strict=True)))

    def _load(self) -> _Loaded:
        with self._lock:
            if self._model is None:
                self._model = _load_encoder(self._path, self.num_layers)
        return self._model


def _card(path: Path | str) -> dict[str, Any]:
    return read_card(path) if isinstance(path, Path) and (path / "checkpoint.json").is_file() else {}


def _layer(name: str, card: dict[str, Any]) -> int:
    if "num_layers" in card:
        return card["num_layers"]
    from bert_score.utils import model2layers

    if name not in model2layers:
        raise ValueError(f"{name}: which layer BERTScore compares is unknown: give num_layers")
    return model2layers[name]


def _baseline(name: str, card: dict[str, Any]) -> BertScores:
    if "baseline" not in card:
        raise ValueError(f"{name}: there is no baseline to rescale by: fit one by BertScorer.fit_baseline")
    return BertScores(**card["baseline"])


def _load_encoder(path: Path | str, layer: int) -> _Loaded:
    """Read encoder (float32, no gradient) and tokenizer; the tokenizer gets the length limit it may lack."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    with _quiet_loading():
        model = AutoModel.from_pretrained(path, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(path)
    # Without a limit the tokenizer says 10^30, which overflows inside bert_score (and the model has fewer positions).
    tokenizer.model_max_length = min(tokenizer.model_max_length, _positions(model.config))
    depth = model.config.num_hidden_layers
    if not 0 <= layer <= depth:
        raise ValueError(f"{path}: num_layers must be between 0 and {depth}, not {layer}")
    encoder = model.get_encoder() if model.config.is_encoder_decoder else model
    return _Loaded(_at_layer(encoder, layer), tokenizer, _piece_weights(path, tokenizer))


@contextmanager
def _quiet_loading() -> Iterator[None]:
    """No bar for a fraction of a second, no warning of a pooler that a masked language model does not have."""
    from transformers.utils import logging

    verbosity, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bar:
            logging.enable_progress_bar()


def _piece_weights(path: Path | str, tokenizer: PreTrainedTokenizerBase) -> Mapping[int, float]:
    """Weight of every piece id: that of the checkpoint, or 1 but for the marks around a text."""
    if isinstance(path, Path) and (path / PIECE_WEIGHTS).is_file():
        return dict(enumerate(load_weights(path / PIECE_WEIGHTS)["idf"].tolist()))
    weights: dict[int, float] = defaultdict(lambda: 1.0)
    weights[tokenizer.cls_token_id] = weights[tokenizer.sep_token_id] = 0.0
    return weights


def _positions(config: Any) -> int:
    """How many tokens the model can number; RoBERTa's positions start after the padding id."""
    positions = getattr(config, "max_position_embeddings", None) or 512
    return positions - config.pad_token_id - 1 if "roberta" in config.model_type else positions


def _at_layer(model: nn.Module, layer: int) -> nn.Module:
    """``model`` as ``bert_score`` calls it, with the states of one layer as its only output."""
    import torch

    class AtLayer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Tensor, attention_mask: Tensor, output_hidden_states: bool = False) -> tuple[Tensor]:
            states = self.model(ids, attention_mask=attention_mask, output_hidden_states=True)
            return (states.hidden_states[layer],)

    return AtLayer()
