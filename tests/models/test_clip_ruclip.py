"""ruCLIP folders as published load into our encoder; the `ruclip` package is the oracle where it is installed."""

import importlib
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from models.clip.factory import load_encoder
from models.clip.ruclip import FILES, _network
from models.parts import MissingPart
from models.photo import Photo
from tests.models.published import ruclip_config, ruclip_folder

TEXTS = ["Красное платье для девочки", "", "ботинки " * 40, "😀 q", "Продаю КУРТКУ,\n размер 44-46"]
BASE = {
    "embed_dim": 512,
    "vision_layers": 12,
    "vision_width": 768,
    "context_length": 77,
    "vocab_size": 49408,
    "transformer_width": 512,
    "transformer_heads": 8,
    "transformer_layers": 12,
}
LARGE = BASE | {
    "embed_dim": 768,
    "vision_layers": 24,
    "vision_width": 1024,
    "vision_patch_size": 14,
    "transformer_width": 768,
    "transformer_heads": 12,
}
PUBLISHED = {
    "ruclip-vit-base-patch32-224": BASE | {"vision_patch_size": 32, "image_resolution": 224},
    "ruclip-vit-base-patch16-224": BASE | {"vision_patch_size": 16, "image_resolution": 224},
    "ruclip-vit-base-patch32-384": BASE | {"vision_patch_size": 32, "image_resolution": 384},
    "ruclip-vit-base-patch16-384": BASE | {"vision_patch_size": 16, "image_resolution": 384},
    "ruclip-vit-large-patch14-224": LARGE | {"image_resolution": 224},
    "ruclip-vit-large-patch14-336": LARGE | {"image_resolution": 336},
}


@pytest.fixture(scope="module")
def oracle():
    """The `ruclip` package, which imports a function that the hub client has lost since."""
    import huggingface_hub

    huggingface_hub.cached_download = None
    try:
        return importlib.import_module("ruclip")
    except ModuleNotFoundError as error:
        sys.modules.pop("ruclip", None)
        return pytest.skip(f"test-only oracle is not installed ({error}; README, tests)")
    finally:
        del huggingface_hub.cached_download


def photos(*sizes):
    noise = np.random.default_rng(0)
    return [Photo(f"{w}x{h}.png", Image.fromarray(noise.integers(0, 256, (h, w, 3), dtype=np.uint8))) for w, h in sizes]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.25, 0.3]},
        {"image_resolution": 42, "vision_patch_size": 14, "vision_width": 128, "embed_dim": 24},
        {"context_length": 77, "transformer_heads": 4, "transformer_layers": 1},
    ],
)
def test_embeddings_equal_those_of_the_package(tmp_path, oracle, changes):
    torch.manual_seed(0)
    config = ruclip_config(**changes)
    fields = {key: value for key, value in config.items() if key not in ("mean", "std")}
    part = ruclip_folder(tmp_path, oracle.CLIP(**fields), config)
    theirs = oracle.Predictor(
        oracle.CLIP.from_pretrained(part), oracle.RuCLIPProcessor.from_pretrained(part), "cpu", ["{}"], quiet=True
    )
    ours = load_encoder("tiny-ruclip", tmp_path)
    views = photos((32, 32), (100, 60), (45, 90), (640, 480), (31, 47))
    with torch.no_grad():
        expected_texts = theirs.get_text_latents(TEXTS)
        expected_photos = theirs.get_image_latents([photo.image for photo in views])
    assert torch.allclose(ours.encode_texts(TEXTS), expected_texts, atol=1e-4)
    assert torch.allclose(ours.encode_photos(views), expected_photos, atol=1e-4)
    for spread in (expected_texts.std(0), expected_photos.std(0)):
        assert spread.max() > 1e-2, "inputs must differ in their embeddings for the comparison to mean anything"


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_published_shape_takes_the_package_s_weights(oracle, name):
    with torch.device("meta"):
        theirs = oracle.CLIP(**PUBLISHED[name]).state_dict()
        ours = _network(PUBLISHED[name]).state_dict()
    assert {key: value.shape for key, value in ours.items()} == {key: value.shape for key, value in theirs.items()}


def test_photos_are_embedded_once_and_as_unit_vectors(tmp_path):
    torch.manual_seed(0)
    ruclip_folder(tmp_path, _network(ruclip_config()), ruclip_config())
    encoder = load_encoder("tiny-ruclip", tmp_path)
    views = photos((40, 40), (50, 30))
    first = encoder.encode_photos(views)
    for photo in views:
        photo.image = None
    assert torch.equal(encoder.encode_photos(views), first)
    assert torch.allclose(first.norm(dim=-1), torch.ones(2))
    assert encoder.encode_photos([]).shape == encoder.encode_texts([]).shape == (0, encoder.dim) == (0, 16)
    assert encoder.encode_texts(["Куртка"]).equal(encoder.encode_texts(["куртка"])), "ruCLIP reads lower-cased texts"


def test_a_weight_too_many_or_too_few_is_refused(tmp_path):
    network = _network(ruclip_config())
    state = network.state_dict()
    part = ruclip_folder(tmp_path, network, ruclip_config())
    torch.save({key: value for key, value in state.items() if key != "text_projection"}, part / "pytorch_model.bin")
    with pytest.raises(RuntimeError, match="text_projection"):
        load_encoder("tiny-ruclip", tmp_path)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named_with_its_checkpoint(tmp_path, file):
    part = ruclip_folder(tmp_path, _network(ruclip_config()), ruclip_config())
    (part / file).unlink()
    with pytest.raises(MissingPart, match=f"tiny-ruclip: missing {file}"):
        load_encoder("tiny-ruclip", tmp_path)
