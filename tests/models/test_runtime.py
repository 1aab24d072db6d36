"""Writing with OpenVINO: what torch writes, by every road a captioner takes."""

import logging
from functools import partial
from itertools import zip_longest

import pytest
import torch

from models.captioners.base import Generation
from models.checkpoint import load_captioner
from models.runtime.openvino import CompiledLanguage, compile_language
from tests.models.tiny import checkpoint_tree, photo, prompt, saved_captioner

CARDS = {
    "prefix": {"family": "vit_rugpt2_prompt", "connector": {"grid": 2}},
    "cross-attention": {"family": "vit_rugpt2", "photos": "single", "cells": 4},
}
PROMPTS = [
    prompt(photo("red")),
    prompt(text="<SINGLE>"),
    prompt(photo("green"), text="<VARIATIVE> белая юбка размер за"),
]
SETTINGS = {
    "greedy": Generation(num_beams=1, max_new_tokens=25),
    "beams": Generation(num_beams=4, max_new_tokens=25),
    "sampling": Generation(temperature=1.5, top_p=0.95, seed=3, max_new_tokens=25),
    "no repeats": Generation(num_beams=3, repetition_penalty=1.3, no_repeat_ngram_size=2, max_new_tokens=25),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return checkpoint_tree(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="module", params=CARDS)
def pair(request, root):
    """A captioner and the same one compiled; its weights are spread so that texts differ between inputs."""
    plain = saved_captioner(root, request.param, **CARDS[request.param])
    load_captioner.cache_clear()
    fast = load_captioner(request.param, root, runtime="openvino")
    for captioner in (plain, fast):
        spread(captioner.network)
    fast.compile("f32")
    assert fast.compiled and not plain.compiled
    return plain, fast


def spread(network):
    torch.manual_seed(4)
    with torch.no_grad():
        for weight in network.parameters():
            if weight.ndim > 1:
                weight.normal_(std=0.25)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_batch_of_unequal_prompts_is_written_as_torch_writes_it(pair, setting):
    plain, fast = (captioner.generate(PROMPTS, SETTINGS[setting]) for captioner in pair)
    assert plain == fast
    assert len(set(plain)) == len(PROMPTS)


@pytest.mark.parametrize("setting", ["greedy", "sampling"])
def test_the_stream_is_the_same(pair, setting):
    plain, fast = (list(captioner.stream(PROMPTS[2], SETTINGS[setting])) for captioner in pair)
    assert plain == fast
    assert len(plain) > 5


def test_leaving_the_stream_stops_the_compiled_model(pair, monkeypatch):
    steps = []
    forward = CompiledLanguage.forward
    count = lambda self, *given, **named: steps.append(1) or forward(self, *given, **named)  # noqa: E731
    monkeypatch.setattr(CompiledLanguage, "__call__", count)
    stream = pair[1].stream(PROMPTS[0], Generation(num_beams=1, max_new_tokens=90))
    next(stream)
    stream.close()
    assert 1 <= len(steps) < 60


@pytest.mark.parametrize(("precision", "bound"), [("f32", 1e-4), ("bf16", 0.1), ("int8", 0.2)])
def test_scores_are_near_those_of_torch(pair, precision, bound):
    """Of the first written token; the error is told in standard deviations of the scores."""
    captioner = pair[0]
    with torch.inference_mode():
        generate = partial(
            compile_language(captioner.network, precision).generate, **captioner._model_inputs(PROMPTS),
            max_new_tokens=1, do_sample=False, return_dict_in_generate=True, output_logits=True,
        )  # fmt: skip
        scores = generate().logits[0]
        right = captioner.network.language(**captioner._model_inputs(PROMPTS[:1])).logits[:, -1]
    assert (scores[0] - right[0]).abs().max() < bound * right.std()


def test_two_generations_at_once_do_not_disturb_each_other(pair):
    """The two streams are read in turn, each from its own thread."""
    written = ["", ""]
    for texts in zip_longest(*(pair[1].stream(one, SETTINGS["greedy"]) for one in PROMPTS[::2])):
        written = [new or old for new, old in zip(texts, written, strict=True)]
    assert written == [pair[1].generate([one], SETTINGS["greedy"])[0] for one in PROMPTS[::2]]


def test_a_language_model_of_another_shape_goes_on_with_torch_and_the_log_says_so(root, caplog):
    shape = {"latents": 2, "depth": 1, "heads": 2, "every": 1, "cells": 4, "width": 32}
    saved_captioner(root, "flamingo", family="openflamingo", connector=shape)
    with caplog.at_level(logging.WARNING):
        captioner = load_captioner("flamingo", root, runtime="openvino")
    assert captioner.compiled is None and "flamingo writes with torch" in caplog.text
    assert captioner.generate([PROMPTS[0]], SETTINGS["greedy"])
    with pytest.raises(ValueError, match="FlamingoNetwork"):
        captioner.compile("f32")
