"""Any `open_clip` model (Ilharco et al. 2021) from local files, behind the interface of image-text encoders."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import copy, deepcopy
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from models.checkpoint import read_card
from models.clip.base import ImageTextEncoder
from models.parts import MissingPart, resolve
from models.photo import Photo, computed_once

CONFIG = "open_clip_config.json"
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
BATCH = 32


class OpenClipEncoder(ImageTextEncoder):
    """An `open_clip` network with its preprocessing and tokenizer.

    Args:
        name: folder name of the checkpoint.
        network: has ``encode_image`` of (N, 3, S, S) and ``encode_text`` of (N, L) ids, both to (N, ``dim``).
        dim: width of the embeddings.
        preprocess: a photo to (3, S, S).
        tokenize: texts to (N, L) ids.
    """

    def __init__(
        self,
        name: str,
        network: nn.Module,
        dim: int,
        preprocess: Callable[[Image.Image], Tensor],
        tokenize: Callable[[list[str]], Tensor],
    ) -> None:
        self.name, self.dim = name, dim
        self._network = network.eval().requires_grad_(False)
        self._preprocess, self._tokenize = preprocess, tokenize

    @classmethod
    def load(cls, folder: Path) -> OpenClipEncoder:
        """Load the model that ``folder/checkpoint.json`` describes.

        Its card holds ``source`` (a part: a folder in the layout of the hub, or a file of weights) and, as far as the
        source does not say it itself: ``model`` (architecture by its `open_clip` name), ``preprocess`` (fields of
        ``open_clip.transform.PreprocessCfg``), ``text_model`` and ``tokenizer`` (parts with the config and the
        tokenizer of a text tower from `transformers`).

        Raises:
            MissingPart: a part is not on this machine.
            ValueError: the architecture is neither in the source nor named in the card.
        """
        import open_clip
        from open_clip.transform import PreprocessCfg, image_transform_v2

        card = read_card(folder)
        source = resolve(card["source"], base=folder)
        config, preprocess = _configuration(card, source)
        text_config = config["text_cfg"]
        if "hf_model_name" in text_config:
            part = resolve(card.get("text_model", f"hub:{text_config['hf_model_name']}"), ("config.json",), folder)
            text_config |= {"hf_model_name": str(part), "hf_model_pretrained": False}
        network = open_clip.create_model(
            card.get("model", f"local-dir:{source}"),
            load_weights=False,
            force_preprocess_cfg=preprocess,
            text_cfg=text_config,
        )
        open_clip.load_checkpoint(network, str(_weights(card["source"], source)))
        transform = image_transform_v2(PreprocessCfg(**network.visual.preprocess_cfg), is_train=False)
        return cls(folder.name, network, config["embed_dim"], transform, _tokenizer(card, folder, source, text_config))

    def encode_photos(self, photos: Sequence[Photo]) -> Tensor:
        if not photos:
            return torch.empty(0, self.dim)
        return F.normalize(self.photo_features(photos), dim=-1)

    def photo_features(self, photos: Sequence[Photo]) -> Tensor:
        """(N, D) embeddings before they are made unit vectors; each photo is run once."""
        return torch.stack(computed_once(f"clip/{self.name}", photos, self._embed_photos))

    @property
    def patch_dim(self) -> int:
        """Width of the patches of a ViT's photo tower."""
        return self._network.visual.conv1.out_channels

    def photo_patches(self, photos: Sequence[Photo]) -> Tensor:
        """(N, C, ``patch_dim``) patches after the last layer of a ViT's photo tower; each photo is run once."""
        return torch.stack(computed_once(f"clip-patches/{self.name}", photos, self._embed_patches))

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        if not texts:
            return torch.empty(0, self.dim)
        return F.normalize(self._network.encode_text(self._tokenize(list(texts))), dim=-1)

    @torch.inference_mode()
    def _embed_patches(self, photos: list[Photo]) -> list[Tensor]:
        tower = copy(self._network.visual)  # the same weights; only the copy answers with its patches
        tower.output_tokens = True
        patches: list[Tensor] = []
        for start in range(0, len(photos), BATCH):
            batch = torch.stack([self._preprocess(photo.image) for photo in photos[start : start + BATCH]])
            patches.extend(tower(batch)[1])
        return patches

    @torch.inference_mode()
    def _embed_photos(self, photos: list[Photo]) -> list[Tensor]:
        vectors: list[Tensor] = []
        for start in range(0, len(photos), BATCH):
            batch = torch.stack([self._preprocess(photo.image) for photo in photos[start : start + BATCH]])
            vectors.extend(self._network.encode_image(batch))
        return vectors


def _configuration(card: Mapping[str, Any], source: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The architecture and the preprocessing: of the source, else by name; the card's own preprocessing wins."""
    import open_clip

    path = source / CONFIG
    if path.is_file():
        saved = json.loads(path.read_text(encoding="utf-8"))
        return deepcopy(saved["model_cfg"]), saved.get("preprocess_cfg", {}) | card.get("preprocess", {})
    config = open_clip.get_model_config(card["model"]) if "model" in card else None
    if config is None:
        named = f"open_clip has no {card['model']!r}" if "model" in card else 'its card names no "model"'
        raise ValueError(f"{source} holds no {CONFIG} and {named}: which architecture are the weights of?")
    return config, card.get("preprocess", {})


def _weights(name: str, source: Path) -> Path:
    if source.is_file():
        return source
    found = [source / file for file in WEIGHTS if (source / file).is_file()]
    if not found:
        raise MissingPart(name, str(source), [" or ".join(WEIGHTS)])
    return found[0]


def _tokenizer(
    card: Mapping[str, Any], folder: Path, source: Path, text_config: Mapping[str, Any]
) -> Callable[[list[str]], Tensor]:
    """The tokenizer the architecture asks for, always from files of this machine."""
    from open_clip.tokenizer import DEFAULT_CONTEXT_LENGTH, HFTokenizer, SimpleTokenizer

    length = text_config.get("context_length", DEFAULT_CONTEXT_LENGTH)
    options = text_config.get("tokenizer_kwargs", {})
    if "hf_tokenizer_name" not in text_config:
        return SimpleTokenizer(context_length=length, **options)
    beside = (source / "tokenizer.json").is_file()
    published = str(source) if beside else f"hub:{text_config['hf_tokenizer_name']}"
    part = resolve(card.get("tokenizer", published), ("tokenizer.json",), folder)
    return HFTokenizer(str(part), context_length=length, tokenizer_mode=text_config.get("tokenizer_mode"), **options)
