"""Tiny random parts and the photos and prompts the tests of captioner families share."""

from pathlib import Path
from typing import Any

import torch
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PretrainedConfig, PreTrainedTokenizerFast

from models.captioners.base import Captioner, Prompt
from models.checkpoint import build_captioner, load_captioner, own_state, save_weights, write_card
from models.language import MARKS, PHOTO_TOKENS
from models.photo import Photo
from models.vision import efficientnet_lite0

WORDS = "белая чёрная юбка куртка размер цена отдам за и на Объявление : . , 1 2".split()
SPECIAL = ["<pad>", "<s>", "</s>", "<unk>", *MARKS, "<PRICE>", "<SIZE>"]


def word_tokenizer(special: list[str] = SPECIAL) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.WordLevel({token: i for i, token in enumerate([*special, *WORDS])}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(special)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


def gpt_config(vocabulary: int, **changes: Any) -> GPT2Config:
    ids = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    return GPT2Config(
        vocab_size=vocabulary, **{"n_layer": 2, "n_embd": 64, "n_head": 2, "n_positions": 128} | ids | changes
    )


def checkpoint_tree(root: Path, language: PretrainedConfig | None = None) -> Path:
    """Shared parts as in ``checkpoints/``: the backbone ``eye`` and the language model ``lm`` (its shape)."""
    torch.manual_seed(0)
    save_weights(root / "vision/eye/model.safetensors", efficientnet_lite0().state_dict())
    write_card(root / "vision/eye", {"family": "efficientnet-lite0", "image_size": 64})
    tokenizer = word_tokenizer()
    (root / "language/lm").mkdir(parents=True)
    tokenizer.backend_tokenizer.save(str(root / "language/lm/tokenizer.json"))
    (language or gpt_config(len(tokenizer))).save_pretrained(root / "language/lm")
    return root


def saved_captioner(root: Path, name: str, **card: Any) -> Captioner:
    """Write a checkpoint of random weights and load it."""
    folder = root / "captioners" / name
    card = {
        "title": {"ru": "Проба", "en": "Trial"}, "photos": "many", "parts": {"vision": "eye", "language": "lm"},
        "generation": {"num_beams": 1, "max_new_tokens": 12},
    } | card  # fmt: skip
    torch.manual_seed(1)
    save_weights(folder / "model.safetensors", own_state(build_captioner(folder, card).network, card.get("weights")))
    write_card(folder, card)
    return load_captioner(name, root)


def photo(colour: str) -> Photo:
    return Photo("p.jpg", Image.new("RGB", (80, 60), colour))


def prompt(*photos: Photo, text: str = "<SINGLE> белая юбка") -> Prompt:
    return Prompt(f"{text} {' '.join(PHOTO_TOKENS[: len(photos)])} Объявление :", tuple(photos))


@torch.inference_mode()
def next_scores(captioner: Captioner, prompt: Prompt) -> torch.Tensor:
    """(V,) scores of the first written token, by the road that ``generate`` takes."""
    inputs = captioner._model_inputs([prompt])
    if captioner.network.language.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.tensor([[captioner.network.language.config.decoder_start_token_id]])
    return captioner.network.language(**inputs).logits[0, -1]


def gpt2_folder(folder: Path, vocabulary: list[str], config: GPT2Config) -> GPT2LMHeadModel:
    """Save a random ruGPT-3-like model as published: config, ``pytorch_model.bin``, tokenizer files."""
    torch.manual_seed(2)
    network = GPT2LMHeadModel(config)
    folder.mkdir(parents=True)
    config.save_pretrained(folder)
    torch.save(network.state_dict(), folder / "pytorch_model.bin")
    word_tokenizer(vocabulary).save_pretrained(folder)
    return network.eval()
