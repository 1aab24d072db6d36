"""One loop for every captioner: batches of examples, the loss, steps that survive being killed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from models.batch import Batch, collate, tokenize_pairs
from models.captioners.base import Captioner, Prompt
from models.networks import CaptionNetwork
from training.captioner_data import Example, ExampleSampler
from training.features import FeatureCache
from training.human_voice import reward_of, voice_loss
from training.run_config import RunConfig


@dataclass(frozen=True)
class TrainingSet:
    """What an epoch draws from and what it is measured on."""

    sampler: ExampleSampler
    cache: FeatureCache
    val_examples: list[Example]
    val_cache: FeatureCache


def batches(
    captioner: Captioner, examples: list[Example], cache: FeatureCache, size: int, positions: int,
    random: np.random.Generator,
) -> Iterator[tuple[list[Example], Batch]]:  # fmt: skip
    """Examples and batches of similar length in random order; every row begins at a random position, so long inputs are no news."""
    texts = [captioner.prompt_text(Prompt(example.prompt)) for example in examples]
    prompts, targets = tokenize_pairs(captioner.tokenizer, texts, [example.target for example in examples])
    lengths = np.array([len(p) + len(t) for p, t in zip(prompts, targets, strict=True)])
    order = np.argsort(lengths + random.uniform(0, 8, len(lengths)))
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    for group in (groups[i] for i in random.permutation(len(groups))):
        given, wanted = [prompts[i] for i in group], [targets[i] for i in group]
        longest = max(map(len, given)) + max(map(len, wanted))
        start = torch.from_numpy(random.integers(0, max(1, positions - longest), len(group)))
        chosen_examples = [examples[i] for i in group]
        photos = cache[[photo for example in chosen_examples for photo in example.photos]]
        yield chosen_examples, collate(given, wanted, photos, captioner.tokenizer.pad_token_id, start)


def caption_loss(network: CaptionNetwork, batch: Batch, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of the target tokens."""
    return F.cross_entropy(network(batch).float(), batch.wanted, label_smoothing=smoothing)


@torch.no_grad()
def validation_loss(captioner: Captioner, network: nn.Module, data: TrainingSet, size: int) -> float:
    """Mean loss a batch of captions and ads written from the photo alone."""
    network.eval()
    stream = batches(captioner, data.val_examples, data.val_cache, size, 1, np.random.default_rng(0))
    return float(np.mean([caption_loss(network, batch).item() for _, batch in stream]))


def fit(
    captioner: Captioner,
    data: TrainingSet,
    config: RunConfig,
    work: Path,
    save: Callable[[nn.Module, float, float], None],
) -> None:
    """Train what requires gradients; a killed run goes on from the state in ``work``.

    Args:
        save: called after every epoch with the averaged network, its validation loss and the minutes so far.
    """
    torch.manual_seed(config.seed)
    accelerator = Accelerator(
        cpu=not torch.cuda.is_available(), mixed_precision=config.precision,
        gradient_accumulation_steps=config.accumulate,
    )  # fmt: skip
    network = captioner.network
    optimiser = torch.optim.AdamW(_groups(network, config.weight_decay), lr=config.lr, betas=(0.9, 0.98))
    an_epoch = math.ceil(len(data.sampler.epoch(0)) / config.batch) + 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.lr, total_steps=config.epochs * math.ceil(an_epoch / config.accumulate) + 1, pct_start=0.08
    )
    network, optimiser, schedule = accelerator.prepare(network, optimiser, schedule)
    average = AveragedModel(accelerator.unwrap_model(network), multi_avg_fn=get_ema_multi_avg_fn(config.ema))
    progress = Progress()
    accelerator.register_for_checkpointing(average, progress)
    if (work / "state").is_dir():
        accelerator.load_state(str(work / "state"))
    positions = getattr(captioner.network.language.config, "n_positions", 1)
    reward = reward_of(data.sampler.epoch(0), config.voice) if config.voice else None

    for epoch in range(progress.epoch, config.epochs):
        started = time.time()
        examples = data.sampler.epoch(epoch)
        random = np.random.default_rng([config.seed, epoch, 1])
        stream = batches(captioner, examples, data.cache, config.batch, positions, random)
        steps = tqdm(stream, total=math.ceil(len(examples) / config.batch), desc=f"epoch {epoch}", mininterval=20)
        network.train()
        for step, (drawn, batch) in enumerate(steps):
            if step < progress.step:
                continue
            # Dropout is drawn anew from the step's own seed: a run that goes on draws what it would have drawn.
            torch.manual_seed((config.seed * 1000 + epoch) * 100_000 + step)
            with accelerator.accumulate(network):
                with accelerator.autocast():
                    loss = caption_loss(network, batch, config.label_smoothing)
                    if reward:
                        term, rewards = voice_loss(captioner, network, batch, drawn, reward)
                        loss = loss + term
                        steps.set_postfix(rewards)
                _update(accelerator, network, optimiser, schedule, loss)
                if accelerator.sync_gradients:
                    average.update_parameters(accelerator.unwrap_model(network))
            progress.losses.append(loss.item())
            progress.step = step + 1
            if progress.step % config.save_every == 0:
                progress.seconds += time.time() - started
                started = time.time()
                accelerator.save_state(str(work / "state"))
        held = validation_loss(captioner, average.module, data, config.batch)
        progress.seconds += time.time() - started
        print(
            f"epoch {epoch} loss {np.mean(progress.losses):.3f} validation {held:.3f} {progress.seconds / 60:.1f} min",
            flush=True,
        )
        save(average.module, held, progress.seconds / 60)
        progress.next_epoch()
        accelerator.save_state(str(work / "state"))


@dataclass
class Progress:
    """Where a run is; saved with its state."""

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.losses: list[float] = []

    def next_epoch(self) -> None:
        self.epoch, self.step, self.losses = self.epoch + 1, 0, []

    def state_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        vars(self).update(state)


def _update(accelerator: Accelerator, network: nn.Module, optimiser: Any, schedule: Any, loss: Tensor) -> None:
    accelerator.backward(loss)
    if accelerator.sync_gradients:
        accelerator.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    schedule.step()
    optimiser.zero_grad()


def _groups(network: nn.Module, decay: float) -> list[dict]:
    """Weight decay for matrices, none for biases and norms."""
    trained = [p for p in network.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim > 1]
    others = [p for p in trained if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
