"""Published image encoders as the eyes of a captioner: ViT patches, or one CLIP embedding a photo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from models.checkpoint import CHECKPOINTS
from models.parts import resolve
from models.photo import Photo, computed_once
from models.vision import VisionEncoder

if TYPE_CHECKING:
    from transformers import ViTImageProcessor, ViTModel

BATCH = 16


class VitEncoder(VisionEncoder):
    """A frozen ViT of ``transformers``: the class token and all patches of its last layer.

    Args:
        name: of the checkpoint, under which a photo keeps its features.
        network: (N, 3, S, S) -> (N, 1 + (S / P)², D).
        processor: resizes and normalises as the checkpoint's ``preprocessor_config.json`` says.
    """

    def __init__(self, name: str, network: ViTModel, processor: ViTImageProcessor) -> None:
        self.name = name
        self.network = network.eval().requires_grad_(False)
        self.processor = processor
        self.dim = network.config.hidden_size

    @classmethod
    def load(cls, folder: Path, source: str) -> VitEncoder:
        """Read a published ViT, for example ``hub:google/vit-base-patch16-224-in21k``."""
        from transformers import ViTImageProcessor, ViTModel

        part = resolve(source, ("config.json", "preprocessor_config.json"), base=folder)
        network = ViTModel.from_pretrained(part, add_pooling_layer=False, dtype="float32")
        return cls(folder.name, network, ViTImageProcessor.from_pretrained(part))

    @torch.inference_mode()
    def tokens(self, photos: Sequence[Photo]) -> Tensor:
        return torch.stack(computed_once(f"vision/{self.name}", photos, self._compute))

    def _compute(self, photos: list[Photo]) -> list[Tensor]:
        states: list[Tensor] = []
        for start in range(0, len(photos), BATCH):
            images = [photo.image for photo in photos[start : start + BATCH]]
            pixels = self.processor(images, return_tensors="pt")["pixel_values"]
            states.extend(self.network(pixels).last_hidden_state)
        return states


class ClipPhotoEncoder(VisionEncoder):
    """The photo tower of an image-text model: one embedding a photo, of the length the tower gives it (ruClipCap).

    Args:
        name: folder under ``checkpoints/clip`` of an ``open_clip`` or ruCLIP model.
    """

    def __init__(self, name: str, root: Path = CHECKPOINTS) -> None:
        from models.clip.factory import load_encoder

        self.encoder = load_encoder(name, root)
        self.name = f"clip/{name}"
        self.dim = self.encoder.dim

    @torch.inference_mode()
    def tokens(self, photos: Sequence[Photo]) -> Tensor:
        return self.encoder.photo_features(photos).unsqueeze(1)


class ClipPatchEncoder(VisionEncoder):
    """All patches of the photo tower of an ``open_clip`` ViT, after its last layer, without the class token.

    Args:
        name: folder under ``checkpoints/clip``.
    """

    def __init__(self, name: str, root: Path = CHECKPOINTS) -> None:
        from models.clip.factory import load_encoder

        self.encoder = load_encoder(name, root)
        self.name = f"clip-patches/{name}"
        self.dim = self.encoder.patch_dim

    def tokens(self, photos: Sequence[Photo]) -> Tensor:
        return self.encoder.photo_patches(photos)
