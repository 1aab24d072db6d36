"""Translations: remembered, resumed, reported; tiny random models in the published formats."""

import json

import pytest

from tests.training.data.translators import save_fsmt, save_marian
from training.data.dataset import Draft
from training.data.record import AdRecord
from training.data.translate import ModelTranslation, TranslationError, Translator, open_translator, translated

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


@pytest.mark.parametrize("save", [save_marian, save_fsmt], ids=["opus-mt-en-ru", "wmt19-en-ru"])
def test_a_folder_of_a_published_kind_translates_in_batches_as_one_by_one(save, tmp_path):
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    torch.manual_seed(0)
    save(tmp_path / "model")
    texts = ["a red skirt", "two dogs", "a cat sleeps on a chair"]
    batched = ModelTranslation(str(tmp_path / "model"))(texts)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "model")
    for text, translation in zip(texts, batched, strict=True):
        ids = model.generate(**tokenizer(text, return_tensors="pt"), num_beams=4, max_length=32)
        assert translation == tokenizer.decode(ids[0], skip_special_tokens=True)
    assert any(batched)
