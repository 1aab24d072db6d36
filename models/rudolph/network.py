"""The ruDOLPH transformer (https://github.com/ai-forever/ru-dolph): left text, image codes, right text in one sequence.

Module names are those of the published state dicts. The stabilisers are CogView's (Ding et al. 2021, 2.4): every
sublayer stands between two layer norms (sandwich). Its other one, PB-relax, changes no attention weight: it keeps scores
in the range of half precision, which ``scaled_dot_product_attention`` does by computing them in float32.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import DynamicCache, GenerationMixin, PreTrainedConfig, PreTrainedModel
from transformers.modeling_outputs import CausalLMOutputWithPast

from models.rudolph.masks import mask_of_layer, sparse_masks

HALF_RANGE = 65504.0


class RudolphConfig(PreTrainedConfig):
    """Shape of the network; the defaults are those of the published 350M.

    Attributes:
        vocab_size: V, text tokens with the special ones.
        image_vocab_size: image codes with the special ones.
        left, right: longest left and right text in tokens.
        side: an image is side × side codes.
        kernel, last_kernel: sides of the window that convolution layers see.
    """

    model_type = "rudolph"
    num_hidden_layers: int = 24
    hidden_size: int = 1024
    num_attention_heads: int = 16
    vocab_size: int = 16384 + 384
    image_vocab_size: int = 8192 + 384
    left: int = 64
    side: int = 16
    right: int = 64
    kernel: int = 7
    last_kernel: int = 9
    dropout: float = 0.1
    pad_token_id: int = 0
    bos_token_id: int = 2
    eos_token_id: int = 3
    tie_word_embeddings: bool = False

    @property
    def right_start(self) -> int:
        """Place of the first token of the right text."""
        return self.left + self.side**2


class RudolphAttention(nn.Module):
    def __init__(self, config: RudolphConfig, index: int) -> None:
        super().__init__()
        self.index, self.heads, self.dropout = index, config.num_attention_heads, config.dropout
        self.query_key_value = nn.Linear(config.hidden_size, 3 * config.hidden_size)
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, hidden: Tensor, seen: Tensor, cache: DynamicCache | None) -> Tensor:
        parts = self.query_key_value(hidden).chunk(3, -1)
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        if cache is not None:
            key, value = cache.update(key, value, self.index)
        dropout = self.dropout if self.training else 0.0
        read = F.scaled_dot_product_attention(query, key, value, seen, dropout).transpose(1, 2).flatten(2)
        return F.dropout(self.dense(read).clamp(-HALF_RANGE, HALF_RANGE), self.dropout, self.training)


class RudolphMLP(nn.Module):
    def __init__(self, config: RudolphConfig) -> None:
        super().__init__()
        self.dropout = config.dropout
        self.dense_h_to_4h = nn.Linear(config.hidden_size, 4 * config.hidden_size)
        self.dense_4h_to_h = nn.Linear(4 * config.hidden_size, config.hidden_size)

    def forward(self, hidden: Tensor) -> Tensor:
        read = self.dense_4h_to_h(F.gelu(self.dense_h_to_4h(hidden), approximate="tanh"))
        return F.dropout(read, self.dropout, self.training)


class RudolphLayer(nn.Module):
    def __init__(self, config: RudolphConfig, index: int) -> None:
        super().__init__()
        self.mask = mask_of_layer(index, config.num_hidden_layers)
        self.input_layernorm = nn.LayerNorm(config.hidden_size)
        self.attention = RudolphAttention(config, index)
        self.before_first_addition_layernorm = nn.LayerNorm(config.hidden_size)
        self.post_attention_layernorm = nn.LayerNorm(config.hidden_size)
        self.mlp = RudolphMLP(config)
        self.before_second_addition_layernorm = nn.LayerNorm(config.hidden_size)

    def forward(self, hidden: Tensor, seen: Tensor, cache: DynamicCache | None) -> Tensor:
        read = self.attention(self.input_layernorm(hidden), seen, cache)
        hidden = hidden + self.before_first_addition_layernorm(read)
        return hidden + self.before_second_addition_layernorm(self.mlp(self.post_attention_layernorm(hidden)))


class RudolphTransformer(nn.Module):
    def __init__(self, config: RudolphConfig) -> None:
        super().__init__()
        self.config = config
        self.layers = nn.ModuleList(RudolphLayer(config, index) for index in range(config.num_hidden_layers))
        masks = sparse_masks(config.left, config.side, config.right, config.kernel, config.last_kernel)
        for name, mask in masks.items():
            self.register_buffer(f"{name}_mask", mask)
        self.final_layernorm = nn.LayerNorm(config.hidden_size)

    def forward(self, hidden: Tensor, mask: Tensor, places: Tensor, cache: DynamicCache | None) -> Tensor:
        """(B, T, width) of (B, T, width); see ``RudolphModel.forward`` for the other arguments."""
        seen = self.masks(mask, places)
        for layer in self.layers:
            hidden = layer(hidden, seen[layer.mask], cache)
        return self.final_layernorm(hidden)

    def masks(self, mask: Tensor, places: Tensor) -> dict[str, Tensor]:
        """(B, 1, T, P + T) boolean masks by kind, for (B, P + T) real tokens of which the last T are at (B, T) places."""
        written, whole = places.shape[1], mask.shape[1]
        past = whole - written
        order = torch.arange(whole, device=mask.device)
        # Padding sees itself, so that no row of attention weights is empty.
        seen = (order <= order[past:, None]) & (mask.bool()[:, None] | (order == order[past:, None]))
        kinds = dict.fromkeys({layer.mask for layer in self.layers}, seen[:, None])
        image = (places >= self.config.left) & (places < self.config.right_start)
        if not image.any():
            return kinds
        dense = ~(image[:, :, None] & image[:, None])
        at = places.clamp(0, self.config.right_start - 1)
        for kind in kinds:
            allowed = seen.clone()
            allowed[:, :, past:] &= dense | self.get_buffer(f"{kind}_mask")[at[:, :, None], at[:, None]]
            kinds[kind] = allowed[:, None]
        return kinds


class RudolphModel(PreTrainedModel, GenerationMixin):
    """ruDOLPH as ``transformers`` generates with it: ``position_ids`` are *places*.

    A place says where in the published layout a token stands: 0 … left - 1 the left text, then side² image codes, then
    the right text; -1 is outside of it (padding, a soft prompt): no position, seen by all that follows.
    """

    config_class = RudolphConfig
    config: RudolphConfig
    _supports_sdpa = True

    def __init__(self, config: RudolphConfig) -> None:
        super().__init__(config)
        width = config.hidden_size
        # The last rows stand for padding: every place of the left text has its own.
        self.text_embeddings = nn.Embedding(config.vocab_size + config.left, width)
        self.image_embeddings = nn.Embedding(config.image_vocab_size, width)
        self.l_text_pos_embeddings = nn.Embedding(config.left + 1, width)
        self.r_text_pos_embeddings = nn.Embedding(config.right + 1, width)
        self.image_row_embeddings = nn.Embedding(config.side, width)
        self.image_col_embeddings = nn.Embedding(config.side, width)
        scores = config.vocab_size + config.left + config.image_vocab_size
        self.to_logits = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, scores))
        self.transformer = RudolphTransformer(config)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)

    def get_input_embeddings(self) -> nn.Embedding:
        return self.text_embeddings

    def embed(self, ids: Tensor, places: Tensor) -> Tensor:
        """(B, T, width) embeddings of (B, T) text ids, or image codes where the place is one of the image."""
        left = (places >= 0) & (places < self.config.left)
        image = (places >= self.config.left) & (places < self.config.right_start)
        padding = left & (ids == self.config.pad_token_id)
        words = torch.where(padding, self.config.vocab_size + places, ids).masked_fill(image, 0)
        embeddings = self.text_embeddings(words)
        if image.any():
            codes = self.image_embeddings(ids.masked_fill(~image, 0))
            embeddings = torch.where(image[..., None], codes, embeddings)
        return embeddings + F.embedding(places + 1, self._positions())

    def _positions(self) -> Tensor:
        """(1 + left + side² + right + 1, width): nothing for place -1, then a row for every place."""
        image = self.image_row_embeddings.weight[:, None] + self.image_col_embeddings.weight
        left, right = self.l_text_pos_embeddings.weight, self.r_text_pos_embeddings.weight
        return torch.cat([torch.zeros_like(left[:1]), left[: self.config.left], image.flatten(0, 1), right])

    def text_scores(self, hidden: Tensor) -> Tensor:
        """(…, V) scores of text tokens; those of padding and image codes are left out."""
        norm, linear = self.to_logits
        return F.linear(norm(hidden), linear.weight[: self.config.vocab_size], linear.bias[: self.config.vocab_size])

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        past_key_values: DynamicCache | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int = 0,
        **_: Any,
    ) -> CausalLMOutputWithPast:
        """Scores (B, T, V) of the next text token.

        Args:
            input_ids: (B, T) tokens; or ``inputs_embeds`` (B, T, width), as ``embed`` makes them.
            attention_mask: (B, P + T) ones where a token is no padding, P tokens being cached; None means no padding.
            position_ids: (B, T) places.
            logits_to_keep: scores of the last so many tokens only; 0 means all.
        """
        hidden = self.embed(input_ids, position_ids) if inputs_embeds is None else inputs_embeds
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache(config=self.config)
        if attention_mask is None:
            past = past_key_values.get_seq_length() if past_key_values is not None else 0
            attention_mask = hidden.new_ones(hidden.shape[0], past + hidden.shape[1])
        hidden = self.transformer(hidden, attention_mask, position_ids, past_key_values)
        return CausalLMOutputWithPast(
            logits=self.text_scores(hidden[:, -logits_to_keep:]), past_key_values=past_key_values
        )

    def generate(self, *, max_new_tokens: int, position_ids: Tensor, **arguments: Any) -> Any:
        """As ``transformers`` does it, but never past the end of the right text."""
        room = self.config.right_start + self.config.right - 1 - int(position_ids[:, -1].max())
        return super().generate(position_ids=position_ids, max_new_tokens=min(max_new_tokens, room), **arguments)
