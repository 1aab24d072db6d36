"""Reading the ``checkpoint.pt`` of a published OpenFlamingo; its shape is read from its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from models.flamingo import FlamingoNetwork, GatedCrossAttention, PerceiverResampler, decoder_layers

HEAD_DIM = 64


def read_checkpoint(path: Path, language: PreTrainedModel) -> dict[str, Tensor]:
    """The weights under the names of ``FlamingoNetwork``.

    A file holds the perceiver, the gates (``lang_encoder.<layers>.N.gated_cross_attn_layer.*``; the first release:
    ``lang_encoder.gated_cross_attn_layers.N.*``) and the embeddings with the new tokens; some hold the layers of the
    language model too. What a training run saved has all of it under ``model_state_dict``, with ``module.`` before.

    Raises:
        ValueError: it holds no gates.
    """
    saved = torch.load(path, map_location="cpu", weights_only=True)
    saved = saved.get("model_state_dict", saved)
    layers = _layers_name(language)
    wrapped = re.escape(f"{layers}.")
    patterns = [
        (r"^module\.", ""),
        (rf"^lang_encoder\.{wrapped}(\d+)\.gated_cross_attn_layer\.", r"gates.\1."),
        (r"^lang_encoder\.gated_cross_attn_layers\.(\d+)\.", r"gates.\1."),
        (rf"^lang_encoder\.({wrapped}\d+\.)decoder_layer\.", r"language.\1"),
        (r"^lang_encoder\.", "language."),
    ]
    state = {}
    for name, weight in saved.items():
        if "vision_encoder." in name or "old_decoder_blocks." in name:
            continue
        for old, new in patterns:
            name = re.sub(old, new, name)
        state[name] = weight.float() if weight.is_floating_point() else weight
    if not any(name.startswith("gates.") for name in state):
        raise ValueError(f"{path}: holds no gated cross-attention for the language model's {layers}")
    return state


def of_checkpoint(state: Mapping[str, Tensor], language: PreTrainedModel, image_id: int) -> FlamingoNetwork:
    """A random network of the checkpoint's shape around its language model."""
    latents, width = state["perceiver.latents"].shape
    depth = len({name.split(".")[2] for name in state if name.startswith("perceiver.layers.")})
    heads = state["perceiver.layers.0.0.to_q.weight"].shape[0] // HEAD_DIM
    perceiver = PerceiverResampler(width, depth, latents, heads, HEAD_DIM)
    indices = sorted({int(name.split(".")[1]) for name in state if name.startswith("gates.")})
    gates = {
        index: GatedCrossAttention(
            language.config.hidden_size, width, state[f"gates.{index}.attn.to_q.weight"].shape[0] // HEAD_DIM, HEAD_DIM
        )
        for index in indices
    }
    return FlamingoNetwork(language, nn.Identity(), perceiver, gates, [image_id])


def _layers_name(language: PreTrainedModel) -> str:
    layers = decoder_layers(language)
    return next(name for name, module in language.named_modules() if module is layers)
