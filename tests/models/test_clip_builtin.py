"""The built-in image-text model: what its towers see and forget, its files, and what it has learned."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from models.checkpoint import CHECKPOINTS
from models.clip.builtin import BuiltinEncoder, Towers, visible_text, word_indices, word_keys
from models.clip.factory import load_encoder
from models.photo import Photo
from models.vision import load_vision


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("builtin")


@pytest.fixture
def towers():
    torch.manual_seed(0)
    return Towers(20, image_dim=16, word_dim=8, hidden=12, dim=6).eval()


def drawing(seed=0):
    random = np.random.default_rng(seed)
    image = Image.new("RGB", (300, 200), tuple(random.integers(0, 255, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(6):
        x, y = random.integers(0, 200, 2).tolist()
        draw.ellipse((x, y, x + 80, y + 60), tuple(random.integers(0, 255, 3).tolist()))
    return Photo(f"{seed}.png", image)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Размер: 30 (19 см). Цена: <PRICE> ₽, белая майка", "Размер: см. Цена:, белая майка"),
        ("iPhone 12 128Гб, р. 42-44, 5к", "iPhone, р.,"),
        ("звоните 8 (900) 123-45-67", "звоните"),
        ("  белая\nмайка ", "белая майка"),
        ("<SIZE> <UNK_VAL> 1,5", ""),
    ],
)
def test_what_cannot_be_seen_in_a_photo_is_left_out(text, seen):
    assert visible_text(text) == seen


def test_hyphenated_and_ambiguous_words_count_by_all_their_lemmas():
    assert {"темно-синий", "синий", "майка"} <= set(word_keys("Тёмно-синяя майка"))
    assert "майка" in word_keys("майку") and "майка" in word_keys("майки")


def test_padding_does_not_change_an_embedding(towers):
    sentences = torch.randn(2, 512)
    short = towers.encode_texts(sentences, torch.tensor([[3, 4], [5, 0]]))
    padded = towers.encode_texts(sentences, torch.tensor([[3, 4, 0, 0], [5, 0, 0, 0]]))
    assert torch.allclose(short, padded)


def test_text_of_unknown_words_still_has_an_embedding(towers):
    embedding = towers.encode_texts(torch.randn(1, 512), word_indices(["ытьма"], {"майка": 1}))
    assert embedding.norm().item() == pytest.approx(1.0)


def test_embeddings_are_unit_vectors(encoder):
    photos = encoder.encode_photos([drawing(0), drawing(1)])
    texts = encoder.encode_texts(["Белая майка", "", "стол 3000 руб", "ытьма"])
    assert photos.shape == (2, encoder.dim) and texts.shape == (4, encoder.dim)
    assert torch.allclose(torch.cat([photos, texts]).norm(dim=1), torch.ones(6), atol=1e-5)
    assert encoder.encode_photos([]).shape == encoder.encode_texts([]).shape == (0, encoder.dim)


def test_prices_sizes_and_placeholders_do_not_move_a_text(encoder):
    bare, priced, masked = encoder.encode_texts(
        ["Синие джинсы. Цена: руб", "Синие джинсы. Цена: 1 500 руб", "Синие джинсы. Цена: <PRICE> руб"]
    )
    assert torch.allclose(bare, priced, atol=1e-6) and torch.allclose(bare, masked, atol=1e-6)


def test_one_forward_a_photo_is_shared_with_whoever_uses_the_backbone(encoder, monkeypatch):
    vision, seen = load_vision(encoder.vision), []
    extract = vision.network.extract_features
    monkeypatch.setattr(vision.network, "extract_features", lambda x: seen.append(len(x)) or extract(x))
    photos = [drawing(2), drawing(3)]
    first = encoder.encode_photos(photos)
    vision.features(photos)
    again = encoder.encode_photos(photos[::-1])
    assert sum(seen) == 2
    assert torch.equal(first, again.flip(0))


def test_a_batch_equals_its_members(encoder):
    texts = ["Чёрные кроссовки", "Вид одежды: Обувь. Предмет одежды: кроссовки. Размер: 30 (19 см)", "диван"]
    together = encoder.encode_texts(texts)
    apart = torch.cat([encoder.encode_texts([text]) for text in texts])
    assert torch.allclose(together, apart, atol=1e-5)


@pytest.mark.parametrize("missing", ["checkpoint.json", "vocabulary.txt", "model.safetensors"])
def test_missing_file_is_named(missing, tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(CHECKPOINTS / "clip" / "builtin", folder)
    (folder / missing).unlink()
    with pytest.raises(FileNotFoundError, match=f"mine.*{missing}"):
        BuiltinEncoder.load(folder)


def test_vocabulary_of_another_model_is_refused(tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(CHECKPOINTS / "clip" / "builtin", folder)
    (folder / "vocabulary.txt").write_text("майка\n", encoding="utf-8")
    with pytest.raises(ValueError, match="mine: weights, vocabulary and card"):
        BuiltinEncoder.load(folder)


def test_files_are_small_and_half_precision():
    from safetensors import safe_open

    folder = CHECKPOINTS / "clip" / "builtin"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 12 * 2**20
    with safe_open(folder / "model.safetensors", "pt") as weights:
        assert {weights.get_tensor(key).dtype for key in weights.keys()} == {torch.float16}  # noqa: SIM118
    assert json.loads((folder / "checkpoint.json").read_text(encoding="utf-8"))["parts"]["vision"] == "clothes-lite0"


@pytest.mark.data
def test_right_text_of_a_hundred_on_held_out_photos(encoder):
    from models.photo_files import read_photo
    from training.clip_report import retrieval
    from training.clothes import read_clothes

    ads = read_clothes(split="val")
    photos = torch.cat([encoder.encode_photos([read_photo(ad.photo)]) for ad in ads])
    report = retrieval(encoder, photos, ads)
    assert report["caption_r1"] >= 0.52 and report["caption_r5"] >= 0.87
    assert report["ad_r1"] >= 0.36 and report["ad_r5"] >= 0.75
