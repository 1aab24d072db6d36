"""A LoRA adapter survives saving and loading, and a foreign one is refused."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import GPT2Config, GPT2LMHeadModel

from models.captioners.ruclipcap import RuClipCapNetwork, apply_adapter
from models.connectors import QueryConnector
from training.lora import TARGETS, _save_adapter


def network(seed=0):
    torch.manual_seed(seed)
    config = GPT2Config(vocab_size=50, n_layer=2, n_embd=64, n_head=2, n_positions=32)
    return RuClipCapNetwork(GPT2LMHeadModel(config), QueryConnector(16, 64, 2, 1, 2), prefix_id=3).eval()


def logits(net):
    with torch.inference_mode():
        return net.language(inputs_embeds=net.embed(torch.tensor([[1, 3, 3, 7]]), torch.ones(1, 16, 2, 2))).logits


def saved_adapter(folder, spread):
    net = network()
    lora = LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=8, target_modules=TARGETS, fan_in_fan_out=True)
    get_peft_model(net.language, lora)
    with torch.no_grad():
        for name, weight in net.named_parameters():
            if "lora_B" in name:
                weight.normal_(0, spread)
    net.eval()
    _save_adapter(net, lora, folder)
    return net


def test_logits_are_the_same_after_save_and_load(tmp_path):
    trained = saved_adapter(tmp_path, spread=0.3)
    loaded = network()
    assert (logits(loaded) - logits(trained)).abs().max() > 0.05
    apply_adapter(loaded, tmp_path)
    torch.testing.assert_close(logits(loaded.eval()), logits(trained), atol=5e-3, rtol=1e-2)


def test_an_adapter_that_changes_nothing_is_refused(tmp_path):
    saved_adapter(tmp_path, spread=0.0)
    with pytest.raises(ValueError, match="fits no module"):
        apply_adapter(network(), tmp_path)
