"""Train a captioner of any family on cached image features (``python -m training captioner CONFIG.yaml``).

A run is one small YAML file (``training/configs``): the card of the checkpoint it makes, what of the network it trains
(weights by name, or a LoRA adapter) and for how long. A killed run goes on where it was, with the same result.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.checkpoint import (
    CHECKPOINTS,
    build_captioner,
    chosen,
    load_captioner,
    own_state,
    save_weights,
    write_card,
)  # fmt: skip
from models.networks import CaptionNetwork
from pipeline.prompt import write_prompt
from training.adapters import add_adapter, save_adapter
from training.captioner_data import Example, ExampleSampler
from training.clothes import imagenet_names, read_clothes, read_stamps
from training.features import cache_features
from training.fit import TrainingSet, fit
from training.run_config import RunConfig, read_config


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
