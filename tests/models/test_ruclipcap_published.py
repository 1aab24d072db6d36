"""Published ruClipCap state dicts (``gpt.*`` and ``clip_project.*``) over a published ruCLIP and ruGPT-3."""

import pytest
import torch
from torch.nn import functional as F

from models.checkpoint import load_captioner, write_card
from models.clip.factory import load_encoder
from models.clip.ruclip import _network
from models.connectors import MlpMapper, TransformerMapper
from models.language import PHOTO_TOKENS
from tests.models.published import ruclip_config, ruclip_folder
from tests.models.tiny import SPECIAL, gpt2_folder, gpt_config, next_scores, photo, prompt

WIDTH, EMBEDDING, VECTORS = 64, 16, 3
CARDS = {
    "mlp": {"kind": "mlp", "vectors": VECTORS},
    "transformer": {"kind": "transformer", "vectors": VECTORS, "clip_length": 2, "layers": 2, "heads": 4},
}


def publish(root, kind):
    """The published file, the folders of its parts, and a card that names them; returns the state dict."""
    torch.manual_seed(4)
    config = ruclip_config()
    ruclip_folder(root, _network(config), config)
    words = [*SPECIAL[:4], "Вопрос", "что", "изображении", "?", "Ответ"]
    gpt = gpt2_folder(root / "parts/rugpt", words, gpt_config(len(words) + 16))
    state = {f"gpt.{name}": weight for name, weight in gpt.state_dict().items()}
    state["gpt.transformer.h.0.attn.bias"] = torch.ones(1, 1, 128, 128, dtype=torch.bool)
    state["gpt.transformer.h.0.attn.masked_bias"] = torch.tensor(-1e4)
    arguments = {key: value for key, value in CARDS[kind].items() if key != "kind"}
    mapper = (MlpMapper if kind == "mlp" else TransformerMapper)(EMBEDDING, WIDTH, **arguments)
    state |= {f"clip_project.{name}": weight for name, weight in mapper.state_dict().items()}
    torch.save(state, root / "parts/model.pt")
    card = {
        "family": "ruclipcap", "title": {"ru": "т", "en": "t"}, "photos": "many", "source": "../../parts/model.pt",
        "parts": {"vision": "clip/tiny-ruclip", "language": str(root / "parts/rugpt")}, "connector": CARDS[kind],
        "tokens": ["<PRICE>"], "weights": "", "generation": {"num_beams": 1, "max_new_tokens": 8},
    }  # fmt: skip
    write_card(root / "captioners/published", card)
    return state, gpt


def dense_prefix(state, kind, embedding):
    """(K, width) by the formulas of the paper, on the published names, with no module of ours."""
    p = {name.removeprefix("clip_project."): w for name, w in state.items() if name.startswith("clip_project.")}
    if kind == "mlp":
        hidden = torch.tanh(p["model.0.weight"] @ embedding + p["model.0.bias"])
        return (p["model.2.weight"] @ hidden + p["model.2.bias"]).view(VECTORS, WIDTH)
    x = (p["linear.weight"] @ embedding + p["linear.bias"]).view(2, WIDTH)
    x = torch.cat([x, p["prefix_const"]])
    for layer in range(2):
        q = {name.removeprefix(f"transformer.layers.{layer}."): w for name, w in p.items()}
        seen = F.layer_norm(x, (WIDTH,), q["norm1.weight"], q["norm1.bias"])
        keys_values = seen @ q["attn.to_keys_values.weight"].T
        heads = []
        for head in range(4):
            part = slice(16 * head, 16 * head + 16)
            query = (seen @ q["attn.to_queries.weight"].T)[:, part]
            key, value = keys_values[:, :WIDTH][:, part], keys_values[:, WIDTH:][:, part]
            heads.append(torch.softmax(query @ key.T / 4, -1) @ value)
        x = x + torch.cat(heads, 1) @ q["attn.project.weight"].T + q["attn.project.bias"]
        seen = F.layer_norm(x, (WIDTH,), q["norm2.weight"], q["norm2.bias"])
        hidden = torch.relu(seen @ q["mlp.fc1.weight"].T + q["mlp.fc1.bias"])
        x = x + hidden @ q["mlp.fc2.weight"].T + q["mlp.fc2.bias"]
    return x[2:]


@pytest.mark.parametrize("kind", CARDS)
def test_scores_agree_with_the_formulas(tmp_path, kind):
    load_captioner.cache_clear(), load_encoder.cache_clear()
    state, gpt = publish(tmp_path, kind)
    captioner = load_captioner("published", tmp_path)
    seen = photo("teal")
    ours = next_scores(captioner, prompt(seen, text="этого модель не читает"))
    encoder = load_encoder("tiny-ruclip", tmp_path)
    with torch.inference_mode():
        raw = encoder._network.encode_image(encoder._preprocess(seen.image)[None])[0]
        assert abs(raw.norm() - 1) > 0.01  # the published prefix is made of embeddings that are not normalised
        question = captioner.tokenizer(
            "Вопрос: что на изображении? Ответ:", return_tensors="pt", add_special_tokens=False
        )
        embedded = gpt.get_input_embeddings()(question["input_ids"])[0]
        whole = torch.cat([dense_prefix(state, kind, raw), embedded])
        theirs = gpt(inputs_embeds=whole[None]).logits[0, -1]
    torch.testing.assert_close(ours[: len(theirs)], theirs, atol=1e-4, rtol=0)


def test_several_photos_are_several_prefixes(tmp_path):
    load_captioner.cache_clear(), load_encoder.cache_clear()
    publish(tmp_path, "mlp")
    captioner = load_captioner("published", tmp_path)
    photos = [photo("red"), photo("lime"), photo("blue")]
    ids, _ = captioner.tokenize([prompt(*photos)])
    assert [captioner.tokenizer.convert_tokens_to_ids(mark) in ids[0] for mark in PHOTO_TOKENS] == [True] * 3 + [
        False
    ] * 7
    before = next_scores(captioner, prompt(*photos))
    for place in range(3):
        changed = [*photos[:place], photo("white"), *photos[place + 1 :]]
        assert not torch.equal(next_scores(captioner, prompt(*changed)), before)
    assert captioner.generate([prompt(*photos)])


def test_pickles_with_code_are_refused(tmp_path):
    load_captioner.cache_clear(), load_encoder.cache_clear()
    publish(tmp_path, "mlp")
    torch.save({"gpt.x": print}, tmp_path / "parts/model.pt")
    with pytest.raises(Exception, match=r"[Ww]eights"):
        load_captioner("published", tmp_path)
