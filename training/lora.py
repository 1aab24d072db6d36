"""LoRA adapter of a captioner's language model (``python -m training lora``).

Only the low-rank matrices are trained (Hu et al. 2021, LoRA, through ``peft``), on the same mixture of captions, ads and
bundles as the base; the base checkpoint is named in the card, never copied.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from models.captioners.ruclipcap import RuClipCapNetwork, build_network
from models.checkpoint import CHECKPOINTS, load_weights, read_card, write_card
from models.language import load_tokenizer
from pipeline.settings import load_settings
from training.captioner import CaptionerConfig, fit, training_set

# GPT-2 keeps its matrices in Conv1D layers, (in, out): PEFT needs to be told.
TARGETS = ["c_attn", "c_proj", "c_fc"]


def train_lora(base: str, out: Path, work: Path, config: CaptionerConfig, rank: int = 16) -> None:
    """Train the adapter on top of ``checkpoints/captioners/BASE`` and write it to ``out/adapter``."""
    from peft import LoraConfig, get_peft_model

    folder = CHECKPOINTS / "captioners" / base
    card = read_card(folder)
    tokenizer = load_tokenizer(card["parts"]["language"])
    network = build_network(card, tokenizer)
    network.load_own(load_weights(folder / "model.safetensors"))
    network.requires_grad_(False)
    lora = LoraConfig(
        task_type="CAUSAL_LM", r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules=TARGETS,
        fan_in_fan_out=True,
    )  # fmt: skip
    get_peft_model(network.language, lora)
    touched = [name for name, p in network.named_parameters() if p.requires_grad]
    if len(touched) != 2 * 4 * network.language.config.n_layer:
        raise ValueError(f"the adapter should touch four matrices a layer, it touches {touched}")

    def save(trained: RuClipCapNetwork, held: float, minutes: float) -> None:
        _save_adapter(trained, lora, out / "adapter")
        write_card(out, _card(card, base, config, rank, held, minutes))

    fit(network, training_set(config, work.parent), tokenizer, config, work, save)


def _save_adapter(network: RuClipCapNetwork, lora: object, folder: Path) -> None:
    """Write adapter_config.json and adapter_model.safetensors as ``peft`` reads them."""
    from peft import get_peft_model_state_dict
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    state = get_peft_model_state_dict(network.language, adapter_name="default")
    state = {f"base_model.model.{k.removeprefix('base_model.model.')}": v.half().contiguous() for k, v in state.items()}
    save_file(state, folder / "adapter_model.safetensors")
    lora.save_pretrained(folder)


def _card(base_card: dict, base: str, config: CaptionerConfig, rank: int, held: float, minutes: float) -> dict:
    return base_card | {
        "title": {"ru": "ruClipCap + LoRA, много фото", "en": "ruClipCap + LoRA, many photos"},
        "parts": base_card["parts"] | {"base": base},
        "training": {
            "command": f"python -m training lora --base {base}",
            "data": "shared/data/clothes (train photos, reference ads with sampled attributes, bundles)",
            "minutes": round(minutes, 1),
            "config": asdict(config) | {"rank": rank},
        },
        "scores": {"validation_loss": round(held, 4)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default=load_settings().captioner)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()
    config = replace(CaptionerConfig(), lr=5e-4, epochs=arguments.epochs, weight_decay=0.0, ema=0.99, seed=1)
    out = CHECKPOINTS / "captioners" / f"{arguments.base}-lora"
    train_lora(arguments.base, out, Path("runs/lora"), config)
