"""Networks that several captioner families share: a language model with photos in its prompt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from models.batch import IGNORED, Batch


class CaptionNetwork(nn.Module, ABC):
    """A language model and whatever carries image features into it; the features come in from outside.

    Attributes:
        language: the ``transformers`` model that ``generate`` is called on.
        vectors: K, placeholders that stand after every ``<IMG_i>`` of the prompt (0: the photos go another way).
    """

    language: PreTrainedModel
    vectors: int = 0

    @abstractmethod
    def forward(self, batch: Batch) -> Tensor:
        """Scores (M, V) of the M target tokens of the batch, in the order of ``batch.wanted``."""

    @abstractmethod
    def generate_inputs(self, ids: Tensor, mask: Tensor, photos: Tensor) -> dict[str, Any]:
        """Arguments of ``generate`` for (B, P) left-padded prompts and (ΣN, C, D) photos."""

    def generate(self, **arguments: Any) -> Tensor:
        """``language.generate``; a network whose photos go beside the language model's own inputs overrides this."""
        return self.language.generate(**arguments)


class PrefixNetwork(CaptionNetwork):
    """Photos become vectors in the place of the prompt's prefix tokens (ClipCap, Mokady et al. 2021; soft prompt).

    Args:
        language: decoder-only or encoder-decoder language model.
        connector: (N, C, D) -> (N, K, width); ``connector.vectors`` is K.
        prefix_id: token id whose embeddings the prefix vectors replace.
    """

    def __init__(self, language: PreTrainedModel, connector: nn.Module, prefix_id: int) -> None:
        super().__init__()
        self.language = language
        self.connector = connector
        self.prefix_id = prefix_id
        self.vectors = connector.vectors

    def embed(self, ids: Tensor, photos: Tensor) -> Tensor:
        """(B, T, width) embeddings of (B, T) ids, the prefix vectors of all photos put in reading order."""
        embeddings = self.language.get_input_embeddings()(ids)
        if len(photos):
            prefix = self.connect(ids, photos).flatten(0, 1)
            embeddings = embeddings.masked_scatter((ids == self.prefix_id)[..., None], prefix.to(embeddings.dtype))
        return embeddings

    def connect(self, ids: Tensor, photos: Tensor) -> Tensor:
        """(ΣN, K, width) prefix vectors; a family whose connector joins the photos of an ad says how."""
        return self.connector(photos)

    def generate_inputs(self, ids: Tensor, mask: Tensor, photos: Tensor) -> dict[str, Any]:
        embeddings = self.embed(ids, photos)
        if self.language.config.is_encoder_decoder:
            embeddings, mask = pad_right(embeddings, mask)
        return {"inputs_embeds": embeddings, "attention_mask": mask}

    def forward(self, batch: Batch) -> Tensor:
        if self.language.config.is_encoder_decoder:
            return self._read_then_write(batch)
        ids = torch.cat([batch.prompt, batch.target.clamp(min=0)], 1)
        return target_scores(self.language, self.embed(ids, batch.photos), batch)

    def _read_then_write(self, batch: Batch) -> Tensor:
        """The encoder reads the prompt, the decoder writes the target."""
        asked = batch.target != IGNORED
        first = torch.full_like(batch.target[:, :1], self.language.config.decoder_start_token_id)
        embeddings, mask = pad_right(self.embed(batch.prompt, batch.photos), batch.prompt_mask)
        scores = self.language(
            inputs_embeds=embeddings,
            attention_mask=mask,
            decoder_input_ids=torch.cat([first, batch.target[:, :-1].clamp(min=0)], 1),
        ).logits
        return scores[asked]


def target_scores(language: PreTrainedModel, embeddings: Tensor, batch: Batch) -> Tensor:
    """Scores (M, V) a decoder-only model gives the target tokens, of the (B, P + T, width) prompts and targets."""
    asked = batch.target != IGNORED
    mask = torch.cat([batch.prompt_mask, asked.long()], 1)
    hidden = language.base_model(
        inputs_embeds=embeddings,
        attention_mask=mask,
        position_ids=(mask.cumsum(1) - 1).clamp(min=0) + batch.start[:, None],
    ).last_hidden_state
    return language.get_output_embeddings()(hidden[:, batch.prompt.shape[1] - 1 : -1][asked])


def pad_right(embeddings: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Move the padding of (B, P, width) embeddings to the right: BART's encoder counts positions from the left."""
    place = torch.arange(mask.shape[1], device=mask.device) + mask.argmax(1, keepdim=True)
    place = place % mask.shape[1]
    return embeddings.gather(1, place[..., None].expand_as(embeddings)), mask.gather(1, place)


def photo_counts(ids: Tensor, photo_ids: Tensor) -> list[int]:
    """How many ``<IMG_i>`` tokens stand in every row of (B, P) ids."""
    return torch.isin(ids, photo_ids).sum(1).tolist()


def group_photos(features: Tensor, counts: list[int]) -> tuple[Tensor, Tensor]:
    """(ΣN, C, D) features of all photos -> (B, max N, C, D), zeros where an ad has fewer, and (B, max N) where it has one."""
    there = torch.arange(max(counts, default=0)) < torch.tensor(counts)[:, None]
    grouped = features.new_zeros(*there.shape, *features.shape[1:])
    grouped[there] = features
    return grouped, there
