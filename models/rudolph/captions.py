"""ruDOLPH as a captioner's network: where the tokens of a prompt stand, and how photos enter."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from models.batch import IGNORED, Batch
from models.networks import CaptionNetwork
from models.rudolph.codes import PhotoCodes
from models.rudolph.network import RudolphModel


class RudolphNetwork(CaptionNetwork):
    """Photos as a soft prompt before the text, and as image codes between left and right text.

    A prompt is ``<IMG_1> K prefix tokens … <IMG_n> K prefix tokens``, sentence start, left text, side² prefix tokens
    (where there is a photo), sentence start, beginning of the right text. The image codes are those of the first photo,
    the cover of the ad; the soft prompt holds all photos.

    Args:
        language: the ruDOLPH transformer.
        codes: features of a photo -> image codes.
        connector: (N, C, D) -> (N, K, width); None for published weights, which know nothing of a soft prompt.
        bos_id, prefix_id: token ids that mark the parts of a prompt.
    """

    def __init__(
        self, language: RudolphModel, codes: PhotoCodes, connector: nn.Module | None, bos_id: int, prefix_id: int
    ) -> None:
        super().__init__()
        self.language = language
        self.codes = codes
        self.connector = connector
        self.bos_id, self.prefix_id = bos_id, prefix_id
        self.vectors = connector.vectors if connector else 0

    def places(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(B, T) places (``RudolphModel``) of (B, T) ids.

        Raises:
            ValueError: a right text is longer than the network has places for.
        """
        config, real = self.language.config, mask.bool()
        part = ((ids == self.bos_id) & real).cumsum(1)
        image = (part == 1) & (ids == self.prefix_id)
        places = torch.full_like(ids, -1)
        starts = ((part == 1) & ~image, 0), (image, config.left), ((part > 1) & real, config.right_start)
        for stands, start in starts:
            places = torch.where(stands, stands.cumsum(1) - 1 + start, places)
        if (places > config.right_start + config.right).any():
            raise ValueError(f"a text of more than {config.right} tokens: the network has no places for it")
        return places

    def embed(self, ids: Tensor, places: Tensor, photos: Tensor) -> Tensor:
        """(B, T, width) embeddings of (B, T) ids, soft prompts and image codes in their places."""
        image = (ids == self.prefix_id) & (places >= 0)
        soft = (ids == self.prefix_id) & (places < 0)
        if len(photos):
            counts = soft.sum(1) // self.vectors if self.connector else image.any(1).long()
            covers = (counts.cumsum(0) - counts)[counts > 0]
            ids = ids.masked_scatter(image, self.codes(photos[covers]))
        embeddings = self.language.embed(ids, places)
        if self.connector and len(photos):
            embeddings = embeddings.masked_scatter(soft[..., None], self.connector(photos).to(embeddings.dtype))
        return embeddings

    def generate_inputs(self, ids: Tensor, mask: Tensor, photos: Tensor) -> dict[str, Any]:
        places = self.places(ids, mask)
        return {"inputs_embeds": self.embed(ids, places, photos), "attention_mask": mask, "position_ids": places}

    def forward(self, batch: Batch) -> Tensor:
        asked = batch.target != IGNORED
        ids = torch.cat([batch.prompt, batch.target.clamp(min=0)], 1)
        mask = torch.cat([batch.prompt_mask, asked.long()], 1)
        places = self.places(ids, mask)
        hidden = self.language.transformer(self.embed(ids, places, batch.photos), mask, places, None)
        return self.language.text_scores(hidden[:, batch.prompt.shape[1] - 1 : -1][asked])
