"""A run that is killed and goes on ends where an undisturbed one ends; what is frozen stays as it was."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from models.captioners.base import Generation
from models.captioners.ruclipcap import RuClipCap
from models.connectors import QueryConnector
from models.language import HIDDEN_TOKENS, PHOTO_TOKENS, PREFIX_TOKEN
from models.networks import PrefixNetwork
from training.adapters import LoraSettings
from training.captioner import freeze_all_but
from training.captioner_data import Example
from training.features import FeatureCache
from training.fit import TrainingSet, fit
from training.run_config import RunConfig

WORDS = ["<pad>", "<s>", "</s>", "<unk>", *HIDDEN_TOKENS, *PHOTO_TOKENS, PREFIX_TOKEN, "белая", "юбка", "куртка"]
CONFIG = RunConfig(card={}, epochs=2, batch=4, lr=0.01, ema=0.5, save_every=3)


def captioner(seed=0):
    torch.manual_seed(seed)
    vocabulary = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="<unk>"))
    vocabulary.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    vocabulary.add_special_tokens(WORDS[:-3])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=vocabulary, pad_token="<pad>", bos_token="<s>", eos_token="</s>", padding_side="left"
    )
    language = GPT2LMHeadModel(GPT2Config(vocab_size=len(WORDS), n_layer=1, n_embd=64, n_head=1, n_positions=64))
    network = PrefixNetwork(language, QueryConnector(8, 64, 2, 1, 4), WORDS.index(PREFIX_TOKEN))
    return RuClipCap("tiny", network, tokenizer, SimpleNamespace(name="eye"), Generation(max_new_tokens=6))


def data():
    maps = np.random.default_rng(0).normal(size=(6, 8, 2, 2)).astype(np.float16)
    examples = [
        Example("<SINGLE> <IMG_1>", (row,), ("белая юбка", "куртка")[row % 2]) for row in range(6) for _ in range(4)
    ]
    sampler = SimpleNamespace(epoch=lambda number: examples)
    return TrainingSet(sampler, FeatureCache(maps), examples[:4], FeatureCache(maps))


def run(work, config=CONFIG, stop_after=None):
    trained = captioner()
    freeze_all_but(trained.network, config)
    saved = []

    def save(network, held, minutes):
        saved.append({name: weight.clone() for name, weight in network.state_dict().items()})
        if len(saved) == stop_after:
            raise KeyboardInterrupt

    fit(trained, data(), config, work, save)
    return saved[-1]


def test_the_loss_falls(tmp_path, capsys):
    run(tmp_path, CONFIG.model_copy(update={"epochs": 6}))
    losses = [float(line.split("validation ")[1].split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert losses[-1] < 0.5 * losses[0]


def test_a_killed_run_ends_like_an_undisturbed_one(tmp_path):
    undisturbed = run(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed", stop_after=1)
    resumed = run(tmp_path / "killed")
    for name, weight in undisturbed.items():
        assert torch.equal(weight, resumed[name]), name


def test_what_is_frozen_stays(tmp_path):
    lora = LoraSettings(rank=2, targets=r"language\..*c_attn")
    config = CONFIG.model_copy(update={"trains": "^connector", "lora": lora, "epochs": 1})
    before, after = captioner().network.state_dict(), run(tmp_path, config)
    assert torch.equal(
        after["language.transformer.h.0.attn.c_attn.base_layer.weight"],
        before["language.transformer.h.0.attn.c_attn.weight"],
    )
    assert torch.equal(after["language.transformer.wte.weight"], before["language.transformer.wte.weight"])
    assert not torch.equal(after["connector.queries"], before["connector.queries"])
    assert after["language.transformer.h.0.attn.c_attn.lora_B.default.weight"].abs().max() > 0


def test_weights_that_do_not_exist_are_named():
    with pytest.raises(ValueError, match="mapper"):
        freeze_all_but(captioner().network, CONFIG.model_copy(update={"trains": "mapper"}))
