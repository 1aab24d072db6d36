"""Translations: remembered, resumed, reported; a tiny random Marian model in the published format."""

import json

import pytest

from training.data.dataset import Draft
from training.data.record import AdRecord
from training.data.translate import TranslationError, Translator, open_translator, translated

RUSSIAN = {"a red skirt": "красная юбка", "a cat": "кот", "two dogs": "две собаки", "": ""}


class Dictionary:
    def __init__(self, dies_after=None):
        self.asked, self.dies_after = [], dies_after

    def __call__(self, texts):
        self.asked += texts
        if self.dies_after is not None and len(self.asked) > self.dies_after:
            raise KeyboardInterrupt
        return [RUSSIAN.get(text, text) for text in texts]


def test_each_text_is_translated_once_over_runs(tmp_path):
    first = Dictionary()
    texts = ["a cat", "a red skirt", "a cat", "синее платье"]
    wanted = ["кот", "красная юбка", "кот", "синее платье"]
    assert Translator(first, "d", tmp_path / "c.sqlite", batch=1)(texts) == wanted
    assert first.asked == ["a cat", "a red skirt"]
    again = Dictionary()
    assert Translator(again, "d", tmp_path / "c.sqlite")(texts) == wanted and again.asked == []
    other = Dictionary()
    Translator(other, "another model", tmp_path / "c.sqlite")(["a cat"])
    assert other.asked == ["a cat"]


def test_a_killed_run_goes_on_where_it_stopped(tmp_path):
    texts = ["a cat", "a red skirt", "two dogs"]
    with pytest.raises(KeyboardInterrupt):
        Translator(Dictionary(dies_after=2), "d", tmp_path / "c.sqlite", batch=1)(texts)
    rest = Dictionary()
    Translator(rest, "d", tmp_path / "c.sqlite", batch=1)(texts)
    assert rest.asked == ["two dogs"]


def test_lines_left_untranslated_are_reported_and_dropped(tmp_path, capsys):
    translator = Translator(Dictionary(), "d", tmp_path / "c.sqlite")
    drafts = [
        Draft(AdRecord(id=str(i), text=text, source="S")) for i, text in enumerate(["a cat", "xyzzy", "two dogs"])
    ]
    assert [d.record.text for d in translated(drafts, translator)] == ["кот", "две собаки"]
    translator.report.write(tmp_path / "left.jsonl")
    assert json.loads((tmp_path / "left.jsonl").read_text()) == {"text": "xyzzy", "reason": "not Russian: xyzzy"}
    assert "2 texts (0 remembered), 1 left untranslated" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["t.tsv", "t.jsonl"])
def test_a_table_of_translations(tmp_path, name):
    rows = {"t.tsv": "en\tru\na cat\tкот\n", "t.jsonl": '{"en": "a cat", "ru": "кот"}\n'}
    (tmp_path / name).write_text(rows[name], encoding="utf-8")
    translate = open_translator(None, tmp_path / name, tmp_path / "c.sqlite")
    assert translate(["a cat", "a dog"]) == ["кот", None]
    assert translate.report.untranslated == {"a dog": "no translation"}


def test_what_is_missing_is_said(tmp_path):
    with pytest.raises(TranslationError, match="no table of translations"):
        open_translator(None, tmp_path / "none.tsv", tmp_path / "c.sqlite")
    (tmp_path / "t.csv").write_text("english,russian\na,б\n")
    with pytest.raises(TranslationError, match="has the columns en and ru"):
        open_translator(None, tmp_path / "t.csv", tmp_path / "c.sqlite")
    missing = open_translator("facebook/wmt19-en-ru", None, tmp_path / "c.sqlite")
    with pytest.raises(TranslationError, match=r"facebook/wmt19-en-ru is not on this machine.*hf download"):
        missing(["a cat"])
    with pytest.raises(TranslationError, match="name a model"):
        open_translator(None, None, tmp_path / "c.sqlite")


@pytest.fixture(scope="module")
def marian(tmp_path_factory):
    """A folder like ``Helsinki-NLP/opus-mt-en-ru``: two SentencePiece models, a shared vocabulary, random weights."""
    import sentencepiece
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    folder = tmp_path_factory.mktemp("marian")
    corpora = {
        "source": ["a red skirt", "two dogs run", "a cat sleeps on a chair"] * 20,
        "target": list("абвгдежз") * 40,
    }
    pieces = ["<pad>", "</s>", "<unk>"]
    for side, corpus in corpora.items():
        (folder / f"{side}.txt").write_text("\n".join(corpus), encoding="utf-8")
        sentencepiece.SentencePieceTrainer.train(
            input=str(folder / f"{side}.txt"), model_prefix=str(folder / side), vocab_size=30 if side == "source" else 14,
            hard_vocab_limit=False, minloglevel=2,
        )  # fmt: skip
        (folder / f"{side}.model").rename(folder / f"{side}.spm")
        model = sentencepiece.SentencePieceProcessor(str(folder / f"{side}.spm"))
        pieces += [model.id_to_piece(i) for i in range(model.get_piece_size())]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    MarianTokenizer(
        str(folder / "source.spm"), str(folder / "target.spm"), str(folder / "vocab.json"), source_lang="en", target_lang="ru"
    ).save_pretrained(folder)  # fmt: skip
    torch.manual_seed(0)
    config = MarianConfig(
        vocab_size=len(vocabulary), d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=32,
        pad_token_id=vocabulary["<pad>"], eos_token_id=vocabulary["</s>"], decoder_start_token_id=vocabulary["<pad>"],
        forced_eos_token_id=vocabulary["</s>"],
    )  # fmt: skip
    MarianMTModel(config).save_pretrained(folder)
    return folder


def test_a_marian_folder_translates_in_batches_as_one_by_one(marian, tmp_path):
    from transformers import AutoTokenizer, MarianMTModel

    texts = ["a red skirt", "two dogs", "a cat sleeps on a chair"]
    translate = open_translator(str(marian), None, tmp_path / "c.sqlite")._translate
    batched = translate(texts)
    tokenizer, model = AutoTokenizer.from_pretrained(marian), MarianMTModel.from_pretrained(marian)
    for text, translation in zip(texts, batched, strict=True):
        ids = model.generate(**tokenizer(text, return_tensors="pt"), num_beams=4, max_length=32)
        assert translation == tokenizer.decode(ids[0], skip_special_tokens=True)
    assert any(batched)
