"""`open_clip` models saved as the hub holds them load from local files and give `open_clip`'s own embeddings."""

import json

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch.nn import functional as F

from models.checkpoint import write_card
from models.clip.factory import load_encoder
from models.parts import MissingPart
from models.photo import Photo

VISION = {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16}
TEXT = {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1}
TINY = {"embed_dim": 24, "vision_cfg": VISION, "text_cfg": TEXT}
# As SigLIP publishes it: the whole photo squeezed into the square, other means.
SQUASH = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bilinear", "resize_mode": "squash"}
TEXTS = ["красное платье", "boots", "куртка с капюшоном на молнии"]


def photos():
    noise = np.random.default_rng(1)
    return [
        Photo("a.png", Image.fromarray(noise.integers(0, 256, (h, w, 3), dtype=np.uint8)))
        for h, w in [(50, 70), (32, 32)]
    ]


def published(root, config, preprocess=None, weights="open_clip_model.safetensors"):
    """A folder as on the hub: config, random weights; returns it."""
    part = root / "parts" / "tiny"
    part.mkdir(parents=True)
    (part / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": preprocess or {}}))
    torch.manual_seed(0)
    network = open_clip.create_model(f"local-dir:{part}", load_weights=False, pretrained_text=False)
    state = {key: value.contiguous() for key, value in network.state_dict().items()}
    if weights.endswith(".safetensors"):
        save_file(state, part / weights)
    else:
        torch.save(state, part / weights)
    return part


def text_tower(part, root):
    """Tokenizer and config of a small XLM-RoBERTa, and the `open_clip` config that names it."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig

    vocab = {token: i for i, token in enumerate(["<s>", "<pad>", "</s>", "<unk>", *" ".join(TEXTS).split()])}
    tokenizer = Tokenizer(models.WordLevel(vocab, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    ).save_pretrained(part)
    config = root / "xlm-roberta"
    XLMRobertaConfig(
        vocab_size=len(vocab), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=40, pad_token_id=1,
    ).save_pretrained(config)  # fmt: skip
    return config


@pytest.mark.parametrize("weights", ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"])
@pytest.mark.parametrize("preprocess", [{}, SQUASH])
def test_published_folder(tmp_path, preprocess, weights):
    part = published(tmp_path, TINY, preprocess, weights)
    write_card(tmp_path / "clip" / "tiny", {"family": "open_clip", "source": "../../parts/tiny"})
    ours = load_encoder("tiny", tmp_path)
    theirs, transform = open_clip.create_model_from_pretrained(f"local-dir:{part}")
    theirs.eval()
    views = photos()
    with torch.no_grad():
        images = theirs.encode_image(torch.stack([transform(photo.image) for photo in views]), normalize=True)
        texts = theirs.encode_text(open_clip.get_tokenizer(f"local-dir:{part}")(TEXTS), normalize=True)
    assert torch.allclose(ours.encode_photos(views), images, atol=1e-6)
    assert torch.allclose(ours.encode_texts(TEXTS), texts, atol=1e-6)
    assert ours.dim == images.shape[1] == 24


def test_text_tower_of_transformers_is_read_from_local_parts(tmp_path, monkeypatch):
    import socket

    config = {
        "embed_dim": 24,
        "vision_cfg": VISION,
        "text_cfg": {
            "hf_model_name": "placeholder",
            "hf_tokenizer_name": "placeholder",
            "hf_pooler_type": "mean_pooler",
        },
    }
    tower = text_tower(tmp_path / "parts" / "tiny", tmp_path)
    (tmp_path / "parts" / "tiny").rename(tmp_path / "tokenizer")
    config["text_cfg"]["hf_model_name"] = str(tower)
    part = published(tmp_path, config)
    for file in (tmp_path / "tokenizer").iterdir():
        file.rename(part / file.name)
    config["text_cfg"]["hf_model_name"] = "FacebookAI/xlm-roberta-base"
    (part / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))

    def no_network(*_):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    card = {"family": "open_clip", "source": str(part)}
    write_card(tmp_path / "clip" / "no-tower", card)
    with pytest.raises(MissingPart, match=r"no-tower: .*hf download FacebookAI/xlm-roberta-base config\.json"):
        load_encoder("no-tower", tmp_path)
    write_card(tmp_path / "clip" / "tower", card | {"text_model": str(tower)})
    vectors = load_encoder("tower", tmp_path).encode_texts(TEXTS)
    assert vectors.shape == (3, 24)
    assert torch.allclose(vectors.norm(dim=-1), torch.ones(3))
    assert F.cosine_similarity(vectors[0], vectors[1], dim=0) < 0.9999


def test_named_architecture_with_a_file_of_weights(tmp_path, monkeypatch):
    part = published(tmp_path, TINY)
    monkeypatch.setattr(open_clip.factory, "_MODEL_CONFIGS", {**open_clip.factory._MODEL_CONFIGS, "ViT-tiny": TINY})
    card = {"family": "open_clip", "model": "ViT-tiny", "source": str(part / "open_clip_model.safetensors")}
    write_card(tmp_path / "clip" / "named", card)
    write_card(tmp_path / "clip" / "tiny", {"family": "open_clip", "source": str(part)})
    named, folder = load_encoder("named", tmp_path), load_encoder("tiny", tmp_path)
    assert torch.equal(named.encode_texts(TEXTS), folder.encode_texts(TEXTS))
    assert torch.equal(named.encode_photos(photos()), folder.encode_photos(photos()))
    write_card(tmp_path / "clip" / "squashed", card | {"preprocess": SQUASH})
    squashed = load_encoder("squashed", tmp_path)
    assert not torch.allclose(squashed.encode_photos(photos()), named.encode_photos(photos()), atol=1e-3)


def test_what_is_missing_is_said(tmp_path):
    part = published(tmp_path, TINY)
    write_card(
        tmp_path / "clip" / "unnamed", {"family": "open_clip", "source": str(part / "open_clip_model.safetensors")}
    )
    with pytest.raises(ValueError, match="which architecture"):
        load_encoder("unnamed", tmp_path)
    (part / "open_clip_model.safetensors").unlink()
    write_card(tmp_path / "clip" / "empty", {"family": "open_clip", "source": str(part)})
    with pytest.raises(
        MissingPart, match=r"empty: missing open_clip_model\.safetensors or open_clip_pytorch_model\.bin"
    ):
        load_encoder("empty", tmp_path)


def test_factory_knows_what_there_is(tmp_path):
    write_card(tmp_path / "clip" / "one", {"family": "unheard-of"})
    with pytest.raises(ValueError, match="one: family 'unheard-of'"):
        load_encoder("one", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"'two' in .*; there are: one"):
        load_encoder("two", tmp_path)
