"""The shared tokenizer and shape of the small Russian GPT (``python -m training tokenizer``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from masking import PLACEHOLDERS
from models.checkpoint import CHECKPOINTS, write_card
from models.language import HIDDEN_TOKENS, PHOTO_TOKENS, PREFIX_TOKEN
from training.captioner_data import PHRASES
from training.clothes import imagenet_names, read_clothes, read_stamps

VOCABULARY = 6000
SHAPE = {"n_layer": 4, "n_embd": 256, "n_head": 4, "n_positions": 512}


def corpus() -> Iterator[str]:
    """Training texts: captions, ads and assistant texts of the train part, names of things, form phrases."""
    for ad in read_clothes(split="train"):
        yield from (ad.caption, ad.ad, ad.assistant or "", ", ".join([ad.item, *ad.colors, *ad.details]))
    yield from imagenet_names()
    yield from (text for _, text in read_stamps())
    yield json.dumps(PHRASES, ensure_ascii=False)


def train_tokenizer(out: Path) -> None:
    """Train a BPE with every placeholder, hidden token and photo token as a single token, and write the GPT's shape."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import GPT2Config

    special = ["<pad>", "<s>", "</s>", "<unk>", *HIDDEN_TOKENS, *PHOTO_TOKENS, PREFIX_TOKEN, *PLACEHOLDERS]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="never"),
            pre_tokenizers.Split(Regex(r"[.,:;!?()\"«»%/+-]"), behavior="isolated"),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Fuse(), decoders.Metaspace(prepend_scheme="never")]
    )
    bytes_ = [f"<0x{i:02X}>" for i in range(256)]
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, min_frequency=2, special_tokens=[*special, *bytes_])
    tokenizer.train_from_iterator(corpus(), trainer)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    _keep_byte_pieces_ordinary(out / "tokenizer.json")
    size = tokenizer.get_vocab_size()
    ids = {f"{n}_token_id": tokenizer.token_to_id(t) for n, t in (("pad", "<pad>"), ("bos", "<s>"), ("eos", "</s>"))}
    GPT2Config(
        vocab_size=size,
        **SHAPE,
        **ids,
        attn_pdrop=0.0,
        activation_function="gelu_pytorch_tanh",
        embd_pdrop=0.1,
        resid_pdrop=0.1,
    ).save_pretrained(out)
    write_card(
        out,
        {
            "family": "gpt2",
            "title": {"ru": "Словарь и форма малой русской GPT", "en": "Tokenizer and shape of the small Russian GPT"},
            "training": {
                "command": "python -m training tokenizer",
                "data": "texts of shared/data/clothes (train), names",
            },
            "licence": "Apache-2.0",
        },
    )


def _keep_byte_pieces_ordinary(path: Path) -> None:
    """Byte pieces must be in the vocabulary but are not marks: a text ``<0x41>`` stays text."""
    state = json.loads(path.read_text(encoding="utf-8"))
    state["added_tokens"] = [t for t in state["added_tokens"] if not t["content"].startswith("<0x")]
    path.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    train_tokenizer(CHECKPOINTS / "language" / "gpt-ru-mini")
