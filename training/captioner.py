"""Train the built-in ruClipCap captioner on cached image features (``python -m training captioner``)."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm
from transformers import PreTrainedTokenizerFast

from models.captioners.ruclipcap import RuClipCapNetwork, build_network, expand_photos
from models.checkpoint import CHECKPOINTS, load_weights, save_weights, write_card
from models.language import load_tokenizer
from pipeline.prompt import write_prompt
from training.captioner_data import Example, ExampleSampler
from training.clothes import imagenet_names, read_clothes, read_stamps
from training.features import FeatureCache, cache_features


@dataclass(frozen=True)
class CaptionerConfig:
    """Settings of one run."""

    vision: str = "clothes-lite0"
    language: str = "gpt-ru-mini"
    queries: int = 8
    connector_layers: int = 2
    epochs: int = 10
    batch: int = 64
    lr: float = 1e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.05
    ema: float = 0.998
    views: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Batch:
    """ids (B, T) right-padded, positions (B, T), mask (B, T), wanted (B, T) with -100 outside the target, maps."""

    ids: Tensor
    positions: Tensor
    mask: Tensor
    wanted: Tensor
    maps: Tensor


def batches(
    examples: list[Example],
    tokenizer: PreTrainedTokenizerFast,
    cache: FeatureCache,
    config: CaptionerConfig,
    positions: int,
    random: np.random.Generator,
) -> Iterator[Batch]:
    """Batches of similar length in random order; every row begins at a random position, so long inputs are no news."""
    prompts = tokenizer([expand_photos(e.prompt, config.queries) for e in examples], add_special_tokens=False)[
        "input_ids"
    ]
    targets = tokenizer([f" {e.target}</s>" for e in examples], add_special_tokens=False)["input_ids"]
    lengths = np.array([len(p) + len(t) for p, t in zip(prompts, targets, strict=True)])
    order = np.argsort(lengths + random.uniform(0, 8, len(lengths)))
    groups = [order[i : i + config.batch] for i in range(0, len(order), config.batch)]
    for group in (groups[i] for i in random.permutation(len(groups))):
        width = lengths[group].max()
        ids = torch.full((len(group), width), tokenizer.pad_token_id)
        wanted = torch.full((len(group), width), -100)
        for row, index in enumerate(group):
            prompt, target = prompts[index], targets[index]
            ids[row, : len(prompt) + len(target)] = torch.tensor(prompt + target)
            wanted[row, len(prompt) - 1 : len(prompt) + len(target) - 1] = torch.tensor(target)
        start = torch.from_numpy(random.integers(0, max(1, positions - width), len(group)))
        rows = [photo for index in group for photo in examples[index].photos]
        yield Batch(
            ids, start[:, None] + torch.arange(width), (ids != tokenizer.pad_token_id).long(), wanted, cache[rows]
        )


def caption_loss(network: RuClipCapNetwork, batch: Batch, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of the target tokens; vocabulary scores are computed at those places only."""
    hidden = network.language.transformer(
        inputs_embeds=network.embed(batch.ids, batch.maps), attention_mask=batch.mask, position_ids=batch.positions
    ).last_hidden_state
    asked = batch.wanted != -100
    return F.cross_entropy(network.language.lm_head(hidden[asked]), batch.wanted[asked], label_smoothing=smoothing)


@dataclass(frozen=True)
class TrainingSet:
    """What an epoch draws from and what it is measured on."""

    sampler: ExampleSampler
    cache: FeatureCache
    val_examples: list[Example]
    val_cache: FeatureCache


def training_set(config: CaptionerConfig, work: Path) -> TrainingSet:
    """Open (or make) the cached features and the sampler; validation is written from the photo alone."""
    train, val = read_clothes(split="train"), read_clothes(split="val")
    cache, val_cache, goods = _features(config, work, train, val)
    val_examples = [Example(write_prompt("<SINGLE>", "", 1, "caption"), (i,), ad.caption) for i, ad in enumerate(val)]
    val_examples += [Example(write_prompt("<SINGLE>", "", 1, "ad"), (i,), ad.ad) for i, ad in enumerate(val)]
    return TrainingSet(ExampleSampler(train, config.views, goods, config.seed), cache, val_examples, val_cache)


def fit(
    network: RuClipCapNetwork,
    data: TrainingSet,
    tokenizer: PreTrainedTokenizerFast,
    config: CaptionerConfig,
    work: Path,
    save: Callable[[RuClipCapNetwork, float, float], None],
) -> None:
    """Train what requires gradients, with a checkpoint an epoch in ``work``, where a killed run resumes.

    Args:
        save: called after every epoch with the averaged network, its validation loss and the minutes so far.
    """
    torch.manual_seed(config.seed)
    accelerator = Accelerator(cpu=not torch.cuda.is_available())
    optimiser = torch.optim.AdamW(_groups(network, config.weight_decay), lr=config.lr, betas=(0.9, 0.98))
    steps = config.epochs * (math.ceil(len(data.sampler.epoch(0)) / config.batch) + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.lr, total_steps=steps, pct_start=0.08)
    network, optimiser, schedule = accelerator.prepare(network, optimiser, schedule)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(config.ema))
    accelerator.register_for_checkpointing(average)
    first = 0
    if (work / "epoch.txt").is_file():
        accelerator.load_state(str(work / "state"))
        first = int((work / "epoch.txt").read_text())

    started = time.time()
    for epoch in range(first, config.epochs):
        random = np.random.default_rng([config.seed, epoch, 1])
        torch.manual_seed(config.seed * 1000 + epoch)
        network.train()
        losses: list[float] = []
        examples = data.sampler.epoch(epoch)
        stream = batches(examples, tokenizer, data.cache, config, network.language.config.n_positions, random)
        for batch in tqdm(stream, total=math.ceil(len(examples) / config.batch), desc=f"epoch {epoch}", mininterval=20):
            loss = caption_loss(network, batch, config.label_smoothing)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad()
            average.update_parameters(network)
            losses.append(loss.item())
        held = validation_loss(average.module, data.val_examples, tokenizer, data.val_cache, config)
        minutes = (time.time() - started) / 60
        print(f"epoch {epoch} loss {np.mean(losses):.3f} validation {held:.3f} {minutes:.1f} min", flush=True)
        accelerator.save_state(str(work / "state"))
        (work / "epoch.txt").write_text(str(epoch + 1))
        save(average.module, held, minutes)


def train_captioner(config: CaptionerConfig, out: Path, work: Path, start: Path | None = None) -> None:
    """Train connector and language model and write the averaged weights to ``out``.

    Args:
        start: safetensors of an earlier run to go on from with a fresh schedule; random weights when None.
    """
    torch.manual_seed(config.seed)
    tokenizer = load_tokenizer(config.language)
    card = _card(config)
    network = build_network(card, tokenizer)
    if start:
        network.load_own(load_weights(start))

    def save(network: RuClipCapNetwork, held: float, minutes: float) -> None:
        card["training"]["minutes"] = round(minutes, 1)
        card["scores"] = {"validation_loss": round(held, 4)}
        save_weights(out / "model.safetensors", _own_weights(network))
        write_card(out, card)

    fit(network, training_set(config, work.parent), tokenizer, config, work, save)


@torch.no_grad()
def validation_loss(
    network: RuClipCapNetwork, examples: list[Example], tokenizer: PreTrainedTokenizerFast, cache: FeatureCache,
    config: CaptionerConfig,
) -> float:  # fmt: skip
    """Mean loss a batch of captions and ads written from the photo alone."""
    network.eval()
    stream = batches(examples, tokenizer, cache, config, 1, np.random.default_rng(0))
    return float(np.mean([caption_loss(network, batch).item() for batch in stream]))


def _features(
    config: CaptionerConfig, work: Path, train: list, val: list
) -> tuple[FeatureCache, FeatureCache, list[tuple[str, tuple[int, ...]]]]:
    """Feature maps of the training photos and stamps (one array), of the validation photos, and the other goods."""
    stamps = read_stamps()
    clothes_rows = len(train) * config.views
    paths = [path for path, _ in stamps]
    cache = cache_features(config.vision, [ad.photo for ad in train], paths, config.views, work / "features")
    val_cache = cache_features(config.vision, [ad.photo for ad in val], [], 1, work / "features_val")
    goods = [(text.rstrip(".!"), (clothes_rows + i,)) for i, (_, text) in enumerate(stamps)]
    return cache, val_cache, goods + [(name, ()) for name in imagenet_names()]


def _groups(network: nn.Module, decay: float) -> list[dict]:
    """Weight decay for matrices, none for biases and norms."""
    trained = [p for p in network.parameters() if p.requires_grad]
    matrices = [p for p in trained if p.ndim > 1]
    others = [p for p in trained if p.ndim <= 1]
    return [{"params": matrices, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]


def _own_weights(network: RuClipCapNetwork) -> dict[str, Tensor]:
    """State without ``lm_head.weight``, which is tied to the input embeddings."""
    return {k: v for k, v in network.state_dict().items() if k != "language.lm_head.weight"}


def _card(config: CaptionerConfig) -> dict:
    return {
        "family": "ruclipcap",
        "title": {"ru": "ruClipCap: встроенная, много фото", "en": "ruClipCap: built-in, many photos"},
        "photos": "many",
        "parts": {"vision": config.vision, "language": config.language},
        "connector": {"features": 1280, "queries": config.queries, "layers": config.connector_layers},
        "generation": {"num_beams": 3, "max_new_tokens": 80, "no_repeat_ngram_size": 4},
        "training": {
            "command": "python -m training captioner",
            "data": "shared/data/clothes (4,375 train photos with reference texts), sampled attributes, bundles of "
            "different items, Tux Paint stamps and ImageNet names in Russian",
            "config": asdict(config),
        },
        "licence": "Apache-2.0",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="ruclipcap-clothes", help="folder under checkpoints/captioners")
    parser.add_argument("--epochs", type=int, default=CaptionerConfig.epochs)
    parser.add_argument("--lr", type=float, default=CaptionerConfig.lr)
    parser.add_argument("--ema", type=float, default=CaptionerConfig.ema)
    parser.add_argument("--start", type=Path, help="safetensors of an earlier run to go on from")
    arguments = parser.parse_args()
    config = CaptionerConfig(epochs=arguments.epochs, lr=arguments.lr, ema=arguments.ema)
    out = CHECKPOINTS / "captioners" / arguments.name
    train_captioner(config, out, Path("runs") / arguments.name, arguments.start)
