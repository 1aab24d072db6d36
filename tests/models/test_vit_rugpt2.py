"""Both vit-rugpt2 families: one photo by cross-attention, many by soft prompt; the published format."""

import pytest
import torch
from transformers import GPT2LMHeadModel, VisionEncoderDecoderModel, ViTConfig, ViTImageProcessor, ViTModel
from transformers.modeling_outputs import BaseModelOutput

from models.captioners.base import Generation
from models.checkpoint import load_captioner, write_card
from models.language import PHOTO_TOKENS, PREFIX_TOKEN
from tests.models.tiny import (
    SPECIAL,
    checkpoint_tree,
    gpt2_folder,
    gpt_config,
    next_scores,
    photo,
    prompt,
    saved_captioner,
    word_tokenizer,
)  # fmt: skip


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return checkpoint_tree(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture(scope="module")
def single(root):
    return saved_captioner(root, "single", family="vit_rugpt2", photos="single", cells=4)


@pytest.fixture(scope="module")
def many(root):
    return saved_captioner(root, "many", family="vit_rugpt2_prompt", connector={"grid": 2})


@pytest.fixture(params=["single", "many"])
def captioner(request):
    return request.getfixturevalue(request.param)


def test_saved_and_loaded_networks_are_equal(captioner, root):
    load_captioner.cache_clear()
    again = load_captioner(captioner.name, root)
    assert torch.equal(next_scores(again, prompt(photo("red"))), next_scores(captioner, prompt(photo("red"))))


def test_the_photo_and_the_text_change_the_scores(captioner):
    before = next_scores(captioner, prompt(photo("red")))
    assert not torch.equal(next_scores(captioner, prompt(photo("white"))), before)
    assert not torch.equal(next_scores(captioner, prompt(photo("red"), text="<VARIATIVE>")), before)


def test_every_one_of_many_photos_changes_the_scores(many):
    photos = [photo("red"), photo("green"), photo("blue")]
    before = next_scores(many, prompt(*photos))
    for place in range(3):
        changed = [*photos[:place], photo("white"), *photos[place + 1 :]]
        assert not torch.equal(next_scores(many, prompt(*changed)), before)


def test_a_batch_writes_what_single_prompts_write(captioner):
    prompts = [prompt(photo("red")), prompt(), prompt(photo("green"), text="<SINGLE>")]
    assert captioner.generate(prompts) == [captioner.generate([p])[0] for p in prompts]


def test_beams_and_stream(captioner):
    one = prompt(photo("red"))
    assert captioner.generate([one], Generation(num_beams=3, max_new_tokens=6))
    *_, last = captioner.stream(one)
    assert last == captioner.generate([one])[0]


def published_folder(folder, width=64):
    """A tiny model in the layout of tuman/vit-rugpt2-image-captioning."""
    torch.manual_seed(3)
    tokenizer = word_tokenizer()
    decoder = gpt_config(len(tokenizer), add_cross_attention=True, is_decoder=True, n_embd=width)
    eye = ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, image_size=32, patch_size=8
    )
    network = VisionEncoderDecoderModel(
        encoder=ViTModel(eye, add_pooling_layer=False), decoder=GPT2LMHeadModel(decoder)
    )
    network.config.decoder_start_token_id, network.config.pad_token_id = 1, 0
    network.config.eos_token_id = 2
    network.save_pretrained(folder)
    torch.save(network.state_dict(), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return network.eval()


@pytest.mark.parametrize("width", [64, 32])
def test_the_published_format_writes_what_transformers_writes(tmp_path, width):
    """With a projection between the two widths, and without."""
    whole = published_folder(tmp_path / "parts/tuman", width)
    card = {
        "family": "vit_rugpt2", "title": {"ru": "т", "en": "t"}, "photos": "single", "source": "../../parts/tuman",
        "weights": "", "generation": {"num_beams": 4, "max_new_tokens": 15},
    }  # fmt: skip
    write_card(tmp_path / "captioners/tuman", card)
    captioner = load_captioner("tuman", tmp_path)
    assert not captioner.inputs.text
    seen = photo("orange")
    pixels = ViTImageProcessor.from_pretrained(tmp_path / "parts/tuman")([seen.image], return_tensors="pt")[
        "pixel_values"
    ]
    with torch.inference_mode():
        ours = next_scores(captioner, prompt(seen))
        states = whole.encoder(pixels).last_hidden_state
        theirs = whole(encoder_outputs=BaseModelOutput(states), decoder_input_ids=torch.tensor([[1]])).logits[0, -1]
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)
        arguments = captioner._arguments(captioner.defaults)
        ids = whole.generate(pixels, decoder_start_token_id=1, **arguments)[0]
    assert captioner.generate([prompt(seen)])[0] == captioner.tokenizer.decode(
        [i for i in ids.tolist() if i > 2], skip_special_tokens=False
    )


def test_soft_prompt_over_published_vit_and_rugpt(tmp_path):
    """Marks and slots become single tokens of the published tokenizer, with embeddings; weights are saved and reloaded."""
    eye = ViTConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64, image_size=32, patch_size=8
    )
    ViTModel(eye, add_pooling_layer=False).save_pretrained(tmp_path / "parts/vit")
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "parts/vit")
    plain = SPECIAL[:4]
    gpt2_folder(tmp_path / "parts/rugpt", plain, gpt_config(len(plain) + 15))
    write_card(tmp_path / "vision/vit-base", {"family": "vit", "source": "../../parts/vit"})
    captioner = saved_captioner(
        tmp_path, "soft", family="vit_rugpt2_prompt", tokens=["<PRICE>", "<SIZE>"], connector={"grid": 2},
        parts={"vision": "vit-base", "language": str(tmp_path / "parts/rugpt")}, weights="^(connector|language)",
    )  # fmt: skip
    for token in (*PHOTO_TOKENS, PREFIX_TOKEN, "<SINGLE>", "<PRICE>", "<SIZE>"):
        assert len(captioner.tokenizer(token, add_special_tokens=False)["input_ids"]) == 1
    assert captioner.network.language.get_input_embeddings().num_embeddings >= len(captioner.tokenizer)
    first = next_scores(captioner, prompt(photo("red"), photo("blue")))
    load_captioner.cache_clear()
    assert torch.equal(next_scores(load_captioner("soft", tmp_path), prompt(photo("red"), photo("blue"))), first)
