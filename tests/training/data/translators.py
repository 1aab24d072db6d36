"""Tiny translation models with random weights, saved as the published ones are."""

import json
from pathlib import Path

TEXTS = ["a red skirt", "two dogs run", "a cat sleeps on a chair"]
SIZES = {
    "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "max_position_embeddings": 32,
}  # fmt: skip


def save_marian(folder: Path) -> None:
    """Like ``Helsinki-NLP/opus-mt-en-ru``: two SentencePiece models and a shared vocabulary."""
    from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder.mkdir()
    pieces = ["<pad>", "</s>", "<unk>"]
    for side, corpus, size in (("source", TEXTS * 20, 30), ("target", list("абвгдежз") * 40, 14)):
        with (folder / f"{side}.spm").open("wb") as file:
            SentencePieceTrainer.train(
                sentence_iterator=iter(corpus),
                model_writer=file,
                vocab_size=size,
                hard_vocab_limit=False,
                minloglevel=2,
            )
        model = SentencePieceProcessor(str(folder / f"{side}.spm"))
        pieces += [model.id_to_piece(i) for i in range(model.get_piece_size())]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    files = [str(folder / name) for name in ("source.spm", "target.spm", "vocab.json")]
    MarianTokenizer(*files, source_lang="en", target_lang="ru").save_pretrained(folder)
    pad, eos = vocabulary["<pad>"], vocabulary["</s>"]
    config = MarianConfig(
        vocab_size=len(vocabulary), pad_token_id=pad, eos_token_id=eos, decoder_start_token_id=pad,
        forced_eos_token_id=eos, **SIZES,
    )  # fmt: skip
    MarianMTModel(config).save_pretrained(folder)


def save_fsmt(folder: Path) -> None:
    """Like ``facebook/wmt19-en-ru``: Moses tokens, one byte-pair vocabulary a language."""
    from transformers import FSMTConfig, FSMTForConditionalGeneration, FSMTTokenizer

    folder.mkdir()
    vocabularies = [_letters("abcdefghijklmnopqrstuvwxyz"), _letters("абвгде")]
    for name, vocabulary in zip(("vocab-src.json", "vocab-tgt.json"), vocabularies, strict=True):
        (folder / name).write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\na t</w> 1\n", encoding="utf-8")
    FSMTTokenizer(
        langs=["en", "ru"], src_vocab_file=str(folder / "vocab-src.json"), tgt_vocab_file=str(folder / "vocab-tgt.json"),
        merges_file=str(folder / "merges.txt"),
    ).save_pretrained(folder)  # fmt: skip
    source, target = map(len, vocabularies)
    config = FSMTConfig(langs=["en", "ru"], src_vocab_size=source, tgt_vocab_size=target, **SIZES)
    FSMTForConditionalGeneration(config).save_pretrained(folder)


def _letters(letters: str) -> dict[str, int]:
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *letters, *(f"{letter}</w>" for letter in letters)]
    return {piece: i for i, piece in enumerate(pieces)}
