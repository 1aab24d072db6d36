"""Every run of ``training/configs``: one step trains what it says and nothing else, and its adapter lands where it should."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from models.batch import collate, tokenize_pairs
from models.captioners.base import Prompt
from models.checkpoint import CHECKPOINTS, build_captioner, chosen
from pipeline.prompt import write_prompt
from training.captioner import freeze_all_but, read_config

# A run of ruDOLPH waits for its codebook; tests/models/test_rudolph.py trains one.
CONFIGS = [path for path in sorted(Path("training/configs").glob("*.yaml")) if not path.stem.startswith("rudolph")]


def missing_part(card):
    """A captioner whose Q-Former this one takes and that is not trained yet."""
    lender = card["parts"].get("qformer")
    return lender and not (CHECKPOINTS / "captioners" / lender / "model.safetensors").is_file() and lender


def one_batch(captioner, cells=49):
    prompts = [write_prompt("<SINGLE>", "Цвет: белый", 1, "ad"), write_prompt("<VARIATIVE>", "", 3, "caption")]
    texts = [captioner.prompt_text(Prompt(prompt)) for prompt in prompts]
    given, wanted = tokenize_pairs(captioner.tokenizer, texts, ["Белая юбка.", "Юбка, куртка и платье."])
    features = torch.rand(4, cells, captioner.vision.dim)
    return collate(given, wanted, features, captioner.tokenizer.pad_token_id, torch.zeros(2).long())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_one_step_trains_what_the_run_says(path):
    config = read_config(path)
    card = dict(config.card)
    if lender := missing_part(card):
        # The shape of the Q-Former is in the card as well: the run itself waits for its weights.
        card["parts"] = {name: part for name, part in card["parts"].items() if part != lender}
    torch.manual_seed(0)
    captioner = build_captioner(CHECKPOINTS / "captioners" / path.stem, card)
    network = captioner.network
    freeze_all_but(network, config)
    network.train()
    before = {name: weight.clone() for name, weight in network.named_parameters()}
    optimiser = torch.optim.AdamW([weight for weight in network.parameters() if weight.requires_grad], lr=0.01)
    batch = one_batch(captioner)
    for _ in range(2):  # behind a closed gate, and behind LoRA's zeros, gradients come with the second step
        optimiser.zero_grad()
        F.cross_entropy(network(batch), batch.wanted).backward()
        optimiser.step()
    moved = {name for name, weight in network.named_parameters() if not torch.equal(weight, before[name])}
    adapter = {name for name in before if ".lora_" in name}
    whole = {name for name in before.keys() - adapter if chosen(name, config.trains or ("" if config.lora else None))}
    assert moved == whole | adapter
    assert all(name.startswith("language.") for name in adapter)
    assert bool(adapter) == (config.lora is not None)
