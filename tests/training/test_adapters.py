"""A LoRA adapter survives saving and loading, and one that fits nothing is refused."""

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from models.batch import collate
from models.checkpoint import apply_adapter
from models.connectors import QueryConnector
from models.networks import PrefixNetwork
from training.adapters import LoraSettings, add_adapter, save_adapter

LORA = LoraSettings(rank=4, targets=r"language\..*\.(c_attn|c_proj|c_fc)")


def network(seed=0):
    torch.manual_seed(seed)
    config = GPT2Config(vocab_size=50, n_layer=2, n_embd=64, n_head=2, n_positions=32)
    return PrefixNetwork(GPT2LMHeadModel(config), QueryConnector(16, 64, 2, 1, 4), prefix_id=3).eval()


def logits(net):
    with torch.inference_mode():
        return net(collate([[1, 3, 3, 7]], [[8, 9, 2]], torch.ones(1, 4, 16), 0, torch.zeros(1, dtype=torch.long)))


def saved_adapter(folder, spread):
    net = network()
    assert len(add_adapter(net, LORA)) == 2 * 4
    with torch.no_grad():
        for name, weight in net.named_parameters():
            if "lora_B" in name:
                weight.normal_(0, spread)
    save_adapter(net, LORA, folder)
    return net.eval()


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


def test_targets_that_match_nothing_are_refused():
    with pytest.raises(ValueError, match="query"):
        add_adapter(network(), LoraSettings(targets="query"))
