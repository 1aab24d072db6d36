"""ruClipCap: image features become a prefix of a Russian GPT (Mokady et al. 2021, ClipCap).

Every photo is ``<IMG_i>`` followed by K prefix vectors; the hidden token, the masked text and all photos of the ad stand
before the text that is written, so each of its tokens sees all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from transformers import (
    GPT2LMHeadModel,
    PreTrainedTokenizerFast,
    StoppingCriteria,
    StoppingCriteriaList,
    TextIteratorStreamer,
)

from models.captioners.base import Captioner, Generation, Inputs, Prompt
from models.checkpoint import CHECKPOINTS, load_weights
from models.connectors import QueryConnector
from models.generation import decode, generate_arguments
from models.language import HIDDEN_TOKENS, PHOTO_TOKENS, PREFIX_TOKEN, build_gpt, load_tokenizer
from models.vision import VisionEncoder, load_vision


class RuClipCapNetwork(nn.Module):
    """Connector and language model; image features come in from outside.

    Args:
        language: GPT-2 shaped language model.
        connector: (N, C, H, W) -> (N, K, width).
        prefix_id: token id whose embeddings the prefix vectors replace.
    """

    def __init__(self, language: GPT2LMHeadModel, connector: QueryConnector, prefix_id: int) -> None:
        super().__init__()
        self.language = language
        self.connector = connector
        self.prefix_id = prefix_id

    def load_own(self, weights: dict[str, Tensor]) -> None:
        """Load saved weights strictly; the output matrix is the input embedding and is saved once."""
        tied = ("language.transformer.wte.weight", "language.lm_head.weight")
        shared = next(weights[name] for name in tied if name in weights)
        self.load_state_dict({**weights, **dict.fromkeys(tied, shared)})

    def embed(self, ids: Tensor, maps: Tensor) -> Tensor:
        """Return (B, T, width) embeddings of (B, T) ids, prefix vectors of (ΣN, C, H, W) maps put in reading order."""
        embeddings = self.language.get_input_embeddings()(ids)
        if len(maps):
            prefix = self.connector(maps).flatten(0, 1)
            embeddings = embeddings.masked_scatter((ids == self.prefix_id)[..., None], prefix.to(embeddings.dtype))
        return embeddings


class RuClipCap(Captioner):
    """The family behind ``checkpoint.json``'s ``"family": "ruclipcap"``."""

    family: ClassVar[str] = "ruclipcap"
    inputs: ClassVar[Inputs] = Inputs(text=True, photos="many")

    def __init__(
        self,
        name: str,
        network: RuClipCapNetwork,
        tokenizer: PreTrainedTokenizerFast,
        vision: VisionEncoder,
        queries: int,
        defaults: Generation,
    ) -> None:
        self.name = name
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.vision = vision
        self.queries = queries
        self.defaults = defaults

    def tokenize(self, prompts: Sequence[Prompt]) -> tuple[Tensor, Tensor]:
        """Return (B, T) left-padded ids and mask, with K prefix tokens after every photo token."""
        texts = [expand_photos(prompt.text, self.queries) for prompt in prompts]
        batch = self.tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        return batch["input_ids"], batch["attention_mask"]

    def _model_inputs(self, prompts: Sequence[Prompt]) -> dict[str, Tensor]:
        ids, mask = self.tokenize(prompts)
        photos = [photo for prompt in prompts for photo in prompt.photos]
        maps = self.vision.features(photos) if photos else torch.empty(0)
        return {"inputs_embeds": self.network.embed(ids, maps), "attention_mask": mask}

    def _arguments(self, generation: Generation) -> dict[str, Any]:
        allowed = generation.allowed_placeholders
        never = [*HIDDEN_TOKENS, *PHOTO_TOKENS, PREFIX_TOKEN]
        if allowed is not None:
            never += [t for t in self.tokenizer.get_added_vocab() if _is_placeholder(t) and t not in allowed]
        return generate_arguments(generation, self.tokenizer, never)

    @torch.inference_mode()
    def generate(self, prompts: Sequence[Prompt], generation: Generation | None = None) -> list[str]:
        inputs = self._model_inputs(prompts)
        ids = self.network.language.generate(**inputs, **self._arguments(generation or self.defaults))
        return [decode(self.tokenizer, row) for row in ids]

    def stream(self, prompt: Prompt, generation: Generation | None = None) -> Iterator[str]:
        """Greedy or sampled text as it grows; beams cannot be streamed and arrive whole."""
        generation = generation or self.defaults
        if generation.num_beams > 1 and generation.temperature == 0:
            yield self.generate([prompt], generation)[0]
            return
        stop = _Stop()
        streamer = TextIteratorStreamer(self.tokenizer)
        with torch.inference_mode():
            inputs = self._model_inputs([prompt])
        arguments = self._arguments(replace(generation, num_beams=1)) | {
            "streamer": streamer,
            "stopping_criteria": StoppingCriteriaList([stop]),
        }
        worker = Thread(target=lambda: torch.inference_mode()(self.network.language.generate)(**inputs, **arguments))
        worker.start()
        written = ""
        try:
            for piece in streamer:
                written += piece.replace(self.tokenizer.eos_token, "")
                yield written.strip()
        finally:
            stop.asked = True
            worker.join()


class _Stop(StoppingCriteria):
    """Ends the generation between two tokens when the reader has gone."""

    asked = False

    def __call__(self, input_ids: Tensor, scores: Tensor, **_: Any) -> Tensor:
        return torch.full((len(input_ids),), self.asked, dtype=torch.bool)


def _is_placeholder(token: str) -> bool:
    return (
        token.startswith("<") and token[1:-1].isupper() and token not in (*HIDDEN_TOKENS, *PHOTO_TOKENS, PREFIX_TOKEN)
    )


def expand_photos(text: str, queries: int) -> str:
    """Write K prefix tokens after every ``<IMG_i>`` and the sentence start before the whole."""
    for token in PHOTO_TOKENS:
        text = text.replace(token, token + PREFIX_TOKEN * queries)
    return f"<s>{text}"


def build_network(
    card: dict[str, Any], tokenizer: PreTrainedTokenizerFast, root: Path = CHECKPOINTS
) -> RuClipCapNetwork:
    """The network a card describes, with random weights."""
    language = build_gpt(card["parts"]["language"], root)
    connector = QueryConnector(width=language.config.n_embd, **card["connector"])
    return RuClipCapNetwork(language, connector, tokenizer.convert_tokens_to_ids(PREFIX_TOKEN))


def load(folder: Path, card: dict[str, Any]) -> RuClipCap:
    """Load a checkpoint folder; backbone, tokenizer and (under an adapter) the base are shared parts named in the card."""
    root = folder.parent.parent
    base = folder.parent / card["parts"].get("base", folder.name)
    tokenizer = load_tokenizer(card["parts"]["language"], root)
    network = build_network(card, tokenizer, root)
    network.load_own(load_weights(base / "model.safetensors"))
    if (folder / "adapter").is_dir():
        apply_adapter(network, folder / "adapter")
    return RuClipCap(
        folder.name,
        network,
        tokenizer,
        load_vision(card["parts"]["vision"], root),
        card["connector"]["queries"],
        Generation(**card["generation"]),
    )


def apply_adapter(network: RuClipCapNetwork, folder: Path) -> None:
    """Add a PEFT LoRA adapter to the language model for good; raises ValueError when it changes nothing."""
    from peft import PeftModel

    before = {name: weight.clone() for name, weight in network.language.state_dict().items()}
    network.language = PeftModel.from_pretrained(network.language, folder).merge_and_unload()
    if all(torch.equal(weight, before[name]) for name, weight in network.language.state_dict().items()):
        raise ValueError(f"the adapter {folder} fits no module of the language model")
