"""OpenFlamingo: every photo reaches every token; the published format gives what ``open_flamingo`` gives."""

import copy
import json

import open_clip
import pytest
import torch
from transformers import (
    AutoTokenizer,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    MptConfig,
    MptForCausalLM,
    OPTConfig,
    OPTForCausalLM,
)  # fmt: skip

from models.captioners.base import Generation
from models.captioners.openflamingo import IMAGE
from models.checkpoint import load_captioner, own_state, save_weights, write_card
from models.language import MARKS
from tests.models.tiny import SPECIAL, WORDS, checkpoint_tree, photo, prompt, saved_captioner, word_tokenizer

SHAPE = {"cells": 4, "width": 32, "latents": 3, "depth": 1, "heads": 2, "every": 1}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return checkpoint_tree(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="module")
def newborn(root):
    return saved_captioner(root, "newborn", family="openflamingo", connector=SHAPE)


@pytest.fixture(scope="module")
def captioner(root, newborn):
    """Its gates are open, as training opens them."""
    card = json.loads((root / "captioners/newborn/checkpoint.json").read_text(encoding="utf-8"))
    network = copy.deepcopy(newborn.network)
    open_gates(network.gates.values())
    save_weights(root / "captioners/tiny/model.safetensors", own_state(network))
    write_card(root / "captioners/tiny", card)
    return load_captioner("tiny", root)


def open_gates(gates):
    for gate in gates:
        gate.attn_gate.data.fill_(0.75)
        gate.ff_gate.data.fill_(-0.5)


@torch.inference_mode()
def scores(captioner, *prompts):
    """(B, V) scores of the first written token."""
    inputs = captioner._model_inputs(prompts)
    inputs["position_ids"] = (inputs["attention_mask"].cumsum(1) - 1).clamp(min=0)
    with captioner.network.showing(inputs.pop("media"), inputs.pop("there")):
        return captioner.network.language(**inputs).logits[:, -1]


def test_it_is_small(captioner):
    assert sum(weight.numel() for weight in captioner.network.parameters()) < 3e6


def test_closed_gates_leave_the_language_model_as_it_is(newborn):
    one = prompt(photo("red"))
    with torch.inference_mode():
        inputs = newborn._model_inputs([one])
        blind = copy.deepcopy(inputs) | {"there": torch.zeros(1, 0).bool(), "media": torch.zeros(1, 0, 32)}
        written = newborn.network.generate(**inputs, max_new_tokens=5)
        assert torch.equal(written, newborn.network.generate(**blind, max_new_tokens=5))
    assert torch.equal(scores(newborn, one), scores(newborn, prompt(photo("blue"))))


def test_saved_and_loaded_networks_are_equal(captioner, root):
    load_captioner.cache_clear()
    one = prompt(photo("red"), photo("blue"))
    assert torch.equal(scores(load_captioner("tiny", root), one), scores(captioner, one))


def test_every_photo_and_the_text_change_the_scores(captioner):
    photos = [photo("red"), photo("green"), photo("blue")]
    before = scores(captioner, prompt(*photos))
    for place in range(3):
        changed = [*photos[:place], photo("white"), *photos[place + 1 :]]
        assert not torch.equal(scores(captioner, prompt(*changed)), before)
    assert not torch.equal(scores(captioner, prompt(*photos, text="<VARIATIVE>")), before)


@torch.inference_mode()
def test_a_token_before_the_photos_sees_them(captioner):
    """The text stands before the photos; in the original a token sees only photos that stand before it."""
    first = []
    for colour in ("red", "white"):
        inputs = captioner._model_inputs([prompt(photo(colour))])
        with captioner.network.showing(inputs.pop("media"), inputs.pop("there")):
            first.append(captioner.network.language(**inputs).logits[0, 0])
    assert not torch.equal(*first)


def test_ads_of_different_photo_counts_share_a_batch(captioner):
    prompts = [prompt(photo("red"), photo("blue")), prompt(), prompt(photo("green"), text="<SINGLE>")]
    together = scores(captioner, *prompts)
    for row, one in enumerate(prompts):
        torch.testing.assert_close(together[row], scores(captioner, one)[0], atol=1e-5, rtol=0)
    for generation in (captioner.defaults, Generation(num_beams=3, max_new_tokens=8)):
        assert captioner.generate(prompts, generation) == [captioner.generate([p], generation)[0] for p in prompts]


def test_sampling_streaming_and_leaving(captioner):
    one = prompt(photo("red"), photo("blue"))
    *_, last = captioner.stream(one)
    assert last == captioner.generate([one])[0]
    texts = [captioner.generate([one], Generation(temperature=2.0, top_p=1.0, seed=seed))[0] for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    stream = captioner.stream(one, Generation(num_beams=1, max_new_tokens=100))
    next(stream)
    stream.close()


def test_the_hooks_of_a_copy_are_its_own(captioner):
    """Training averages a copy of the network."""
    other = copy.deepcopy(captioner.network)
    one = prompt(photo("red"))
    before = scores(captioner, one)
    for gate in other.gates.values():
        gate.attn_gate.data.zero_()
        gate.ff_gate.data.zero_()
    assert torch.equal(scores(captioner, one), before)
    mine = captioner.network
    try:
        captioner.network = other
        assert not torch.equal(scores(captioner, one), before)
    finally:
        captioner.network = mine


# The published format.

TOWER = {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8}


def clip_folder(root):
    """A tiny ``open_clip`` ViT in the layout of the hub."""
    config = {"embed_dim": 24, "vision_cfg": TOWER, "text_cfg": {"context_length": 8, "vocab_size": 64, "width": 32, "heads": 2, "layers": 1}}  # fmt: skip
    network = open_clip.model.CLIP(**config)
    part = root / "parts/clip"
    part.mkdir(parents=True)
    (part / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    torch.save(network.state_dict(), part / "open_clip_pytorch_model.bin")
    write_card(root / "clip/vit", {"family": "open_clip", "source": "../../parts/clip"})
    return network


def language_model(kind, vocabulary):
    shape = {"vocab_size": vocabulary, "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    if kind == "gpt_neox":
        config = GPTNeoXConfig(**shape, intermediate_size=96, max_position_embeddings=128)
        return GPTNeoXForCausalLM(config), "gpt_neox.layers"
    if kind == "mpt":
        config = MptConfig(vocab_size=vocabulary, d_model=64, n_layers=2, n_heads=2, max_seq_len=128)
        return MptForCausalLM(config), "transformer.blocks"
    config = OPTConfig(**shape, ffn_dim=96, max_position_embeddings=128, word_embed_proj_dim=64)
    return OPTForCausalLM(config), "model.decoder.layers"


def published(root, kind, every, layout):
    """A random Flamingo made by the original code, and its parts saved as published: ``checkpoint.pt`` and two folders."""
    from open_flamingo import Flamingo
    from open_flamingo.src.flamingo_lm import FlamingoLMMixin
    from open_flamingo.src.utils import extend_instance

    torch.manual_seed(5)
    clip = clip_folder(root)
    plain = word_tokenizer(SPECIAL[:4])
    language, layers = language_model(kind, len(plain) + 7)  # wider than its tokenizer, as GPT-NeoX is
    language.save_pretrained(root / "parts/language")
    plain.save_pretrained(root / "parts/language")

    clip.visual.output_tokens = True
    tokenizer = AutoTokenizer.from_pretrained(root / "parts/language")
    tokenizer.add_tokens(["<|endofchunk|>", "<image>"], special_tokens=True)
    extend_instance(language, FlamingoLMMixin)
    language.set_decoder_layers_attr_name(layers)
    language.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    end, image = tokenizer.convert_tokens_to_ids(["<|endofchunk|>", "<image>"])
    whole = Flamingo(clip, language, end, image, vis_dim=64, cross_attn_every_n_layers=every)
    gates = [gate for gate in language.gated_cross_attn_layers if gate is not None]
    open_gates(gates)
    for gate in gates:
        gate.attn.only_attend_immediate_media = False
    (root / "parts/flamingo").mkdir()
    torch.save(as_saved(whole.state_dict(), layout), root / "parts/flamingo/checkpoint.pt")
    write_card(root / "captioners/published", {
        "family": "openflamingo", "title": {"ru": "т", "en": "t"}, "photos": "many", "weights": "", "tokens": ["<PRICE>"],
        "parts": {f"{part}": str(root / "parts" / part) for part in ("flamingo", "language")} | {"vision": "vit"},
        "generation": {"num_beams": 1, "max_new_tokens": 6},
    })  # fmt: skip
    return whole.eval()


def as_saved(state, layout):
    """What the original's ``filter_state_dict_to_trainable`` leaves, or the state of a training run."""
    if layout == "training":
        return {"model_state_dict": {f"module.{name}": weight for name, weight in state.items()}, "epoch": 1}
    kept = {}
    for name, weight in state.items():
        trained = name.startswith("perceiver") or "gated_cross_attn_layer." in name or "embed" in name or "wte" in name
        again = any(part in name for part in ("old_decoder_blocks", "gated_cross_attn_layers", "vision_encoder"))
        if trained and not again:
            kept[name] = weight
    return kept


@pytest.mark.parametrize(
    ("kind", "every", "layout"),
    [("gpt_neox", 2, "published"), ("gpt_neox", 1, "training"), ("opt", 1, "published"), ("mpt", 1, "published")],
)
def test_the_published_format_scores_as_the_original(tmp_path, kind, every, layout):
    whole = published(tmp_path, kind, every, layout)
    captioner = load_captioner("published", tmp_path)
    assert len(captioner.network.gates) == 2 // every
    photos = [photo("orange"), photo("navy")]
    pixels = torch.stack([captioner.vision.encoder._preprocess(p.image) for p in photos])
    image = captioner.tokenizer.convert_tokens_to_ids(IMAGE)
    words = captioner.tokenizer.encode(" ".join(WORDS[:6]), add_special_tokens=False)
    media = torch.tensor([[image, *words]])
    with torch.inference_mode():
        # One photo before the text, as the original is used.
        theirs = whole(pixels[:1][None, :, None], media, torch.ones_like(media)).logits
        torch.testing.assert_close(ours(captioner, media, photos[:1]), theirs, atol=1e-4, rtol=0)
        # Both photos before all of the text: the original's cached media.
        whole.cache_media(torch.tensor([[image, image]]), pixels[None, :, None])
        text = torch.tensor([words])
        theirs = whole(None, text, torch.ones_like(text), clear_conditioned_layers=False).logits
        whole.uncache_media()
    torch.testing.assert_close(ours(captioner, text, photos), theirs, atol=1e-4, rtol=0)
    assert not torch.allclose(ours(captioner, text, photos[:1]), theirs, atol=1e-4)
    assert all(len(captioner.tokenizer.encode(token, add_special_tokens=False)) == 1 for token in (*MARKS, "<PRICE>"))
    assert captioner.generate([prompt(*photos)])


@torch.inference_mode()
def ours(captioner, ids, photos):
    """(B, T, old vocabulary) scores of ids that see all the photos, wherever these stand."""
    network = captioner.network
    latents = network.perceiver(captioner.vision.tokens(photos)).flatten(0, 1)[None]
    with network.showing(latents, torch.ones(latents.shape[:2]).bool()):
        scores = network.language(inputs_embeds=network.language.get_input_embeddings()(ids)).logits
    return scores[..., : len(captioner.tokenizer) - len(MARKS) - 1]


def test_a_published_prompt_begins_with_its_photos(tmp_path):
    published(tmp_path, "opt", 1, "published")
    captioner = load_captioner("published", tmp_path)
    assert captioner.prompt_text(prompt(photo("red"), photo("blue"), text="юбка")) == "<image><image>юбка Объявление :"
    assert captioner.tokenizer.eos_token == "<|endofchunk|>"


def test_another_language_model_is_named(tmp_path):
    published(tmp_path, "opt", 1, "published")
    language_model("gpt_neox", 40)[0].save_pretrained(tmp_path / "parts/language")
    load_captioner.cache_clear()
    with pytest.raises(ValueError, match=r"gpt_neox\.layers"):
        load_captioner("published", tmp_path)
