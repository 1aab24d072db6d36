"""The ruClipCap family on a tiny random network."""

import json
from dataclasses import replace

import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config

from models.captioners.base import Generation, Prompt
from models.checkpoint import build_captioner, list_captioners, load_captioner, own_state, save_weights, write_card
from models.language import HIDDEN_TOKENS, PHOTO_TOKENS, PREFIX_TOKEN
from models.photo import Photo
from models.vision import efficientnet_lite0

WORDS = "белая чёрная юбка куртка размер цена отдам за и на Объявление : . , 1 2".split()
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>", *HIDDEN_TOKENS, *PHOTO_TOKENS, PREFIX_TOKEN, "<PRICE>", "<SIZE>"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A checkpoint tree with a random backbone, a word tokenizer and a tiny captioner."""
    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("checkpoints")
    save_weights(root / "vision/eye/model.safetensors", efficientnet_lite0().state_dict())
    write_card(root / "vision/eye", {"family": "efficientnet-lite0", "image_size": 64})
    vocabulary = {token: i for i, token in enumerate([*SPECIAL, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(SPECIAL)
    (root / "language/lm").mkdir(parents=True)
    tokenizer.save(str(root / "language/lm/tokenizer.json"))
    GPT2Config(
        vocab_size=len(vocabulary), n_layer=2, n_embd=64, n_head=2, n_positions=128,
        pad_token_id=0, bos_token_id=1, eos_token_id=2,
    ).save_pretrained(root / "language/lm")  # fmt: skip
    card = {
        "family": "ruclipcap", "title": {"ru": "Проба", "en": "Trial"}, "photos": "many",
        "parts": {"vision": "eye", "language": "lm"},
        "connector": {"kind": "query", "queries": 3, "layers": 1, "cells": 4},
        "generation": {"num_beams": 1, "max_new_tokens": 12},
    }  # fmt: skip
    folder = root / "captioners/tiny"
    save_weights(folder / "model.safetensors", own_state(build_captioner(folder, card).network))
    write_card(folder, card)
    return root


@pytest.fixture(scope="module")
def captioner(root):
    return load_captioner("tiny", root)


def photo(color):
    return Photo(
        "p.jpg", Image.effect_noise((80, 60), 40).convert("RGB") if color is None else Image.new("RGB", (80, 60), color)
    )


def prompt(*photos, text="<SINGLE> белая юбка"):
    marks = " ".join(PHOTO_TOKENS[: len(photos)])
    return Prompt(f"{text} {marks} Объявление :", tuple(photos))


@torch.inference_mode()
def logits(captioner, prompt):
    return captioner.network.language(**captioner._model_inputs([prompt])).logits[0, -1]


def test_every_photo_token_is_followed_by_its_prefix(captioner):
    ids, mask = captioner.tokenize([prompt(photo("red"), photo("blue")), prompt()])
    tokens = captioner.tokenizer.convert_ids_to_tokens(ids[0])
    for mark in ("<IMG_1>", "<IMG_2>"):
        at = tokens.index(mark)
        assert tokens[at + 1 : at + 4] == [PREFIX_TOKEN] * 3
    assert mask[1].sum() < mask[0].sum()


def test_changing_any_photo_changes_the_logits(captioner):
    photos = [photo("red"), photo("green"), photo("blue")]
    before = logits(captioner, prompt(*photos))
    for place in range(3):
        changed = list(photos)
        changed[place] = photo("white")
        # The random backbone barely tells colours apart, but the same input gives the same bits.
        assert torch.equal(logits(captioner, prompt(*photos)), before)
        assert not torch.equal(logits(captioner, prompt(*changed)), before)


def test_the_hidden_token_and_the_text_change_the_logits(captioner):
    one = photo("red")
    before = logits(captioner, prompt(one))
    assert (logits(captioner, prompt(one, text="<VARIATIVE> белая юбка")) - before).abs().max() > 1e-5
    assert (logits(captioner, prompt(one, text="<SINGLE> чёрная куртка")) - before).abs().max() > 1e-5


def test_a_batch_writes_what_single_prompts_write(captioner):
    prompts = [prompt(photo("red"), photo("blue")), prompt(), prompt(photo("green"), text="<SINGLE>")]
    together = captioner.generate(prompts)
    assert together == [captioner.generate([p])[0] for p in prompts]


def test_streaming_ends_with_the_generated_text(captioner):
    one = prompt(photo("red"))
    *_, last = captioner.stream(one)
    assert last == captioner.generate([one])[0]


def test_leaving_the_stream_stops_the_generation(captioner):
    stream = captioner.stream(prompt(photo("red")), Generation(num_beams=1, max_new_tokens=100))
    next(stream)
    stream.close()


def test_only_allowed_placeholders_are_written(captioner):
    for seed in range(5):
        generation = Generation(max_new_tokens=60, temperature=2.0, top_p=1.0, seed=seed)
        text = captioner.generate(
            [prompt(photo("red"))], replace(generation, allowed_placeholders=frozenset({"<SIZE>"}))
        )
        assert "<PRICE>" not in text[0]
        assert not any(mark in text[0] for mark in (*HIDDEN_TOKENS, *PHOTO_TOKENS, PREFIX_TOKEN))


def test_no_digit_is_ever_written(captioner):
    for seed in range(5):
        text = captioner.generate(
            [prompt(photo("red"))], Generation(max_new_tokens=60, temperature=3.0, top_p=1.0, seed=seed)
        )
        assert not any(character.isdigit() for character in text[0])


def test_a_seed_repeats_and_another_differs(captioner):
    texts = [
        captioner.generate([prompt(photo("red"))], Generation(max_new_tokens=20, temperature=2.0, top_p=1.0, seed=seed))
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_a_photo_is_embedded_once(captioner, monkeypatch):
    seen = []
    extract = captioner.vision.network.extract_features
    monkeypatch.setattr(captioner.vision.network, "extract_features", lambda x: seen.append(len(x)) or extract(x))
    one = photo("yellow")
    captioner.generate([prompt(one)])
    captioner.generate([prompt(one)])
    assert seen == [1]


def test_broken_folders_are_listed_with_the_reason(root):
    (root / "captioners/no-card").mkdir()
    write_card(root / "captioners/strange", {"family": "telepathy"})
    write_card(root / "captioners/no-weights", {"family": "ruclipcap"})
    (root / "captioners/bad-json").mkdir()
    (root / "captioners/bad-json/checkpoint.json").write_text("{", encoding="utf-8")
    infos = {info.name: info for info in list_captioners(root)}
    assert infos["tiny"].ready
    for name, reason in {
        "no-card": "checkpoint.json", "strange": "telepathy", "no-weights": "model.safetensors", "bad-json": "JSON",
    }.items():  # fmt: skip
        assert not infos[name].ready
        assert reason in infos[name].why


def test_an_unknown_checkpoint_says_which_there_are(root):
    with pytest.raises(FileNotFoundError, match="tiny"):
        load_captioner("nothing", root)
    with pytest.raises(FileNotFoundError):
        load_captioner("../vision/eye", root)


def test_the_card_keeps_cyrillic(root):
    assert "Проба" in (root / "captioners/tiny/checkpoint.json").read_text(encoding="utf-8")
    assert json.loads((root / "captioners/tiny/checkpoint.json").read_text(encoding="utf-8"))["photos"] == "many"
