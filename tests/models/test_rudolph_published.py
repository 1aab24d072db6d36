"""ruDOLPH as published: state dicts, tokenizer and VQGAN; the packages `rudolph` and `rudalle` are the oracles."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from models.captioners.base import Generation
from models.captioners.rudolph import PIECES, VQGAN, WEIGHTS
from models.checkpoint import build_captioner, load_captioner, own_state, read_card, save_weights, write_card
from models.language import MARKS
from models.parts import MissingPart
from models.photo import Photo
from models.rudolph.network import RudolphConfig, RudolphModel
from models.rudolph.tokenizer import load_tokenizer
from models.vqgan import Vqgan, VqganShape, load_vqgan
from tests.models.published import BPE_MODEL
from tests.models.rudolph_oracles import oracle
from tests.models.tiny import next_scores, photo, prompt

TEXTS = ["на картинке", "", "  Красное ПЛАТЬЕ,\tдля дачи\nи сада ", "ботинки ZZ 44-46 😀", "▁вещи▁ для\xa0дачи"]
# 200 pieces and 40 special ids, 32 codes of a 4 × 4 image.
SHAPE = {
    "num_hidden_layers": 6, "hidden_size": 64, "num_attention_heads": 4, "vocab_size": 240, "image_vocab_size": 40,
    "left": 10, "side": 4, "right": 24, "kernel": 3, "last_kernel": 5,
}  # fmt: skip
TINY_VQGAN = {"ch": 32, "ch_mult": [1, 1, 2, 1], "num_res_blocks": 1, "z_channels": 32, "n_embed": 32}


def package_network(module, shape=SHAPE, device="cpu", **changes):
    """The package's network of our shape."""
    config = RudolphConfig(**shape)
    return module.ruDolphModel(
        device=device, num_layers=config.num_hidden_layers, hidden_size=config.hidden_size,
        num_attention_heads=config.num_attention_heads, vocab_size=config.vocab_size + config.left - 40,
        embedding_dropout_prob=0.1, attention_dropout_prob=0.1, output_dropout_prob=0.1,
        l_text_seq_length=config.left, r_text_seq_length=config.right, image_tokens_per_dim=config.side,
        kernel_size=config.kernel, last_kernel_size=config.last_kernel, text_special_tokens=40,
        image_vocab_size=config.image_vocab_size - 8, image_special_tokens=8, **changes,
    ).eval()  # fmt: skip


def package_vqgan(shape=TINY_VQGAN):
    config = {
        "double_z": False,
        "resolution": 64,
        "in_channels": 3,
        "out_ch": 3,
        "attn_resolutions": [8],
        "dropout": 0.0,
    }
    names = ("ch", "ch_mult", "num_res_blocks", "z_channels")
    torch.manual_seed(0)
    return oracle("rudalle.vae.model").GumbelVQ(
        config | {name: shape[name] for name in names}, shape["n_embed"], shape["z_channels"]
    ).eval()  # fmt: skip


@pytest.mark.parametrize("changes", [{}, {"num_hidden_layers": 5}, {"num_hidden_layers": 4, "side": 7, "kernel": 5}])
@pytest.mark.parametrize("relaxed", [True, False])
def test_scores_equal_those_of_the_package(changes, relaxed):
    shape = SHAPE | changes
    theirs = package_network(oracle("rudolph.model.model"), shape, cogview_pb_relax=relaxed)
    torch.manual_seed(0)
    for weight in theirs.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    ours = RudolphModel(RudolphConfig(**shape)).eval()
    masks = {name: mask.clone() for name, mask in ours.named_buffers()}
    ours.load_state_dict(theirs.state_dict())
    for name, mask in ours.named_buffers():
        assert torch.equal(mask, masks[name]), name
    codes, whole = shape["side"] ** 2, 34 + shape["side"] ** 2
    text = torch.randint(0, 240, (2, 34))
    text[:, 6:10] = 0
    ids = torch.cat([text[:, :10], torch.randint(0, 40, (2, codes)), text[:, 10:]], 1)
    places = torch.arange(whole).expand(2, -1)
    with torch.inference_mode():
        expected, _ = theirs(ids, torch.ones(2, 1, whole, whole).tril())
        hidden = ours.transformer(ours.embed(ids, places), torch.ones(2, whole), places, None)
        assert torch.allclose(ours.to_logits(hidden), expected, atol=1e-4)
        assert torch.equal(ours(ids, torch.ones(2, whole), places).logits, ours.text_scores(hidden))
        assert torch.allclose(ours.text_scores(hidden), expected[..., :240], atol=1e-4)
    assert expected.std() > 0.1


def test_the_published_350m_has_our_400_tensors():
    with torch.device("meta"):
        ours = RudolphModel(RudolphConfig()).state_dict()
    layers = {name.split(".", 3)[3] for name in ours if name.startswith("transformer.layers.")}
    shapes = {name: tuple(weight.shape) for name, weight in ours.items()}
    assert len(shapes) == 400
    assert len(layers) == 16
    expected = {
        "text_embeddings.weight": (16832, 1024), "image_embeddings.weight": (8576, 1024),
        "l_text_pos_embeddings.weight": (65, 1024), "r_text_pos_embeddings.weight": (65, 1024),
        "image_row_embeddings.weight": (16, 1024), "image_col_embeddings.weight": (16, 1024),
        "to_logits.0.weight": (1024,), "to_logits.1.weight": (25408, 1024),
        "transformer.layers.23.attention.query_key_value.weight": (3072, 1024),
        "transformer.layers.0.mlp.dense_4h_to_h.weight": (1024, 4096), "transformer.conv_mask": (384, 384),
    }  # fmt: skip
    assert {name: shapes[name] for name in expected} == expected
    assert ours["transformer.row_mask"].dtype == torch.bool


def test_the_package_builds_the_same_350m(monkeypatch):
    module = oracle("rudolph.model.model")
    # Its loops over the cells of a mask take seconds; what they give is compared above.
    for kind in ("row", "col", "conv"):
        empty = lambda *_, **__: torch.empty(384, 384, dtype=torch.bool)  # noqa: E731
        monkeypatch.setattr(oracle("rudolph.model.transformer"), f"get_{kind}_mask", empty)
    changes = {"text_special_tokens": 384, "image_special_tokens": 384}
    with torch.device("meta"):
        theirs = module.ruDolphModel(
            device="meta", num_layers=24, hidden_size=1024, num_attention_heads=16, embedding_dropout_prob=0.1,
            output_dropout_prob=0.1, attention_dropout_prob=0.1, vocab_size=16384 + 64, **changes,
        ).state_dict()  # fmt: skip
        ours = RudolphModel(RudolphConfig()).state_dict()
    assert {n: (w.shape, w.dtype) for n, w in ours.items()} == {n: (w.shape, w.dtype) for n, w in theirs.items()}


def test_ids_equal_those_of_the_package():
    tokenizer = load_tokenizer(BPE_MODEL, 240, MARKS)
    youtokentome = pytest.importorskip("youtokentome", reason="test-only oracle (README, tests)")
    wrapper = oracle("rudalle.tokenizer").YTTMTokenizerWrapper(youtokentome.BPE(str(BPE_MODEL)))
    api = SimpleNamespace(tokenizer=wrapper, text_special_tokens=40, spc_id=-1)
    for text in TEXTS:
        expected = oracle("rudolph.api").ruDolphApi.encode_text(api, text.lower().strip(), 40).tolist()
        expected = [203 if token == -1 else token for token in expected if token]
        ours = tokenizer(f"<BOS><LT_I2T>{text}<EOS>", add_special_tokens=False)["input_ids"]
        assert ours == expected
        known = [token for token in ours if 3 < token < 200]
        if known:
            assert tokenizer.decode(known) == wrapper.decode_text(torch.tensor(known))
    assert tokenizer.convert_tokens_to_ids(["<LT_UNK>", "<LT_I2T>", "<RT_I2T>"]) == [200, 203, 205]
    for mark in MARKS:
        ids = tokenizer(f"вещи{mark}вещи", add_special_tokens=False)["input_ids"]
        assert ids == [90, 36, 6, tokenizer.convert_tokens_to_ids(mark), 90, 36, 6]
    with pytest.raises(ValueError, match="reserved"):
        load_tokenizer(BPE_MODEL, 210, MARKS)


def test_codes_equal_those_of_the_package(tmp_path):
    theirs = package_vqgan()
    torch.save({"state_dict": theirs.state_dict(), "global_step": 3}, tmp_path / VQGAN)
    ours = load_vqgan(tmp_path / VQGAN, VqganShape(**TINY_VQGAN))
    pixels = torch.rand(2, 3, 64, 64) * 2 - 1
    with torch.inference_mode():
        features = ours.eval()(pixels).flatten(2).transpose(1, 2)
        weight, bias = ours.projection()
        codes = (features @ weight.T + bias).argmax(-1)
        assert torch.equal(codes, theirs.encode(pixels, disable_gumbel_softmax=True)[2][2].flatten(1))
    assert len(codes.unique()) > 5
    torch.save({"state_dict": {}, "callbacks": SimpleNamespace()}, tmp_path / "objects.ckpt")
    with pytest.raises(ValueError, match="more than tensors"):
        load_vqgan(tmp_path / "objects.ckpt", VqganShape(**TINY_VQGAN))


def test_the_published_vqgan_has_our_shapes():
    shape = VqganShape()
    with torch.device("meta"):
        ours = Vqgan(shape).state_dict()
        theirs = package_vqgan(vars(shape) | {"ch_mult": list(shape.ch_mult)}).state_dict()
    kept = {n: w.shape for n, w in theirs.items() if n.startswith(("encoder.", "quant_conv.", "quantize.proj."))}
    assert {name: weight.shape for name, weight in ours.items()} == kept


def published_folders(root, **card):
    """Random weights in the layout of the published repositories, and a card that names them."""
    utils, weights = root / "parts/rudalle-utils", root / "parts/RuDOLPH-tiny"
    if not utils.is_dir():
        utils.mkdir(parents=True)
        weights.mkdir()
        torch.manual_seed(4)
        torch.save({"state_dict": Vqgan(VqganShape(**TINY_VQGAN)).state_dict()}, utils / VQGAN)
        (utils / PIECES).write_text(BPE_MODEL.read_text())
        torch.save(RudolphModel(RudolphConfig(**SHAPE)).state_dict(), weights / WEIGHTS)
    card = {
        "family": "rudolph", "title": {"ru": "Проба", "en": "Trial"}, "photos": "single", "weights": "",
        "source": "../../parts/RuDOLPH-tiny", "parts": {"utils": "../../parts/rudalle-utils"},
        "shape": SHAPE, "vqgan": TINY_VQGAN, "generation": {"num_beams": 1, "max_new_tokens": 30},
    } | card  # fmt: skip
    folder = root / "captioners" / ("many" if "connector" in card else "published")
    write_card(folder, json.loads(json.dumps(card)))
    return folder


def test_a_published_folder_is_asked_as_it_was_trained(tmp_path):
    published_folders(tmp_path)
    captioner = load_captioner("published", tmp_path)
    assert (captioner.inputs.text, captioner.inputs.photos) == (False, "single")
    noise = np.random.default_rng(0).integers(0, 256, (50, 80, 3), dtype=np.uint8)
    one = prompt(Photo("noise.png", Image.fromarray(noise)))
    ids, mask = captioner.tokenize([one])
    tokens = captioner.tokenizer.convert_ids_to_tokens(ids[0])
    assert tokens[:10] == ["<BOS>", "<LT_I2T>", "<EOS>", *["<PAD>"] * 7]
    assert tokens[10:26] == ["<PREFIX>"] * 16
    assert captioner.tokenizer.decode(ids[0, 26:]).replace(" ", "") == "<BOS><RT_I2T>накартинке"
    assert captioner.network.places(ids, mask)[0].tolist() == list(range(len(tokens)))
    assert (next_scores(captioner, one) - next_scores(captioner, prompt(photo("red")))).abs().max() > 1e-5
    wild = Generation(temperature=3.0, top_p=1.0, max_new_tokens=30)
    assert "<" not in captioner.generate([one], wild)[0]
    assert captioner.generate([one, prompt(photo("red"))])[0] == captioner.generate([one])[0]


def test_the_whole_prompt_scores_as_in_the_package(tmp_path):
    published_folders(tmp_path)
    captioner = load_captioner("published", tmp_path)
    theirs = package_network(oracle("rudolph.model.model"))
    theirs.load_state_dict(captioner.network.language.state_dict())
    one = prompt(photo("red"))
    ids, _ = captioner.tokenize([one])
    ids[0, 10:26] = captioner.network.codes(captioner.vision.tokens(one.photos))[0]
    with torch.inference_mode():
        expected, _ = theirs(ids, torch.ones(1, 1, len(ids[0]), len(ids[0])).tril())
    assert torch.allclose(next_scores(captioner, one), expected[0, -1, :240], atol=1e-4)


def test_many_photos_beside_published_weights(tmp_path):
    connector = {"kind": "query", "queries": 2, "layers": 1, "cells": 16}
    folder = published_folders(tmp_path, connector=connector, weights="^connector", tokens=["<PRICE>"], photos="many")
    built = build_captioner(folder, read_card(folder))
    save_weights(folder / "model.safetensors", own_state(built.network, "^connector"))
    captioner = load_captioner("many", tmp_path)
    assert captioner.inputs.photos == "many"
    photos = [photo("red"), photo("blue")]
    before = next_scores(captioner, prompt(*photos))
    for changed in ([photo("white"), photos[1]], [photos[0], photo("white")]):
        assert (next_scores(captioner, prompt(*changed)) - before).abs().max() > 1e-6
    prompts = [prompt(*photos), prompt(photos[0], text="<SINGLE> отдам за <PRICE>")]
    assert captioner.generate(prompts) == [captioner.generate([one])[0] for one in prompts]


@pytest.mark.parametrize("broken", ["missing", "extra"])
def test_state_dicts_are_loaded_strictly(tmp_path, broken):
    published_folders(tmp_path)
    path = tmp_path / "parts/RuDOLPH-tiny" / WEIGHTS
    state = torch.load(path, weights_only=True)
    if broken == "missing":
        del state["transformer.last_conv_mask"]
    else:
        state["unknown"] = torch.zeros(1)
    torch.save(state, path)
    with pytest.raises(ValueError, match=r"published: .*(last_conv_mask|unknown)"):
        load_captioner("published", tmp_path)


@pytest.mark.parametrize("file", [PIECES, VQGAN])
def test_a_missing_file_is_named(tmp_path, file):
    published_folders(tmp_path)
    (tmp_path / "parts/rudalle-utils" / file).unlink()
    with pytest.raises(MissingPart, match=file):
        load_captioner("published", tmp_path)
