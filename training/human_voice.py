"""The human-voice term: LOSS -= α · reward, reward = CIDEr(text, reference) − β · similarity(text, assistant's text).

A reward of written texts has no gradient, so it is estimated as self-critical sequence training does (Rennie et al. 2017,
arXiv:1612.00563): a sampled text is pushed up by how much better it scores than the greedy text of the same prompt,
compared with the other samples of the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.nn import functional as F

from metrics.cider import LIBRARY_SCALE, DocumentFrequencies, cider
from models.batch import Batch, collate, tokenize_pairs
from models.captioners.base import Captioner
from models.generation import decode, generate_arguments
from training.captioner_data import Example


class VoiceSettings(BaseModel):
    """Weights of the term.

    Attributes:
        alpha: weight of the reward in the loss.
        beta: weight of the likeness to the assistant's text, for examples that have one.
        rows: texts sampled a step.
        temperature: of the sampling.
    """

    model_config = ConfigDict(extra="forbid")

    alpha: float
    beta: float = 0.5
    rows: int = 24
    temperature: float = 1.0


@dataclass(frozen=True)
class Reward:
    """Scores texts; document frequencies are those of the training references (a single text has none of its own)."""

    frequencies: DocumentFrequencies
    settings: VoiceSettings

    def __call__(self, texts: Sequence[str], examples: Sequence[Example]) -> Tensor:
        """(N,) rewards: CIDEr on 0..1 (a tenth of the library's scale) minus β · cosine of USE sentence embeddings."""
        closeness = [
            cider(text, [example.target], self.frequencies) / LIBRARY_SCALE
            for text, example in zip(texts, examples, strict=True)
        ]
        return torch.tensor(closeness) - self.settings.beta * self._assistant_likeness(texts, examples)

    @staticmethod
    def _assistant_likeness(texts: Sequence[str], examples: Sequence[Example]) -> Tensor:
        from models.sentences import sentence_encoder

        likeness = torch.zeros(len(texts))
        rows = [row for row, example in enumerate(examples) if example.assistant]
        if rows:
            encoder = sentence_encoder()
            ours = torch.from_numpy(encoder.encode([texts[row] or "." for row in rows]))
            theirs = torch.from_numpy(encoder.encode([examples[row].assistant for row in rows]))
            likeness[rows] = (ours * theirs).sum(1)
        return likeness


def reward_of(examples: Sequence[Example], settings: VoiceSettings) -> Reward:
    """The reward with the document frequencies of the wanted texts of an epoch."""
    return Reward(DocumentFrequencies.of([[example.target] for example in examples]), settings)


def voice_loss(
    captioner: Captioner, network: nn.Module, batch: Batch, examples: Sequence[Example], reward: Reward
) -> tuple[Tensor, dict[str, float]]:
    """The term's loss on the first ``rows`` ads of a batch, and the mean rewards of sampled and greedy texts.

    Args:
        network: the captioner's network as it is trained (perhaps wrapped for several devices).
        examples: of all rows of the batch.
    """
    settings = reward.settings
    examples = examples[: settings.rows]
    rows = len(examples)
    prompt, mask = batch.prompt[:rows], batch.prompt_mask[:rows]
    photos = batch.photos[: sum(len(example.photos) for example in examples)]
    training = network.training
    network.eval()
    sampled = _write(captioner, prompt, mask, photos, settings.temperature)
    greedy = _write(captioner, prompt, mask, photos, 0.0)
    network.train(training)

    rewards, baseline = reward(sampled, examples), reward(greedy, examples)
    _, targets = tokenize_pairs(captioner.tokenizer, [""] * rows, sampled)
    given = [row[kept.bool()].tolist() for row, kept in zip(prompt, mask, strict=True)]
    written = collate(given, targets, photos, captioner.tokenizer.pad_token_id, batch.start[:rows] * 0)
    log_likelihood = -F.cross_entropy(network(written).float(), written.wanted, reduction="none")
    advantage = rewards - baseline
    # Samples are worse than greedy texts on average; without the mean every one of them would be pushed down, and the
    # probability would go to texts that were never scored.
    advantage = torch.repeat_interleave(advantage - advantage.mean(), torch.tensor([len(target) for target in targets]))
    loss = -settings.alpha * (advantage * log_likelihood).sum() / rows
    return loss, {"reward_sampled": rewards.mean().item(), "reward_greedy": baseline.mean().item()}


@torch.no_grad()
def _write(captioner: Captioner, prompt: Tensor, mask: Tensor, photos: Tensor, temperature: float) -> list[str]:
    """Texts by sampling over the whole vocabulary (0: greedy)."""
    generation = replace(captioner.defaults, num_beams=1, temperature=temperature, top_p=1.0, no_repeat_ngram_size=0)
    arguments: dict[str, Any] = generate_arguments(generation, captioner.tokenizer, seeded=False)
    inputs = captioner.network.generate_inputs(prompt, mask, photos)
    return [decode(captioner.tokenizer, row) for row in captioner.network.language.generate(**inputs, **arguments)]
