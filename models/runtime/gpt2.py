"""A GPT-2-shaped language model (cross-attention or not) as OpenVINO graphs; its cache lives inside the graph.

The cache is a pair of ``ReadValue``/``Assign`` variables a layer, reordered by ``beam_idx`` before it is read: the CPU
plugin fuses this pattern with the attention (https://docs.openvino.ai, «Stateful models»). Keys and values of what the
cross-attention looks at come from a graph of their own and go in as they are, once an ad, however many beams it has;
keys come transposed and scaled, for the plugin would otherwise transpose them anew at every token.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import openvino as ov
from openvino import opset15 as ops
from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers import GPT2LMHeadModel

ACTIVATIONS = {"gelu": "erf", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh"}
# (B, T, H, D) <-> (B, H, T, D)
SWAP = np.array([0, 2, 1, 3])


class Gpt2Graphs:
    """Builds the graphs of one language model.

    Args:
        language: its weights are copied.
        int8: keep matrices as 8-bit integers with a scale a row of outputs.
        number: type of the keys and values that go from one graph to the other.

    Raises:
        ValueError: an activation that is not a GELU.
    """

    def __init__(self, language: GPT2LMHeadModel, int8: bool = False, number: ov.Type = ov.Type.f32) -> None:
        self.layers = language.transformer.h
        self.final_norm = language.transformer.ln_f
        self.scores = language.lm_head.weight
        self.width, self.heads = language.config.hidden_size, language.config.num_attention_heads
        self.int8, self.number = int8, number
        if language.config.activation_function not in ACTIVATIONS:
            raise ValueError(f"the OpenVINO runtime does not know {language.config.activation_function}")
        self.gelu = ACTIVATIONS[language.config.activation_function]

    def decoder(self) -> ov.Model:
        """The graph of a step: tokens in, scores of the next one out.

        Inputs: ``hidden`` (R, T, W) embeddings with their positions, ``mask`` (R, 1, T, S + T) added to the attention,
        ``beam_idx`` (R,) rows of the cache that go on, and with cross-attention ``key_i`` (B, H, D, C) and ``value_i``
        (B, H, C, D) of layer i; R is a multiple of B. Output: (R, 1, V).
        """
        hidden = parameter([-1, -1, self.width], np.float32, "hidden")
        mask = parameter([-1, 1, -1, -1], np.float32, "mask")
        beams = parameter([-1], np.int32, "beam_idx")
        inputs, kept, x = [hidden, mask, beams], [], hidden
        for index, layer in enumerate(self.layers):
            query, key, value = self._split(self._linear(self._norm(x, layer.ln_1), layer.attn.c_attn), 3)
            key, value = (
                self._remember(f"{name}_{index}", self._to_heads(new), hidden, beams, kept)
                for name, new in (("key", key), ("value", value))
            )
            scale = np.float32(layer.attn.scaling)
            read = ops.scaled_dot_product_attention(self._to_heads(query), key, value, mask, scale)
            joined = ops.reshape(ops.transpose(read, SWAP), [0, 0, self.width], True)
            x = ops.add(x, self._linear(joined, layer.attn.c_proj))
            if hasattr(layer, "crossattention"):
                seen = [parameter(shape, self.number, f"{name}_{index}") for name, shape in self._seen_shapes()]
                x = ops.add(x, self._look(self._norm(x, layer.ln_cross_attn), layer.crossattention, *seen))
                inputs += seen
            wide = ops.gelu(self._linear(self._norm(x, layer.ln_2), layer.mlp.c_fc), self.gelu)
            x = ops.add(x, self._linear(wide, layer.mlp.c_proj))
        last = ops.gather(x, np.array([-1]), np.array(1))
        scores = self._product(self._norm(last, self.final_norm), self.scores)
        return ov.Model([ops.result(scores)], kept, inputs, "decoder")

    def looked_at(self) -> ov.Model:
        """The graph of what the cross-attention reads: (B, C, W) -> ``key_i``, ``value_i`` of every layer."""
        states = parameter([-1, -1, self.width], np.float32, "states")
        outputs = []
        for index, layer in enumerate(self.layers):
            keys, values = map(self._to_heads, self._split(self._linear(states, layer.crossattention.c_attn), 2))
            keys = ops.multiply(ops.transpose(keys, np.array([0, 1, 3, 2])), np.float32(layer.crossattention.scaling))
            for name, seen in (("key", keys), ("value", values)):
                outputs.append(named(ops.result(ops.convert(seen, self.number)), f"{name}_{index}"))
        return ov.Model(outputs, [states], "looked_at")

    def _seen_shapes(self) -> list[tuple[str, list[int]]]:
        size = self.width // self.heads
        return [("key", [-1, self.heads, size, -1]), ("value", [-1, self.heads, -1, size])]

    def _linear(self, x: ov.Node, layer: nn.Module) -> ov.Node:
        """``Conv1D`` of transformers: its weight is (inputs, outputs)."""
        return ops.add(self._product(x, layer.weight.T), constant(layer.bias))

    def _product(self, x: ov.Node, weight: Tensor) -> ov.Node:
        """``x`` times the transpose of (outputs, inputs)."""
        return ops.matmul(x, integers(weight) if self.int8 else constant(weight), False, True)

    def _norm(self, x: ov.Node, norm: nn.LayerNorm) -> ov.Node:
        normal = ops.mvn(x, ops.constant(np.array([-1])), True, norm.eps, "inside_sqrt")
        return ops.add(ops.multiply(normal, constant(norm.weight)), constant(norm.bias))

    def _split(self, x: ov.Node, parts: int) -> Sequence[ov.Output]:
        return ops.split(x, np.array(2), parts).outputs()

    def _to_heads(self, x: ov.Output) -> ov.Node:
        """(B, T, W) -> (B, H, T, D)."""
        return ops.transpose(ops.reshape(x, [0, 0, self.heads, self.width // self.heads], True), SWAP)

    def _remember(self, name: str, new: ov.Node, hidden: ov.Node, beams: ov.Node, kept: list[ov.Node]) -> ov.Node:
        """Put the new (R, H, T, D) after what a variable holds of the rows that go on; it starts empty."""
        rows = ops.gather(ops.shape_of(hidden), np.array([0]), np.array(0))
        size = self.width // self.heads
        empty = ops.broadcast(np.float32(0), ops.concat([rows, np.array([self.heads, 0, size])], 0))
        held = ops.read_value(empty, name, np.float32, ov.PartialShape([-1, self.heads, -1, size]))
        whole = ops.concat([ops.gather(held, beams, np.array(0)), new], 2)
        kept.append(ops.assign(whole, name))
        return whole

    def _look(self, x: ov.Node, attention: nn.Module, key: ov.Node, value: ov.Node) -> ov.Node:
        """The beams of an ad are further queries of its row: keys and values are read once."""
        ads = ops.gather(ops.shape_of(key), np.array([0]), np.array(0))
        size = self.width // self.heads
        rows = ops.concat([ads, np.array([-1, self.heads, size])], 0)
        query = ops.transpose(ops.reshape(self._linear(x, attention.q_attn), rows, False), SWAP)
        key, value = (ops.convert(seen, np.float32) for seen in (key, value))
        weights = ops.softmax(ops.matmul(query, key, False, False), -1)
        read = ops.transpose(ops.matmul(weights, value, False, False), SWAP)
        return self._linear(ops.reshape(read, ops.shape_of(x), False), attention.c_proj)


def parameter(shape: list[int], kind: type | ov.Type, name: str) -> ov.Node:
    """An input; -1 in its shape is any size."""
    return named(ops.parameter(shape, kind), name)


def named(node: ov.Node, name: str) -> ov.Node:
    """Give a tensor the name by which a request finds it."""
    node.output(0).set_names({name})
    return node


def constant(weight: Tensor) -> ov.Node:
    return ops.constant(weight.detach().numpy())


def integers(weight: Tensor) -> ov.Node:
    """(outputs, inputs) as int8 with a scale a row; the plugin keeps them so and widens them as it multiplies."""
    scale = weight.detach().abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
    whole = ops.constant((weight.detach() / scale).round().char().numpy())
    return ops.multiply(ops.convert(whole, np.float32), ops.constant(scale.numpy()))
