"""The ruDOLPH family as built-in: backbone features, k-means codes, a tiny random transformer."""

import shutil

import pytest
import torch

from models.batch import collate, tokenize_pairs
from models.captioners.base import Generation
from models.captioners.rudolph import CODEBOOK
from models.checkpoint import load_captioner, own_state, save_weights
from models.language import MARKS, PREFIX_TOKEN
from models.rudolph.codes import PhotoCodes
from models.rudolph.network import RudolphConfig, RudolphModel
from tests.models.tiny import checkpoint_tree, next_scores, photo, prompt, saved_captioner

SHAPE = {
    "num_hidden_layers": 5, "hidden_size": 64, "num_attention_heads": 2, "left": 24, "side": 2, "right": 20,
    "kernel": 1, "last_kernel": 3,
}  # fmt: skip
COLOURS = ("red", "green", "blue")


@pytest.fixture(scope="module")
def captioner(tmp_path_factory):
    root = checkpoint_tree(tmp_path_factory.mktemp("checkpoints"))
    torch.manual_seed(3)
    save_weights(root / "captioners/tiny" / CODEBOOK, {"centres": torch.rand(16, 1280)})
    connector = {"kind": "query", "queries": 3, "layers": 1, "cells": 4}
    captioner = saved_captioner(root, "tiny", family="rudolph", connector=connector, shape=SHAPE)
    captioner.root = root
    return captioner


def test_it_is_tiny(captioner):
    assert sum(weight.numel() for weight in captioner.network.parameters()) < 3e6


def test_a_prompt_is_soft_prompt_left_text_codes_right_text(captioner):
    ids, mask = captioner.tokenize([prompt(photo("red"), photo("blue")), prompt()])
    tokens = captioner.tokenizer.convert_ids_to_tokens(ids[0])
    soft = ["<IMG_1>", *[PREFIX_TOKEN] * 3, "<IMG_2>", *[PREFIX_TOKEN] * 3]
    left = ["<s>", "<SINGLE>", "белая", "юбка", "</s>"]
    assert tokens == [*soft, *left, *[PREFIX_TOKEN] * 4, "<s>", "Объявление", ":"]
    places = captioner.network.places(ids, mask)
    assert places[0].tolist() == [*[-1] * 8, *range(5), *range(24, 28), *range(28, 31)]
    assert places[1].tolist()[-9:] == [-1, *range(7), 28], "without a photo all words stand on the left"
    for mark in (*MARKS, "<PRICE>", "<SIZE>"):
        assert len(captioner.tokenizer(mark, add_special_tokens=False)["input_ids"]) == 1


@pytest.mark.parametrize("text", ["юбка " * 40, "ю" * 500, "😀" * 60], ids=["words", "a word", "emoji"])
def test_a_long_text_is_cut_to_the_places_there_are(captioner, text):
    ids, mask = captioner.tokenize([prompt(photo("red"), text=f"<SINGLE> {text}")])
    places = captioner.network.places(ids, mask)
    assert places[places < SHAPE["left"]].max() < SHAPE["left"]
    assert captioner.generate([prompt(photo("red"), text=text)])


def test_changing_any_photo_changes_the_scores(captioner):
    photos = [photo(colour) for colour in COLOURS]
    before = next_scores(captioner, prompt(*photos))
    assert torch.equal(next_scores(captioner, prompt(*photos)), before)
    for place in range(3):
        changed = [*photos[:place], photo("white"), *photos[place + 1 :]]
        assert not torch.equal(next_scores(captioner, prompt(*changed)), before)


@torch.inference_mode()
def test_the_cover_is_read_as_codes_too(captioner, monkeypatch):
    photos = [photo(colour) for colour in COLOURS]
    ids, mask = captioner.tokenize([prompt(*photos), prompt(*photos[1:])])
    features = captioner.vision.tokens([*photos, *photos[1:]])
    nearest = PhotoCodes.nearest(features.flatten(0, 1).unique(dim=0))
    monkeypatch.setitem(captioner.network._modules, "codes", nearest)
    codes = captioner.network.codes(features[[0, 3]])
    assert not torch.equal(*codes), "the photos must differ for the comparison to mean anything"
    places = captioner.network.places(ids, mask)
    embeddings = captioner.network.embed(ids, places, features)
    expected = captioner.network.language.embed(codes, torch.arange(24, 28).expand(2, -1))
    for row in range(2):
        assert torch.equal(embeddings[row][(places[row] >= 24) & (places[row] < 28)], expected[row])


def test_the_hidden_token_and_the_text_change_the_scores(captioner):
    one = photo("red")
    before = next_scores(captioner, prompt(one))
    assert (next_scores(captioner, prompt(one, text="<VARIATIVE> белая юбка")) - before).abs().max() > 1e-5
    assert (next_scores(captioner, prompt(one, text="<SINGLE> чёрная куртка")) - before).abs().max() > 1e-5


@pytest.mark.parametrize("beams", [1, 3])
def test_a_batch_writes_what_single_prompts_write(captioner, beams):
    prompts = [prompt(photo("red"), photo("blue")), prompt(), prompt(photo("green"), text="<SINGLE>")]
    generation = Generation(num_beams=beams, max_new_tokens=12)
    assert captioner.generate(prompts, generation) == [captioner.generate([p], generation)[0] for p in prompts]


@torch.inference_mode()
def test_the_cache_changes_nothing(captioner):
    inputs = captioner._model_inputs([prompt(photo("red"), photo("blue")), prompt(photo("green"))])
    arguments = captioner._arguments(Generation(num_beams=1, max_new_tokens=10))
    plain = _greedy_without_cache(captioner.network.language, inputs, arguments["suppress_tokens"], 10)
    assert torch.equal(captioner.network.generate(**inputs, **arguments), plain)


def _greedy_without_cache(language, inputs, never, length):
    embeddings, mask, places = (inputs[name] for name in ("inputs_embeds", "attention_mask", "position_ids"))
    written, done = [], torch.zeros(len(mask), dtype=torch.bool)
    for _ in range(length):
        scores = language(inputs_embeds=embeddings, attention_mask=mask, position_ids=places).logits[:, -1]
        scores[:, never] = -torch.inf
        token = torch.where(done, language.config.pad_token_id, scores.argmax(-1))
        written.append(token)
        done |= token == language.config.eos_token_id
        places = torch.cat([places, places[:, -1:] + 1], 1)
        embeddings = torch.cat([embeddings, language.embed(token[:, None], places[:, -1:])], 1)
        mask = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
        if done.all():
            break
    return torch.stack(written, 1)


def test_training_and_generation_score_alike(captioner):
    prompts, targets = [prompt(photo("red"), photo("blue")), prompt(photo("green"))], ["юбка за", "куртка"]
    given, wanted = tokenize_pairs(captioner.tokenizer, [captioner.prompt_text(p) for p in prompts], targets)
    features = captioner.vision.tokens([one for p in prompts for one in p.photos])
    batch = collate(given, wanted, features, captioner.tokenizer.pad_token_id, torch.zeros(2, dtype=torch.long))
    with torch.inference_mode():
        scores = captioner.network(batch)
    assert scores.shape == (len(batch.wanted), len(captioner.tokenizer))
    for first, one in zip((0, len(wanted[0])), prompts, strict=True):
        assert torch.allclose(scores[first], next_scores(captioner, one), atol=1e-5)


def test_a_target_without_places_is_refused(captioner):
    given, wanted = tokenize_pairs(captioner.tokenizer, [captioner.prompt_text(prompt())], ["юбка " * 30])
    batch = collate(given, wanted, torch.empty(0), 0, torch.zeros(1, dtype=torch.long))
    with pytest.raises(ValueError, match="20 tokens"):
        captioner.network(batch)


def test_the_text_ends_with_the_places(captioner):
    never_ends = captioner._arguments(Generation(num_beams=1, max_new_tokens=500)) | {"eos_token_id": None}
    with torch.inference_mode():
        ids = captioner.network.generate(**captioner._model_inputs([prompt(photo("red"))]), **never_ends)
    assert ids.shape == (1, SHAPE["right"] - 3)


def test_streaming_and_sampling(captioner):
    one = prompt(photo("red"))
    *_, last = captioner.stream(one)
    assert last == captioner.generate([one])[0]
    wild = Generation(temperature=2.0, top_p=1.0, seed=1, max_new_tokens=15)
    assert captioner.generate([one], wild) == captioner.generate([one], wild)
    stream = captioner.stream(one, wild)
    next(stream)
    stream.close()


def test_saved_and_loaded_it_scores_the_same(captioner):
    folder = captioner.root / "captioners"
    shutil.copytree(folder / "tiny", folder / "again")
    save_weights(folder / "again/model.safetensors", own_state(captioner.network))
    again = load_captioner("again", captioner.root)
    one = prompt(photo("red"), photo("blue"))
    assert torch.equal(next_scores(again, one), next_scores(captioner, one))


def test_a_missing_codebook_says_how_to_make_it(captioner):
    folder = captioner.root / "captioners"
    shutil.copytree(folder / "tiny", folder / "uncoded", ignore=shutil.ignore_patterns(CODEBOOK))
    with pytest.raises(FileNotFoundError, match=r"uncoded: codebook\.safetensors is missing.*training codebook"):
        load_captioner("uncoded", captioner.root)


def test_codes_are_the_nearest_centres():
    torch.manual_seed(0)
    cells, centres = torch.randn(3, 5, 8), torch.randn(11, 8)
    assert torch.equal(PhotoCodes.nearest(centres)(cells), torch.cdist(cells, centres.expand(3, -1, -1)).argmin(-1))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_scores_beyond_half_precision_do_not_break_attention(dtype):
    """What PB-relax is for: attention scores of 10^5 are too large for float16."""
    torch.manual_seed(0)
    model = RudolphModel(RudolphConfig(**SHAPE, vocab_size=30, image_vocab_size=10)).eval()
    for layer in model.transformer.layers:
        layer.attention.query_key_value.weight.data *= 2000
    ids, places = torch.randint(4, 10, (2, 48)), torch.arange(48).expand(2, -1)
    with torch.inference_mode():
        exact = model(ids, torch.ones(2, 48), places).logits
        query, key, _ = (
            model.transformer.layers[0]
            .attention.query_key_value(model.transformer.layers[0].input_layernorm(model.embed(ids, places)))
            .chunk(3, -1)
        )
        assert (query @ key.transpose(1, 2)).abs().max() > 1e5
        half = model.to(dtype)(ids, torch.ones(2, 48), places).logits
    assert half.isfinite().all()
    assert (half.float() - exact).abs().mean() < exact.std()


def test_the_loss_reaches_every_weight(captioner):
    one = prompt(photo("red"), photo("blue"))
    given, wanted = tokenize_pairs(captioner.tokenizer, [captioner.prompt_text(one)], ["юбка за"])
    features = torch.randn(2, 4, 1280)
    batch = collate(given, wanted, features, captioner.tokenizer.pad_token_id, torch.zeros(1, dtype=torch.long))
    captioner.network.train()
    torch.nn.functional.cross_entropy(captioner.network(batch), batch.wanted).backward()
    captioner.network.eval()
    untouched = [name for name, weight in captioner.network.named_parameters() if not weight.grad.abs().max() > 0]
    captioner.network.zero_grad()
    assert untouched == []
