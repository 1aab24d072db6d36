"""Writing with OpenVINO: the ``generate`` of ``transformers`` over a compiled language model."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Literal

import openvino as ov
import torch
from torch import Tensor
from transformers import GenerationMixin
from transformers.modeling_outputs import CausalLMOutputWithPast

from models.runtime.gpt2 import Gpt2Graphs

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel

    from models.networks import CaptionNetwork

Precision = Literal["f32", "bf16", "int8"]


class Writing:
    """One ``generate``: the cache of its rows, and what their cross-attention looks at.

    Attributes:
        ads: B; each has as many rows as there are beams.
        length: S, tokens in the cache.
    """

    is_compileable = False

    def __init__(self, request: ov.InferRequest, ads: int) -> None:
        self.request = request
        self.ads = ads
        self.length = 0
        self.rows: Tensor | None = None

    def get_seq_length(self) -> int:
        return self.length

    def step(self, hidden: Tensor, mask: Tensor | None) -> Tensor:
        """Scores (R, 1, V) after (R, T, W) embeddings; ``mask`` (R, S + T) is 0 where there is padding.

        The beams of an ad begin alike: the prompt goes through the network once.
        """
        beams = len(hidden) // self.ads if self.length == 0 else 1
        hidden, mask = hidden[::beams], None if mask is None else mask[::beams]
        rows = torch.arange(len(hidden)) if self.rows is None else self.rows
        self.request.infer(
            {
                "hidden": hidden.numpy(force=True),
                "mask": added_mask(mask, len(hidden), hidden.shape[1], self.length).numpy(force=True),
                "beam_idx": rows.int().numpy(force=True),
            },
            share_inputs=True,
        )
        self.length += hidden.shape[1]
        scores = torch.from_numpy(self.request.get_output_tensor(0).data)
        self.rows = torch.arange(len(scores)).repeat_interleave(beams)
        return scores.repeat_interleave(beams, 0) if beams > 1 else scores

    def reorder(self, rows: Tensor) -> None:
        """Go on with other rows than the last step wrote, (R,) numbers of them."""
        self.rows = self.rows[rows]


def added_mask(mask: Tensor | None, rows: int, tokens: int, past: int) -> Tensor:
    """(R, 1, T, S + T), 0 where a token may look and very negative where it may not."""
    hidden = torch.ones(tokens, past + tokens, dtype=torch.bool).triu(past + 1).expand(rows, -1, -1)
    if mask is not None:
        hidden = hidden | (mask == 0)[:, None]
    return torch.zeros(hidden.shape).masked_fill(hidden, torch.finfo(torch.float32).min)[:, None]


class CompiledLanguage(GenerationMixin):
    """Takes the place of a language model in ``generate``: same arguments, same logits processors, beams and streams.

    Safe to use from several threads: each ``generate`` has a cache of its own.

    Args:
        language: GPT-2-shaped; its embeddings are used as they are, its layers are copied into the graph.
        precision: ``f32`` writes what torch writes; ``bf16`` computes in it; ``int8`` too, with 8-bit matrices.

    Raises:
        ValueError: a language model of another shape.
    """

    main_input_name = "input_ids"
    base_model_prefix = "transformer"
    _is_stateful = False

    def __init__(self, language: GPT2LMHeadModel, precision: Precision = "f32") -> None:
        if language.config.model_type != "gpt2":
            raise ValueError(f"the OpenVINO runtime writes with GPT-2-shaped models, not {language.config.model_type}")
        self.config, self.generation_config = language.config, language.generation_config
        self.device, self.dtype = torch.device("cpu"), torch.float32
        self._embed, self._place = language.transformer.wte, language.transformer.wpe
        graphs = Gpt2Graphs(language, precision == "int8", number(precision))
        self._decoder = compiled(graphs.decoder(), precision)
        self._looked_at = compiled(graphs.looked_at(), precision) if language.config.add_cross_attention else None

    def generate(
        self,
        inputs_embeds: Tensor,
        attention_mask: Tensor,
        encoder_hidden_states: Tensor | None = None,
        **arguments: Any,
    ) -> Tensor:
        """(B, up to ``max_new_tokens``) ids written after (B, P, W) embeddings of prompts padded on the left.

        Args:
            encoder_hidden_states: (B, C, W) for the cross-attention.
            arguments: those of ``transformers`` ``generate``.
        """
        writing = Writing(self._decoder.create_infer_request(), len(inputs_embeds))
        if self._looked_at is not None:
            pairs = self._looked_at.create_infer_request()
            pairs.infer({"states": encoder_hidden_states.numpy(force=True)}, share_inputs=True)
            for port in self._looked_at.outputs:
                writing.request.set_tensor(port.any_name, pairs.get_tensor(port))
        return super().generate(
            inputs_embeds=inputs_embeds, attention_mask=attention_mask, past_key_values=writing, **arguments
        )

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Writing | None = None,
        inputs_embeds: Tensor | None = None,
        **_: Any,
    ) -> CausalLMOutputWithPast:
        """One step of ``generate``."""
        embeddings = self._embed(input_ids) if inputs_embeds is None else inputs_embeds
        scores = past_key_values.step(embeddings + self._place(position_ids), attention_mask)
        return CausalLMOutputWithPast(logits=scores, past_key_values=past_key_values)

    __call__ = forward

    def _reorder_cache(self, writing: Writing, rows: Tensor) -> Writing:
        writing.reorder(rows)
        return writing

    # What ``generate`` asks of a ``PreTrainedModel``.

    def _optimize_model_for_decode(self) -> nullcontext[None]:
        return nullcontext()

    def can_generate(self) -> bool:
        return True

    def is_remote_code(self) -> bool:
        return False


def compile_language(network: CaptionNetwork, precision: Precision) -> CompiledLanguage:
    """Compile the language model of a captioner's network; it writes what ``network.generate`` wrote.

    Raises:
        ValueError: the language model is not GPT-2-shaped, or photos enter it on the way.
    """
    from models.networks import CaptionNetwork

    if type(network).generate is not CaptionNetwork.generate:
        raise ValueError(f"the OpenVINO runtime does not know how photos enter {type(network).__name__}")
    return CompiledLanguage(network.language, precision)


def number(precision: Precision) -> ov.Type:
    """What the activations and the cache are computed in."""
    return ov.Type.f32 if precision == "f32" else ov.Type.bf16


def compiled(graph: ov.Model, precision: Precision) -> ov.CompiledModel:
    """Compile for this machine with as many threads as torch has."""
    settings = {
        "INFERENCE_PRECISION_HINT": number(precision),
        "KV_CACHE_PRECISION": number(precision),
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "ENABLE_CPU_PINNING": False,
        "PERFORMANCE_HINT": "LATENCY",
    }
    return ov.Core().compile_model(graph, "CPU", settings)
