"""Flamingo's parts (Alayrac et al. 2022): a perceiver resampler and gated cross-attention before a language model's layers.

Module names and shapes are those of https://github.com/mlfoundations/open_flamingo, so that its checkpoints fit. Of its
two settings this is ``only_attend_immediate_media=False``: every token of an ad sees all photos of the ad.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedModel

from models.batch import Batch
from models.networks import CaptionNetwork, group_photos, photo_counts, target_scores


def feed_forward(width: int, ratio: int = 4) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(width), nn.Linear(width, ratio * width, False), nn.GELU(), nn.Linear(ratio * width, width, False)
    )


class Attention(nn.Module):
    """Multi-head attention without biases, its query and its keys projected from different widths."""

    def __init__(self, width: int, seen: int, heads: int, head_dim: int) -> None:
        super().__init__()
        self.head_dim = head_dim
        self.to_q = nn.Linear(width, heads * head_dim, bias=False)
        self.to_kv = nn.Linear(seen, 2 * heads * head_dim, bias=False)
        self.to_out = nn.Linear(heads * head_dim, width, bias=False)

    def keys_values(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """(B, M, seen) -> keys and values (B, H, M, head_dim)."""
        keys, values = self.to_kv(seen).chunk(2, dim=-1)
        return self._heads(keys), self._heads(values)

    def read(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, width) of queries (B, T, width); ``mask`` (B, 1, 1, M) is true where a key may be read."""
        read = F.scaled_dot_product_attention(self._heads(self.to_q(x)), keys, values, mask)
        return self.to_out(read.transpose(1, 2).flatten(2))

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)


class PerceiverAttention(Attention):
    """Latents attend to the features of a photo and to themselves."""

    def __init__(self, width: int, heads: int, head_dim: int) -> None:
        super().__init__(width, width, heads, head_dim)
        self.norm_media = nn.LayerNorm(width)
        self.norm_latents = nn.LayerNorm(width)

    def forward(self, features: Tensor, latents: Tensor) -> Tensor:
        latents = self.norm_latents(latents)
        return self.read(latents, *self.keys_values(torch.cat([self.norm_media(features), latents], 1)))


class PerceiverResampler(nn.Module):
    """(N, C, width) features of a photo -> (N, L, width), whatever C is.

    Args:
        latents: L, learnt queries.
        depth: blocks of attention and feed-forward.
    """

    def __init__(self, width: int, depth: int = 6, latents: int = 64, heads: int = 8, head_dim: int = 64) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.randn(latents, width))
        self.layers = nn.ModuleList(
            nn.ModuleList([PerceiverAttention(width, heads, head_dim), feed_forward(width)]) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, features: Tensor) -> Tensor:
        latents = self.latents.expand(len(features), -1, -1)
        for attention, feed in self.layers:
            latents = latents + attention(features, latents)
            latents = latents + feed(latents)
        return self.norm(latents)


class PhotoAttention(Attention):
    """Tokens attend to the latents of all photos of their ad."""

    def __init__(self, width: int, seen: int, heads: int, head_dim: int) -> None:
        super().__init__(width, seen, heads, head_dim)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, there: Tensor) -> Tensor:
        """(B · beams, T, width) of as many tokens; ``there`` (B, M) is false where an ad has no such photo.

        The beams of an ad are further queries of one row. A row without any photo adds nothing.
        """
        if not there.shape[1]:
            return torch.zeros_like(x)
        some = there.any(1)[:, None, None]
        rows = self.norm(x).reshape(len(there), -1, x.shape[-1])
        read = self.read(rows, keys, values, (there[:, None] | ~some)[:, None])
        return (read * some).reshape(x.shape)


class GatedCrossAttention(nn.Module):
    """Stands before a layer of the language model; with both gates at 0, as at first, it changes nothing."""

    def __init__(self, width: int, seen: int, heads: int = 8, head_dim: int = 64) -> None:
        super().__init__()
        self.attn = PhotoAttention(width, seen, heads, head_dim)
        self.attn_gate = nn.Parameter(torch.zeros(1))
        self.ff = feed_forward(width)
        self.ff_gate = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, there: Tensor) -> Tensor:
        x = x + self.attn_gate.tanh() * self.attn(x, keys, values, there)
        return x + self.ff_gate.tanh() * self.ff(x)

    def before_layer(self, layer: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Forward pre-hook of a layer whose first argument is the hidden states."""
        shown = _SHOWN.get()
        keys, values = shown.keys_values[self]
        return (self(arguments[0], keys, values, shown.there), *arguments[1:])


@dataclass(frozen=True)
class Shown:
    """The photos a language model looks at: keys and values of every gate, computed once an ad; ``there`` (B, M)."""

    keys_values: Mapping[GatedCrossAttention, tuple[Tensor, Tensor]]
    there: Tensor


# A language model's ``forward`` takes no photos: they wait here while it runs, for each thread apart.
_SHOWN: ContextVar[Shown] = ContextVar("shown")


class FlamingoNetwork(CaptionNetwork):
    """A decoder-only language model with gates before some of its layers.

    Args:
        language: decoder-only; its own module names stay as they are.
        cells: (N, C, D) -> (N, C, seen); the identity for a ViT.
        perceiver: (N, C, seen) -> (N, L, seen).
        gates: by the index of the layer they stand before.
        photo_ids: ids of the tokens that stand for photos.
    """

    def __init__(
        self, language: PreTrainedModel, cells: nn.Module, perceiver: PerceiverResampler,
        gates: Mapping[int, GatedCrossAttention], photo_ids: list[int],
    ) -> None:  # fmt: skip
        super().__init__()
        self.language = language
        self.cells = cells
        self.perceiver = perceiver
        self.gates = nn.ModuleDict({str(index): gate for index, gate in gates.items()})
        self.register_buffer("photo_ids", torch.tensor(photo_ids), persistent=False)
        layers = decoder_layers(language)
        for index, gate in gates.items():
            layers[index].register_forward_pre_hook(gate.before_layer)

    def media(self, ids: Tensor, photos: Tensor) -> tuple[Tensor, Tensor]:
        """(B, max N · L, seen) latents of the photos of every row, and (B, max N · L) where there are any."""
        counts = photo_counts(ids, self.photo_ids)
        if not sum(counts):
            return torch.zeros(len(ids), 0, self.perceiver.norm.normalized_shape[0]), torch.zeros(len(ids), 0).bool()
        latents, there = group_photos(self.perceiver(self.cells(photos)), counts)
        return latents.flatten(1, 2), there.repeat_interleave(latents.shape[2], 1)

    @contextmanager
    def showing(self, media: Tensor, there: Tensor) -> Iterator[None]:
        """Let the language model see photos while it runs."""
        keys_values = {gate: gate.attn.keys_values(media) for gate in self.gates.values()}
        token = _SHOWN.set(Shown(keys_values, there))
        try:
            yield
        finally:
            _SHOWN.reset(token)

    def forward(self, batch: Batch) -> Tensor:
        ids = torch.cat([batch.prompt, batch.target.clamp(min=0)], 1)
        with self.showing(*self.media(batch.prompt, batch.photos)):
            return target_scores(self.language, self.language.get_input_embeddings()(ids), batch)

    def generate_inputs(self, ids: Tensor, mask: Tensor, photos: Tensor) -> dict[str, Any]:
        media, there = self.media(ids, photos)
        embeddings = self.language.get_input_embeddings()(ids)
        return {"inputs_embeds": embeddings, "attention_mask": mask, "media": media, "there": there}

    def generate(self, media: Tensor, there: Tensor, **arguments: Any) -> Tensor:
        with self.showing(media, there):
            return self.language.generate(**arguments)


def decoder_layers(language: PreTrainedModel) -> nn.ModuleList:
    """The layers of a decoder-only model, whatever its architecture calls them (``transformer.h``, ``gpt_neox.layers``)."""
    count = language.config.num_hidden_layers
    return next(m for m in language.base_model.modules() if isinstance(m, nn.ModuleList) and len(m) == count)
