"""BLIP-2, photos joined or read together, over every kind of language model; the published formats."""

import pytest
import torch
from transformers import (
    BartConfig,
    Blip2Config,
    Blip2ForConditionalGeneration,
    BlipImageProcessor,
    MT5Config,
    OPTConfig,
    T5Config,
)  # fmt: skip

from models.captioners.base import Generation
from models.checkpoint import build_captioner, load_captioner, own_state, read_card, save_weights, write_card
from models.language import MARKS, PREFIX_TOKEN
from tests.models.tiny import SPECIAL, checkpoint_tree, gpt_config, photo, prompt, saved_captioner, word_tokenizer
from training.adapters import LoraSettings, add_adapter

QFORMER = {
    "queries": 3, "cells": 4, "encoder_hidden_size": 32, "hidden_size": 32, "num_hidden_layers": 2,
    "num_attention_heads": 2, "intermediate_size": 48,
}  # fmt: skip
IDS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}


def opt_config(vocabulary):
    return OPTConfig(
        vocab_size=vocabulary, hidden_size=64, word_embed_proj_dim=64, num_hidden_layers=2, ffn_dim=96,
        num_attention_heads=2, max_position_embeddings=128, **IDS,
    )  # fmt: skip


def t5_config(vocabulary, kind=T5Config):
    return kind(
        vocab_size=vocabulary, d_model=64, d_kv=32, d_ff=96, num_layers=2, num_heads=2, pad_token_id=0, eos_token_id=2,
        decoder_start_token_id=0,
    )  # fmt: skip


def bart_config(vocabulary):
    return BartConfig(
        vocab_size=vocabulary, d_model=64, encoder_layers=2, decoder_layers=2, encoder_ffn_dim=96, decoder_ffn_dim=96,
        encoder_attention_heads=2, decoder_attention_heads=2, max_position_embeddings=128, decoder_start_token_id=2,
        forced_bos_token_id=1, **IDS,
    )  # fmt: skip


LANGUAGES = {"gpt": gpt_config, "opt": opt_config, "t5": t5_config, "bart": bart_config}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = checkpoint_tree(tmp_path_factory.mktemp("checkpoints"))
    for name, config in LANGUAGES.items():
        config(len(word_tokenizer())).save_pretrained(root / "language" / name)
        write_card(root / "language" / name, {"tokenizer": "lm"})
    return root


@pytest.fixture(scope="module", params=[(name, way) for name in LANGUAGES for way in ("joined", "batch")], ids="-".join)
def captioner(request, root):
    language, way = request.param
    name = f"{language}-{way}"
    saved_captioner(
        root, name, family="blip2", photos_as=way, connector=QFORMER, parts={"vision": "eye", "language": language}
    )
    # Random marks, as training makes them: at first they are zeros.
    torch.manual_seed(7)
    network = build_captioner(root / "captioners" / name, read_card(root / "captioners" / name)).network
    if way == "batch":
        torch.nn.init.normal_(network.connector.photo_marks)
    save_weights(root / "captioners" / name / "model.safetensors", own_state(network))
    load_captioner.cache_clear()
    return load_captioner(name, root)


@torch.inference_mode()
def scores(captioner, *prompts):
    """(B, V) scores of the first written token."""
    inputs = captioner._model_inputs(prompts)
    language = captioner.network.language
    if language.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.full((len(prompts), 1), language.config.decoder_start_token_id)
    else:
        inputs["position_ids"] = (inputs["attention_mask"].cumsum(1) - 1).clamp(min=0)
    return language(**inputs).logits[:, -1]


def test_it_is_small_and_bart_reads_with_its_encoder(captioner):
    assert sum(weight.numel() for weight in captioner.network.parameters()) < 3e6
    if captioner.name.startswith("bart"):
        assert type(captioner.network.language).__name__ == "BartForConditionalGeneration"


def test_saved_and_loaded_networks_are_equal(captioner, root):
    load_captioner.cache_clear()
    again = load_captioner(captioner.name, root)
    assert "connector.query_tokens" in own_state(again.network)
    one = prompt(photo("red"), photo("blue"))
    assert torch.equal(scores(again, one), scores(captioner, one))


def test_every_photo_its_place_and_the_text_change_the_scores(captioner):
    photos = [photo("red"), photo("green"), photo("blue")]
    before = scores(captioner, prompt(*photos))
    for place in range(3):
        changed = [*photos[:place], photo("white"), *photos[place + 1 :]]
        assert not torch.equal(scores(captioner, prompt(*changed)), before)
    assert not torch.equal(scores(captioner, prompt(*photos[::-1])), before)
    assert not torch.equal(scores(captioner, prompt(*photos, text="<VARIATIVE>")), before)


def test_prefixes_stand_after_each_photo_or_after_the_last(captioner):
    text = captioner.prompt_text(prompt(photo("red"), photo("blue")))
    three = PREFIX_TOKEN * 3
    seen = f"<IMG_1> <IMG_2>{three}" if captioner.name.endswith("batch") else f"<IMG_1>{three} <IMG_2>{three}"
    start = "" if captioner.name.startswith("t5") else "<s>"
    end = "</s>" if captioner.network.language.config.is_encoder_decoder else ""
    assert text == f"{start}<SINGLE> белая юбка {seen} Объявление :{end}"


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


@pytest.mark.parametrize("way", ["joined", "batch"])
def test_an_adapter_touches_the_language_model_or_the_qformer(root, way):
    card = {
        "family": "blip2", "photos_as": way, "connector": QFORMER, "parts": {"vision": "eye", "language": "gpt"},
        "generation": {},
    }  # fmt: skip
    for targets, begins in ((r"language\..*\.c_attn", "language."), (r"connector\.qformer\..*\.query", "connector.")):
        network = build_captioner(root / "captioners/adapted", card).network
        touched = add_adapter(network, LoraSettings(rank=2, targets=targets))
        assert len(touched) >= 2
        assert all(name.startswith(begins) for name in touched)


def test_the_language_model_of_a_captioner_is_swapped(root):
    """mBLIP's way: the Q-Former is kept, the linear layer starts anew."""
    first = saved_captioner(root, "first", family="blip2", connector=QFORMER)
    parts = {"vision": "eye", "language": "t5", "qformer": "first"}
    swapped = saved_captioner(root, "swapped", family="blip2", connector=QFORMER, parts=parts, weights="projection")
    old, new = first.network.connector.state_dict(), swapped.network.connector.state_dict()
    assert {name for name in old if not torch.equal(old[name], new[name])} == {
        "language_projection.weight", "language_projection.bias",
    }  # fmt: skip


# The published formats.

VISION = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2, "image_size": 32,
    "patch_size": 8,
}  # fmt: skip
# Salesforce/blip2-opt-2.7b and Gregor/mblip-mt0-xl.
TEXTS = {"opt": opt_config(40), "mt5": t5_config(40, MT5Config)}


def published(root, kind, pickled=False):
    """A random model as published: config, weights, processor and tokenizer in one folder."""
    torch.manual_seed(9)
    config = Blip2Config(
        vision_config=VISION,
        qformer_config={"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48},
        text_config=TEXTS[kind].to_dict(),
        num_query_tokens=4,
        image_token_index=36,
    )
    whole = Blip2ForConditionalGeneration(config).eval()
    torch.nn.init.normal_(whole.query_tokens)
    for weight in whole.vision_model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.1)
    folder = root / "parts" / kind
    whole.save_pretrained(folder)
    if pickled:
        torch.save(whole.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    BlipImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    word_tokenizer(SPECIAL[:4]).save_pretrained(folder)
    return whole


def published_card(root, kind, **changes):
    write_card(root / "captioners/published", {
        "family": "blip2", "title": {"ru": "т", "en": "t"}, "photos": "many", "weights": "", "tokens": ["<PRICE>"],
        "parts": {"blip2": str(root / "parts" / kind)}, "generation": {"num_beams": 1, "max_new_tokens": 6},
    } | changes)  # fmt: skip
    load_captioner.cache_clear()
    return load_captioner("published", root)


@pytest.mark.parametrize("way", ["joined", "batch"])
@pytest.mark.parametrize(("kind", "pickled"), [("opt", True), ("mt5", False)])
def test_the_published_format_scores_as_transformers(tmp_path, kind, pickled, way):
    whole = published(tmp_path, kind, pickled)
    captioner = published_card(tmp_path, kind, photos_as=way)
    assert all(len(captioner.tokenizer.encode(token, add_special_tokens=False)) == 1 for token in (*MARKS, "<PRICE>"))
    seen = photo("orange")
    folder = tmp_path / "parts" / kind
    pixels = BlipImageProcessor.from_pretrained(folder)([seen.image], return_tensors="pt")["pixel_values"]
    prefix = captioner.tokenizer.convert_tokens_to_ids(PREFIX_TOKEN)
    words = captioner.tokenizer.encode("<s> белая юбка </s>", add_special_tokens=False)
    photos = captioner.vision.tokens([seen])
    ours_ids, theirs_ids = torch.tensor([[prefix] * 4 + words]), torch.tensor([[36] * 4 + words])
    if way == "batch":
        mark = captioner.tokenizer.convert_tokens_to_ids("<IMG_1>")
        ours_ids = torch.tensor([[mark] + [prefix] * 4 + words])
    decoder = {"decoder_input_ids": torch.tensor([[0, 5, 6]])} if kind == "mt5" else {}
    with torch.inference_mode():
        theirs = whole(pixels, theirs_ids, **decoder).logits
        embeddings = captioner.network.embed(ours_ids, photos)[:, -theirs_ids.shape[1] :]
        ours = captioner.network.language(inputs_embeds=embeddings, **decoder).logits
    torch.testing.assert_close(ours[..., :36], theirs[..., :36], atol=1e-4, rtol=0)
    assert captioner.generate([prompt(seen, photo("navy"))])


def test_a_published_prompt_begins_with_its_photos(tmp_path):
    published(tmp_path, "opt")
    captioner = published_card(tmp_path, "opt")
    again = published_card(tmp_path, "opt")
    assert torch.equal(scores(captioner, prompt(photo("red"))), scores(again, prompt(photo("red"))))
    four = PREFIX_TOKEN * 4
    text = captioner.prompt_text(prompt(photo("red"), photo("blue"), text="юбка"))
    assert text == f"<IMG_1>{four} <IMG_2>{four}<s>юбка Объявление :"


def test_the_language_model_of_a_published_one_is_swapped(tmp_path):
    """ViT and Q-Former are kept, the linear layer is as wide as the new language model; it is saved and reloaded."""
    whole = published(tmp_path, "opt")
    bart_config(len(word_tokenizer())).save_pretrained(tmp_path / "language/bart")
    word_tokenizer().backend_tokenizer.save(str(tmp_path / "language/bart/tokenizer.json"))
    parts = {"blip2": str(tmp_path / "parts/opt"), "language": "bart"}
    swapped = saved_captioner(tmp_path, "swapped", family="blip2", parts=parts, weights="^(language|.*_projection)")
    assert torch.equal(swapped.network.connector.query_tokens, whole.query_tokens)
    for name, weight in whole.qformer.state_dict().items():
        assert torch.equal(swapped.network.connector.qformer.state_dict()[name], weight)
    for name, weight in whole.vision_model.state_dict().items():
        assert torch.equal(swapped.vision.network.state_dict()[name], weight)
    one = prompt(photo("red"), photo("blue"))
    before = scores(swapped, one)
    load_captioner.cache_clear()
    assert torch.equal(scores(load_captioner("swapped", tmp_path), one), before)
    assert not torch.equal(scores(swapped, prompt(photo("red"), photo("white"))), before)
