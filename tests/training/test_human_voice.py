"""The human-voice term raises the reward of what is written; its gradient is that of the expected reward."""

import numpy as np
import pytest
import torch

from metrics.cider import DocumentFrequencies
from tests.training.test_captioner import CONFIG, captioner, data
from training.captioner import freeze_all_but
from training.captioner_data import Example
from training.fit import batches, fit
from training.human_voice import Reward, VoiceSettings, reward_of, voice_loss

SETTINGS = VoiceSettings(alpha=1.0, beta=0.5, rows=12)


def test_the_reward_is_cider_minus_likeness_to_the_assistant():
    examples = [
        Example("", (), "белая юбка в горошек", "Представляем вашему вниманию элегантную юбку!"),
        Example("", (), "чёрная куртка с капюшоном"),
    ]
    reward = Reward(DocumentFrequencies.of([["белая юбка в горошек"], ["чёрная куртка с капюшоном"]]), SETTINGS)
    own, bare = reward(["белая юбка в горошек", "чёрная куртка с капюшоном"], examples).tolist()
    assert bare == pytest.approx(1.0)  # CIDEr 10 of 10, nothing to take off
    pompous, _ = reward(["Представляем вашему вниманию элегантную юбку!", ""], examples).tolist()
    assert own > 0.5 and pompous == pytest.approx(-0.5, abs=1e-3)


def test_a_text_that_beats_the_greedy_one_is_made_likelier(monkeypatch):
    trained = captioner()
    examples, batch = next(batches(trained, data().sampler.epoch(0), data().cache, 12, 1, np.random.default_rng(0)))
    monkeypatch.setattr(
        "training.human_voice._write",
        lambda c, p, m, ph, hot: [("юбка", "белая")[row % 2] if hot else "куртка" for row in range(len(p))],
    )
    reward = reward_of(examples, SETTINGS)
    monkeypatch.setattr(Reward, "__call__", lambda self, texts, _: torch.tensor([float(t == "юбка") for t in texts]))
    loss, rewards = voice_loss(trained, trained.network, batch, examples, reward)
    assert rewards == {"reward_sampled": 0.5, "reward_greedy": 0.0}
    loss.backward()
    with torch.no_grad():
        for weight in trained.network.parameters():
            if weight.grad is not None:
                weight -= 0.01 * weight.grad
    after, _ = voice_loss(trained, trained.network, batch, examples, reward)
    assert after < loss  # «юбка» has become likelier against «белая»


def test_a_run_with_the_term_writes_texts_of_higher_reward(tmp_path):
    """References differ by photo; the term alone (no cross-entropy would do it so fast) must lift the greedy reward."""
    trained = captioner()
    config = CONFIG.model_copy(update={"voice": VoiceSettings(alpha=2.0, beta=0.0, rows=8), "epochs": 8, "batch": 8})
    freeze_all_but(trained.network, config)
    reward = reward_of(data().sampler.epoch(0), config.voice)

    def greedy_reward():
        examples, batch = next(batches(trained, data().sampler.epoch(0), data().cache, 24, 1, np.random.default_rng(0)))
        return voice_loss(trained, trained.network, batch, examples, reward)[1]["reward_greedy"]

    before = greedy_reward()
    fit(trained, data(), config, tmp_path, lambda *_: None)
    assert greedy_reward() > before + 0.2
