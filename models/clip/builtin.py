"""The built-in image-text model: projection heads over EfficientNet-Lite0 features and USE sentence embeddings."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.checkpoint import load_weights, read_card
from models.clip.base import ImageTextEncoder
from models.photo import Photo, computed_once
from models.sentences import DIM as SENTENCE_DIM
from models.sentences import sentence_encoder
from models.vision import load_vision
from models.words import possible_lemmas, spelled_words

UNSEEN = re.compile(r"<[A-Z_0-9]+>|[^\s.,;:!?()]*\d(?:[^\s;:!?()]*[^\s.,;:!?()])?|[()₽%]")
STRAY_SPACE = re.compile(r"\s+(?=[.,;:!?])")


def visible_text(text: str) -> str:
    """What of a text may be seen in a photo: placeholders and everything with a digit go (sizes, prices, phones)."""
    return " ".join(STRAY_SPACE.sub("", UNSEEN.sub(" ", text)).split())


def word_keys(text: str) -> list[str]:
    """Every lemma a visible word may have; a hyphenated word also counts by its parts («тёмно-синий», «синий»)."""
    keys: list[str] = []
    for word in spelled_words(visible_text(text)):
        for part in dict.fromkeys([word, *word.split("-")]):
            keys += possible_lemmas(part)[:3]
    return keys


class Towers(nn.Module):
    """Both projection heads.

    The image head reads features averaged over the map, so that the classifier's weight vectors (prototypes of the
    ImageNet kinds) can pass it as photos do. The text head reads the sentence embedding, which knows the language, and
    a weighted mean of the vectors of known lemmas, which knows the words of this trade; the weights are learned, so
    that «состояние хорошее» does not water «синие джинсы» down.

    Args:
        words: V, size of the vocabulary; index 0 is for padding.
        image_dim: width of the image features.
        word_dim: width of the vectors of lemmas.
        hidden: width of the hidden layers.
        dim: D of the embeddings.
        dropout: of inputs and hidden layers, in training.
    """

    def __init__(
        self, words: int, image_dim: int = 1280, word_dim: int = 192, hidden: int = 1024, dim: int = 384,
        dropout: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.dim = dim
        self.image = nn.Sequential(
            nn.LayerNorm(image_dim), nn.Dropout(dropout), nn.Linear(image_dim, hidden), nn.GELU(), nn.Dropout(dropout),
            nn.Linear(hidden, dim),
        )  # fmt: skip
        self.vectors = nn.Embedding(words, word_dim, padding_idx=0)
        self.weights = nn.Embedding(words, 1, padding_idx=0)
        self.text = nn.Sequential(
            nn.LayerNorm(SENTENCE_DIM + word_dim), nn.Dropout(dropout), nn.Linear(SENTENCE_DIM + word_dim, hidden),
            nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, dim),
        )  # fmt: skip
        nn.init.normal_(self.vectors.weight, std=0.05)
        nn.init.zeros_(self.weights.weight)

    def encode_images(self, features: Tensor) -> Tensor:
        """(N, 1280) averaged features -> (N, D) unit vectors."""
        return F.normalize(self.image(features), dim=-1)

    def encode_texts(self, sentences: Tensor, words: Tensor) -> Tensor:
        """(N, 512) sentence embeddings and (N, L) word indices padded with 0 -> (N, D) unit vectors."""
        known = words > 0
        weights = self.weights(words).squeeze(-1).masked_fill(~known, -math.inf)
        weights = torch.where(known.any(1, keepdim=True), weights.softmax(1), 0.0)
        mean = (weights.unsqueeze(-1) * self.vectors(words)).sum(1)
        scale = math.sqrt(SENTENCE_DIM)
        return F.normalize(self.text(torch.cat([scale * sentences, mean], 1)), dim=-1)


def word_indices(texts: Sequence[str], vocabulary: dict[str, int]) -> Tensor:
    """(N, L) indices of the known lemmas of each text, padded with 0 (L is at least 1)."""
    rows = [[vocabulary[key] for key in dict.fromkeys(word_keys(text)) if key in vocabulary] for text in texts]
    width = max([1, *map(len, rows)])
    return torch.tensor([row + [0] * (width - len(row)) for row in rows])


class BuiltinEncoder(ImageTextEncoder):
    """This project's own small encoder, trained by ``python -m training clip``.

    Args:
        name: folder name of the checkpoint.
        vision: name of the shared backbone in ``checkpoints/vision``.
        towers: both heads.
        vocabulary: known lemmas to their indices, from 1.
    """

    def __init__(self, name: str, vision: str, towers: Towers, vocabulary: dict[str, int]) -> None:
        self.name, self.vision = name, vision
        self.towers = towers.eval().requires_grad_(False)
        self.vocabulary = vocabulary
        self.dim = towers.dim

    @classmethod
    def load(cls, folder: Path) -> BuiltinEncoder:
        """Load ``checkpoint.json``, ``vocabulary.txt`` and ``model.safetensors`` of ``folder``.

        Raises:
            FileNotFoundError, ValueError: a file is missing or wrong; the message names the checkpoint.
        """
        card = read_card(folder)
        path = folder / "vocabulary.txt"
        if not path.is_file():
            raise FileNotFoundError(f"{folder.name}: there is no vocabulary.txt in {folder}")
        known = path.read_text(encoding="utf-8").split()
        towers = Towers(len(known) + 1, **card["towers"])
        try:
            towers.load_state_dict(load_weights(folder / "model.safetensors"))
        except RuntimeError as error:
            raise ValueError(f"{folder.name}: weights, vocabulary and card do not fit together ({error})") from error
        return cls(folder.name, card["parts"]["vision"], towers, {word: i + 1 for i, word in enumerate(known)})

    def encode_photos(self, photos: Sequence[Photo]) -> Tensor:
        if not photos:
            return torch.empty(0, self.dim)
        return torch.stack(computed_once(f"clip/{self.name}", photos, self._embed_photos))

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        if not texts:
            return torch.empty(0, self.dim)
        sentences = torch.from_numpy(sentence_encoder().encode([visible_text(text) for text in texts]))
        return self.towers.encode_texts(sentences, word_indices(texts, self.vocabulary))

    @torch.inference_mode()
    def _embed_photos(self, photos: list[Photo]) -> Tensor:
        return self.towers.encode_images(load_vision(self.vision).features(photos).mean((2, 3)))
