"""Train a captioner of any family on cached image features (``python -m training captioner CONFIG.yaml``).

A run is one small YAML file (``training/configs``): the card of the checkpoint it makes, what of the network it trains
(whole children, or a LoRA adapter) and for how long. A killed run goes on where it was, with the same result.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from accelerate import Accelerator
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from models.batch import Batch, collate, tokenize_pairs
from models.captioners.base import Captioner, Prompt
from models.checkpoint import CHECKPOINTS, build_captioner, chosen, load_captioner, own_state, save_weights, write_card
from models.networks import CaptionNetwork
from pipeline.prompt import write_prompt
from training.adapters import LoraSettings, add_adapter, save_adapter
from training.captioner_data import Example, ExampleSampler
from training.clothes import imagenet_names, read_clothes, read_stamps
from training.features import FeatureCache, cache_features


class RunConfig(BaseModel):
    """One run.

    Attributes:
        card: what ``checkpoint.json`` will say of the network (family, title, parts, connector, generation …).
        start: captioner checkpoint to go on from with a fresh schedule; random weights when None.
        trains: regular expression of the names of the weights that are trained whole; None means all (with ``lora``:
            none). The checkpoint brings these and no others.
        lora: adapter trained besides.
        precision: ``no`` or ``bf16`` (matrix products only; weights stay float32).
        save_every: steps between two states a killed run can go on from.
    """

    model_config = ConfigDict(extra="forbid")

    card: dict[str, Any]
    start: str | None = None
    trains: str | None = None
    lora: LoraSettings | None = None
    epochs: int = 8
    batch: int = 64
    accumulate: int = 1
    lr: float = 1e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    ema: float = 0.998
    views: int = 3
    precision: str = "no"
    save_every: int = 50
    seed: int = 0


def read_config(path: Path) -> RunConfig:
    """Read a YAML run; raises ``pydantic.ValidationError`` naming a wrong field."""
    return RunConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class TrainingSet:
    """What an epoch draws from and what it is measured on."""

    sampler: ExampleSampler
    cache: FeatureCache
    val_examples: list[Example]
    val_cache: FeatureCache


def training_set(vision: str, config: RunConfig, work: Path) -> TrainingSet:
    """Open (or make) the cached features and the sampler; validation is written from the photo alone."""
    train, val = read_clothes(split="train"), read_clothes(split="val")
    stamps = read_stamps()
    clothes_rows = len(train) * config.views
    paths = [path for path, _ in stamps]
    cache = cache_features(vision, [ad.photo for ad in train], paths, config.views, work / "features")
    val_cache = cache_features(vision, [ad.photo for ad in val], [], 1, work / "features_val")
    goods = [(text.rstrip(".!"), (clothes_rows + i,)) for i, (_, text) in enumerate(stamps)]
    goods += [(name, ()) for name in imagenet_names()]
    val_examples = [Example(write_prompt("<SINGLE>", "", 1, "caption"), (i,), ad.caption) for i, ad in enumerate(val)]
    val_examples += [Example(write_prompt("<SINGLE>", "", 1, "ad"), (i,), ad.ad) for i, ad in enumerate(val)]
    return TrainingSet(ExampleSampler(train, config.views, goods, config.seed), cache, val_examples, val_cache)


def batches(
    captioner: Captioner, examples: list[Example], cache: FeatureCache, size: int, positions: int,
    random: np.random.Generator,
) -> Iterator[Batch]:  # fmt: skip
    """Batches of similar length in random order; every row begins at a random position, so long inputs are no news."""
    texts = [captioner.prompt_text(Prompt(example.prompt)) for example in examples]
    prompts, targets = tokenize_pairs(captioner.tokenizer, texts, [example.target for example in examples])
    lengths = np.array([len(p) + len(t) for p, t in zip(prompts, targets, strict=True)])
    order = np.argsort(lengths + random.uniform(0, 8, len(lengths)))
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    for group in (groups[i] for i in random.permutation(len(groups))):
        given, wanted = [prompts[i] for i in group], [targets[i] for i in group]
        longest = max(map(len, given)) + max(map(len, wanted))
        start = torch.from_numpy(random.integers(0, max(1, positions - longest), len(group)))
        photos = cache[[photo for i in group for photo in examples[i].photos]]
        yield collate(given, wanted, photos, captioner.tokenizer.pad_token_id, start)


def caption_loss(network: CaptionNetwork, batch: Batch, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of the target tokens."""
    return F.cross_entropy(network(batch).float(), batch.wanted, label_smoothing=smoothing)


@torch.no_grad()
def validation_loss(captioner: Captioner, network: nn.Module, data: TrainingSet, size: int) -> float:
    """Mean loss a batch of captions and ads written from the photo alone."""
    network.eval()
    stream = batches(captioner, data.val_examples, data.val_cache, size, 1, np.random.default_rng(0))
    return float(np.mean([caption_loss(network, batch).item() for batch in stream]))


def freeze_all_but(network: CaptionNetwork, config: RunConfig) -> None:
    """Leave gradients to the weights that are trained whole, and add the adapter.

    Raises:
        ValueError: the adapter fits no matrix, or nothing has a name that ``trains`` asks for.
    """
    if config.lora:
        add_adapter(network, config.lora)  # leaves gradients to the adapter alone
    elif config.trains is not None:
        network.requires_grad_(False)
    if config.trains is None:
        return
    whole = [weight for name, weight in network.named_parameters() if chosen(name, config.trains)]
    if not whole:
        raise ValueError(f"no weight of the network is called {config.trains!r}")
    for weight in whole:
        weight.requires_grad_(True)


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

    for epoch in range(progress.epoch, config.epochs):
        started = time.time()
        examples = data.sampler.epoch(epoch)
        random = np.random.default_rng([config.seed, epoch, 1])
        stream = batches(captioner, examples, data.cache, config.batch, positions, random)
        steps = tqdm(stream, total=math.ceil(len(examples) / config.batch), desc=f"epoch {epoch}", mininterval=20)
        network.train()
        for step, batch in enumerate(steps):
            if step < progress.step:
                continue
            # Dropout is drawn anew from the step's own seed: a run that goes on draws what it would have drawn.
            torch.manual_seed((config.seed * 1000 + epoch) * 100_000 + step)
            with accelerator.accumulate(network):
                loss = _train_step(accelerator, network, optimiser, schedule, batch, config)
                if accelerator.sync_gradients:
                    average.update_parameters(accelerator.unwrap_model(network))
            progress.losses.append(loss)
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


def _train_step(
    accelerator: Accelerator, network: nn.Module, optimiser: Any, schedule: Any, batch: Batch, config: RunConfig
) -> float:
    with accelerator.autocast():
        loss = caption_loss(network, batch, config.label_smoothing)
    accelerator.backward(loss)
    if accelerator.sync_gradients:
        accelerator.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    schedule.step()
    optimiser.zero_grad()
    return loss.item()


def _groups(network: nn.Module, decay: float) -> list[dict]:
    """Weight decay for matrices, none for biases and norms."""
    trained = [p for p in network.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim > 1]
    others = [p for p in trained if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def train(config: RunConfig, out: Path, work: Path) -> None:
    """Run a config and write the checkpoint ``out`` after every epoch (averaged weights)."""
    torch.manual_seed(config.seed)
    card = dict(config.card)
    if config.trains is not None or config.lora:
        card["weights"] = config.trains or ""
    captioner = build_captioner(out, card)
    if config.start:
        captioner.network.load_state_dict(load_captioner(config.start).network.state_dict())
    freeze_all_but(captioner.network, config)

    def save(network: nn.Module, held: float, minutes: float) -> None:
        card["training"] = _record(config, minutes)
        card["scores"] = {"validation_loss": round(held, 4)}
        if config.trains or not config.lora:
            save_weights(out / "model.safetensors", own_state(network, config.trains))
        if config.lora:
            save_adapter(network, config.lora, out / "adapter")
        write_card(out, card)

    fit(captioner, training_set(captioner.vision.name, config, work.parent), config, work, save)


def _record(config: RunConfig, minutes: float) -> dict[str, Any]:
    return {
        "command": "python -m training captioner",
        "data": "shared/data/clothes (4,375 train photos with reference texts), sampled attributes, bundles of different "
        "items, Tux Paint stamps and ImageNet names in Russian",
        "minutes": round(minutes, 1),
        "config": config.model_dump(exclude={"card"}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", type=Path, help="a YAML run; its name is the checkpoint's")
    parser.add_argument("--work", type=Path, help="folder of states and cached features (default runs/NAME)")
    arguments = parser.parse_args()
    name = arguments.config.stem
    train(read_config(arguments.config), CHECKPOINTS / "captioners" / name, arguments.work or Path("runs") / name)
