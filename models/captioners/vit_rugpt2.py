"""vit-rugpt2, one photo: a ViT read by the cross-attention of a Russian GPT-2 (``VisionEncoderDecoderModel``).

Published: https://huggingface.co/tuman/vit-rugpt2-image-captioning (ViT-base and ruGPT-3), which writes from the photo
alone; built-in: the same joint over the shared backbone and the small Russian GPT, which reads the masked text first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from models.batch import IGNORED, Batch
from models.captioners.base import Captioner, Generation, Inputs, Prompt
from models.language import PHOTO_TOKENS, load_language, load_tokenizer
from models.networks import CaptionNetwork, photo_counts
from models.parts import resolve
from models.vision import load_vision


class CrossAttentionNetwork(CaptionNetwork):
    """A decoder whose layers attend to the cells of one photo.

    Args:
        language: decoder with ``add_cross_attention``.
        enc_to_dec_proj: (N, C, D) -> (N, C, width); the name is that of ``VisionEncoderDecoderModel``.
        cells: C, for ads without a photo: their cells are zeros.
        photo_ids: ids of the ``<IMG_i>`` tokens.
    """

    def __init__(self, language: PreTrainedModel, enc_to_dec_proj: nn.Module, cells: int, photo_ids: list[int]) -> None:
        super().__init__()
        self.language = language
        self.enc_to_dec_proj = enc_to_dec_proj
        self.cells = cells
        self.register_buffer("photo_ids", torch.tensor(photo_ids), persistent=False)

    def states(self, ids: Tensor, photos: Tensor) -> Tensor:
        """(B, C, width) what the decoder looks at; the first photo where a prompt names several."""
        counts = photo_counts(ids, self.photo_ids) if len(self.photo_ids) else [1] * len(ids)
        states = torch.zeros(len(ids), self.cells, self.language.config.hidden_size)
        rows = [row for row, count in enumerate(counts) if count]
        firsts = [sum(counts[:row]) for row in rows]
        if rows:
            states[rows] = self.enc_to_dec_proj(photos[firsts]).to(states.dtype)
        return states

    def generate_inputs(self, ids: Tensor, mask: Tensor, photos: Tensor) -> dict[str, Any]:
        embeddings = self.language.get_input_embeddings()(ids)
        return {"inputs_embeds": embeddings, "attention_mask": mask, "encoder_hidden_states": self.states(ids, photos)}

    def forward(self, batch: Batch) -> Tensor:
        asked = batch.target != IGNORED
        mask = torch.cat([batch.prompt_mask, asked.long()], 1)
        hidden = self.language.base_model(
            input_ids=torch.cat([batch.prompt, batch.target.clamp(min=0)], 1),
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0) + batch.start[:, None],
            encoder_hidden_states=self.states(batch.prompt, batch.photos),
        ).last_hidden_state
        return self.language.get_output_embeddings()(hidden[:, batch.prompt.shape[1] - 1 : -1][asked])


class VitRuGpt2(Captioner):
    """The family behind ``checkpoint.json``'s ``"family": "vit_rugpt2"``."""

    family: ClassVar[str] = "vit_rugpt2"
    inputs: ClassVar[Inputs] = Inputs(text=True, photos="single")

    @classmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> VitRuGpt2:
        if "source" in card:
            return PublishedVitRuGpt2.build(folder, card)
        root, parts = folder.parent.parent, card["parts"]
        tokenizer = load_tokenizer(parts["language"], root)
        language = load_language(parts["language"], root, add_cross_attention=True)
        vision = load_vision(parts["vision"], root)
        project = nn.Linear(vision.dim, language.config.hidden_size)
        photo_ids = tokenizer.convert_tokens_to_ids(list(PHOTO_TOKENS))
        network = CrossAttentionNetwork(language, project, card["cells"], photo_ids)
        return cls(folder.name, network, tokenizer, vision, Generation(**card["generation"]))


class PublishedVitRuGpt2(VitRuGpt2):
    """A published ``VisionEncoderDecoderModel``; it was never shown a text, so it is not given one."""

    inputs: ClassVar[Inputs] = Inputs(text=False, photos="single")

    @classmethod
    def build(cls, folder: Path, card: dict[str, Any]) -> PublishedVitRuGpt2:
        from transformers import AutoTokenizer, VisionEncoderDecoderModel, ViTImageProcessor

        from models.vision_published import VitEncoder

        part = resolve(card["source"], ("config.json", "preprocessor_config.json"), base=folder)
        whole = VisionEncoderDecoderModel.from_pretrained(part, dtype="float32")
        vision = VitEncoder(f"{folder.name}", whole.encoder, ViTImageProcessor.from_pretrained(part))
        project = getattr(whole, "enc_to_dec_proj", None) or nn.Identity()
        cells = (whole.config.encoder.image_size // whole.config.encoder.patch_size) ** 2 + 1
        network = CrossAttentionNetwork(whole.decoder, project, cells, [])
        tokenizer = AutoTokenizer.from_pretrained(part, padding_side="left")
        return cls(folder.name, network, tokenizer, vision, Generation(**card["generation"]))

    def prompt_text(self, prompt: Prompt) -> str:
        return self.tokenizer.bos_token


FAMILY = VitRuGpt2
