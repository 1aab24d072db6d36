"""Train the built-in image-text model (``python -m training clip``).

Projection heads over the shared backbone's features and USE sentence embeddings learn one space by symmetric InfoNCE
(Radford et al. 2021, CLIP) over batches large enough to hold many items of the same kind, and by a pairwise sigmoid
loss (Zhai et al. 2023, SigLIP), which makes cosines of different texts comparable, as one threshold for all needs.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from models.checkpoint import CHECKPOINTS, read_card, save_weights, write_card
from models.clip.builtin import BuiltinEncoder, Towers
from models.clip.factory import load_encoder
from models.vision import load_vision
from moderation.match import CROWD_FILE
from training.clip_calibration import typical_photos
from training.clip_data import Batch, PairSampler, Split, SplitName, pooled_pictures, split_ads
from training.clip_report import measure
from training.clothes import read_clothes

WORK = Path("runs/clip")


@dataclass(frozen=True)
class ClipConfig:
    """Settings of one run.

    Attributes:
        batch: photos in a batch; ``bundles`` of them with a text of several items.
        goods: pictures of other things besides.
        strangers: texts of other things without a picture besides.
        views: of every picture; the first is untouched.
        word_dropout: share of the known lemmas hidden at every step.
        sigmoid: weight of the pairwise loss.
        ema: of the averaged weights that are kept.
    """

    vision: str = "clothes-lite0"
    epochs: int = 60
    batch: int = 900
    bundles: int = 100
    goods: int = 120
    strangers: int = 200
    views: int = 3
    lr: float = 1.5e-3
    weight_decay: float = 0.05
    dropout: float = 0.2
    word_dropout: float = 0.2
    label_smoothing: float = 0.05
    sigmoid: float = 0.1
    ema: float = 0.97
    hidden: int = 1024
    dim: int = 384
    word_dim: int = 192
    min_word_count: int = 4
    seed: int = 0


class MatchLoss(nn.Module):
    """InfoNCE both ways plus the pairwise sigmoid loss, neutral pairs left out."""

    def __init__(self, smoothing: float, sigmoid: float) -> None:
        super().__init__()
        self.smoothing, self.sigmoid = smoothing, sigmoid
        self.scale = nn.Parameter(torch.tensor(math.log(20.0)))
        self.steepness = nn.Parameter(torch.tensor(math.log(10.0)))
        self.bias = nn.Parameter(torch.tensor(-8.0))

    def forward(self, images: Tensor, texts: Tensor, neutral: Tensor) -> Tensor:
        """Loss of (B, D) images, the (B + E, D) texts and the (B, B + E) mask of ``Batch``."""
        n = len(images)
        cosines = images @ texts.T
        logits = (self.scale.exp().clamp(max=60) * cosines).masked_fill(neutral, -1e4)
        loss = (self._contrast(logits, neutral) + self._contrast(logits[:, :n].T, neutral[:, :n].T)) / 2
        if not self.sigmoid:
            return loss
        sign = torch.full_like(cosines, -1.0)
        sign[torch.arange(n), torch.arange(n)] = 1.0
        pairwise = -F.logsigmoid(sign * (self.steepness.exp() * cosines + self.bias))
        return loss + self.sigmoid * pairwise.masked_fill(neutral, 0.0).sum() / n

    def _contrast(self, logits: Tensor, neutral: Tensor) -> Tensor:
        log_p = logits.log_softmax(1)
        spread = log_p.masked_fill(neutral, 0.0).sum(1) / (~neutral).sum(1)
        return -((1 - self.smoothing) * log_p.diagonal() + self.smoothing * spread).mean()


def train_towers(sampler: PairSampler, config: ClipConfig, cache: Path) -> tuple[Towers, dict[str, int]]:
    """Train both heads; return them (averaged over the last steps) and the vocabulary."""
    torch.manual_seed(config.seed)
    random = np.random.default_rng(config.seed)
    vocabulary = sampler.bank.vocabulary(sampler.numbers, config.min_word_count)
    sentences, words = sampler.bank.embed(cache, vocabulary)
    sizes = {"word_dim": config.word_dim, "hidden": config.hidden, "dim": config.dim}
    towers = Towers(len(vocabulary) + 1, dropout=config.dropout, **sizes)
    loss = MatchLoss(config.label_smoothing, config.sigmoid)
    average = AveragedModel(towers, multi_avg_fn=get_ema_multi_avg_fn(config.ema))
    optimiser = torch.optim.AdamW(
        [{"params": towers.parameters()}, {"params": loss.parameters(), "weight_decay": 0.0}],
        lr=config.lr,
        weight_decay=config.weight_decay,
    )
    steps = config.epochs * math.ceil(len(sampler.train) / config.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.lr, total_steps=steps, pct_start=0.1)
    started = time.time()
    for step in range(steps):
        batch = sampler.batch(random, config.batch, config.bundles, config.goods, config.strangers)
        value = _step(towers, loss, batch, sentences, words, config.word_dropout)
        optimiser.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(towers.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        average.update_parameters(towers)
        if step % 50 == 0 or step == steps - 1:
            print(f"step {step} of {steps} loss {value.item():.3f} {time.time() - started:.0f}s", flush=True)
    return average.module.eval(), vocabulary


def _step(
    towers: Towers, loss: MatchLoss, batch: Batch, sentences: Tensor, words: Tensor, word_dropout: float
) -> Tensor:
    hidden = torch.rand(len(batch.texts), words.shape[1]) < word_dropout
    texts = towers.encode_texts(sentences[batch.texts], words[batch.texts].masked_fill(hidden, 0))
    return loss(towers.encode_images(batch.images), texts, batch.neutral)


def train_encoder(config: ClipConfig, split: Split, name: str, work: Path = WORK) -> BuiltinEncoder:
    """Train on ``split.train`` and return the encoder, nothing written."""
    ads = read_clothes()
    pictures = pooled_pictures(load_vision(config.vision), ads, config.views, work)
    sampler = PairSampler(ads, split, pictures, config.seed)
    towers, vocabulary = train_towers(sampler, config, work / "use.npz")
    return BuiltinEncoder(name, config.vision, towers, vocabulary)


def save_encoder(encoder: BuiltinEncoder, config: ClipConfig, minutes: float, out: Path) -> None:
    """Write weights, vocabulary and card (without calibration yet)."""
    save_weights(out / "model.safetensors", encoder.towers.state_dict())
    (out / "vocabulary.txt").write_text("\n".join(encoder.vocabulary) + "\n", encoding="utf-8")
    write_card(
        out,
        {
            "family": "builtin",
            "title": {
                "ru": "Встроенная модель «фото и текст»: одежда и обиходные вещи",
                "en": "Built-in image-text model: clothes and everyday things",
            },
            "parts": {"vision": config.vision},
            "towers": {"word_dim": config.word_dim, "hidden": config.hidden, "dim": config.dim},
            "training": {
                "command": "python -m training clip",
                "data": "shared/data/clothes (train photos and reference texts), Debian tuxpaint-stamps-default, "
                "names of the ImageNet kinds with the backbone's weight vectors, training/goods.tsv",
                "minutes": round(minutes, 1),
                "config": asdict(config),
            },
            "licence": "Apache-2.0",
        },
    )


def calibrate_checkpoint(name: str) -> dict[str, Any]:
    """Fit the match of any checkpoint of ``checkpoints/clip`` on the held-out photos, and write it into its card.

    Returns:
        What was measured, by calibrations that had not seen the photo judged.
    """
    encoder, folder = load_encoder(name), CHECKPOINTS / "clip" / name
    crowd = typical_photos(encoder, read_clothes(split="train"))
    calibration, report = measure(encoder, read_clothes(split="val"), crowd)
    save_weights(folder / CROWD_FILE, {"crowd": crowd})
    card = read_card(folder)
    write_card(folder, {**card, "calibration": calibration.to_json(), "scores": {"validation": report}})
    return report


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m training clip", description=__doc__)
    parser.add_argument("--calibrate", metavar="NAME", help="only fit and measure the match of this checkpoint")
    parser.add_argument("--split", choices=("given", "sender"), default="given", help="sender: measure only")
    parser.add_argument("--vision", default=ClipConfig.vision, help="folder in checkpoints/vision")
    options = parser.parse_args(arguments)
    if options.calibrate:
        report = calibrate_checkpoint(options.calibrate)
    else:
        report = _train(ClipConfig(vision=options.vision), options.split)
    print(json.dumps(report, ensure_ascii=False, indent=2))


def _train(config: ClipConfig, split_name: SplitName) -> dict[str, Any]:
    ads, started = read_clothes(), time.time()
    split = split_ads(ads, split_name)
    encoder = train_encoder(config, split, "builtin")
    if split_name == "sender":
        crowd = typical_photos(encoder, [ads[i] for i in split.train])
        return measure(encoder, [ads[i] for i in split.val], crowd)[1]
    save_encoder(encoder, config, (time.time() - started) / 60, CHECKPOINTS / "clip" / encoder.name)
    return calibrate_checkpoint(encoder.name)
