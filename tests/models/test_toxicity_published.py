"""Published classifiers: small random models saved as the published ones are, loaded through their cards."""

import io
import json
import re
import shutil
from types import SimpleNamespace

import pytest
import sentencepiece
import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    XLMRobertaConfig,
    XLMRobertaForSequenceClassification,
)

from models.checkpoint import CHECKPOINTS, write_card
from models.parts import MissingPart
from models.toxicity.factory import load_toxicity
from models.toxicity.rubert_tiny import RubertTinyClassifier
from models.toxicity.xlm_roberta import XlmRobertaClassifier

TEXTS = ["продам стол и стул", "ты дурак", "стол"]
DETOXIFY = ["toxicity", "severe_toxicity", "obscene", "identity_attack", "insult", "threat", "sexual_explicit"]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "продам", "стол", "и", "стул", "ты", "ду", "##рак"]


def save_rubert_tiny(folder, labels=5):
    """The files of ``cointegrated/rubert-tiny-toxicity``: a BERT's configuration, weights in ``.bin``, ``vocab.txt``."""
    torch.manual_seed(1)
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(vocab_size=len(WORDS), num_labels=labels, problem_type="multi_label_classification", **size)
    model = BertForSequenceClassification(config).eval()
    config.architectures = ["BertForSequenceClassification"]
    folder.mkdir(parents=True)
    config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": False, "strip_accents": None}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return model


def save_xlm_roberta(folder, names=DETOXIFY):
    """The files of ``unitary/multilingual-toxic-xlm-roberta``: weights in ``.bin``, ``sentencepiece.bpe.model``."""
    torch.manual_seed(2)
    folder.mkdir(parents=True)
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 20), model_writer=written, vocab_size=40, model_type="unigram", minloglevel=2,
        hard_vocab_limit=False,
    )  # fmt: skip
    (folder / "sentencepiece.bpe.model").write_bytes(written.getvalue())
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "XLMRobertaTokenizer"}))
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    labels = {"id2label": dict(enumerate(names)), "label2id": {name: i for i, name in enumerate(names)}}
    config = XLMRobertaConfig(vocab_size=60, max_position_embeddings=514, type_vocab_size=1, **size, **labels)
    model = XLMRobertaForSequenceClassification(config).eval()
    config.architectures = ["XLMRobertaForSequenceClassification"]
    config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    return model


def load(root, family, **changes):
    write_card(root / "toxicity" / "trial", {"family": family, "threshold": 0.5, "source": "../../part"} | changes)
    return load_toxicity("trial", root)


def test_rubert_tiny_aggregates_its_labels_as_its_card_says(tmp_path):
    model = save_rubert_tiny(tmp_path / "part")
    classifier = load(tmp_path, "rubert-tiny")
    chances = model(torch.tensor([[2, 9, 10, 11, 3]])).logits.sigmoid()[0]  # [CLS] ты ду ##рак [SEP]
    wanted = 1 - chances[0] * (1 - chances[4])
    assert classifier.scores(TEXTS)[1] == pytest.approx(float(wanted), abs=1e-6)
    assert classifier.scores(["ты дурак"])[0] == pytest.approx(float(wanted), abs=1e-6), "padding changed the score"


def test_rubert_tiny_gives_the_numbers_printed_on_its_card():
    """The card prints the five probabilities of two texts and their aggregates."""
    printed = torch.tensor(
        [[9.7157580e-01, 1.8086294e-02, 4.5550885e-03, 1.8975559e-03, 9.3311059e-01],
         [9.9979788e-01, 1.9048342e-04, 1.5297388e-04, 1.7452303e-04, 4.1369814e-02]]
    )  # fmt: skip
    found = RubertTinyClassifier("trial", SimpleNamespace(eval=lambda: None), None, 0.5).probability(printed.logit())
    assert found.tolist() == pytest.approx([0.93501186, 0.04156357], abs=1e-5)


def test_another_number_of_labels_is_told(tmp_path):
    save_rubert_tiny(tmp_path / "part", labels=2)
    with pytest.raises(ValueError, match="has 5 labels, this model has 2"):
        load(tmp_path, "rubert-tiny")


@pytest.mark.parametrize(
    ("names", "place"),
    [(DETOXIFY, 0), (["insult", "toxic"], 1), (["LABEL_0", "LABEL_1", "LABEL_2"], 0), (["toxic"], 0)],
)
def test_xlm_roberta_scores_by_the_sigmoid_of_toxicity_alone(tmp_path, names, place):
    model = save_xlm_roberta(tmp_path / "part", names)
    classifier = load(tmp_path, "xlm-roberta")
    ids = classifier.tokenizer(TEXTS[1])["input_ids"]
    assert ids[0] == 0
    assert ids[-1] == 2
    wanted = model(torch.tensor([ids])).logits[0, place].sigmoid()
    assert classifier.scores(TEXTS)[1] == pytest.approx(float(wanted), abs=1e-6)


def test_xlm_roberta_reads_the_published_pieces(tmp_path):
    save_xlm_roberta(tmp_path / "part")
    tokenizer = load(tmp_path, "xlm-roberta").tokenizer
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "part" / "sentencepiece.bpe.model"))
    ids = tokenizer("продам стол")["input_ids"][1:-1]
    assert ids == [piece + 1 for piece in pieces.encode("продам стол")], "fairseq's ids are shifted by one"


def test_no_letters_no_score_and_a_long_text_by_its_worst_sentence(tmp_path):
    save_rubert_tiny(tmp_path / "part")
    classifier = load(tmp_path, "rubert-tiny")
    sentences = ["продам стол и стул.", "ты дурак."]
    text = " ".join(sentences * 20)
    assert classifier.scores(["— 5 000 —", ""]) == [0.0, 0.0]
    assert classifier.scores([text])[0] == pytest.approx(max(classifier.scores([text[:290], text, *sentences])[1:]))


def test_a_missing_model_is_named_with_its_download(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    for name in ("rubert-tiny-toxicity", "multilingual-toxic-xlm-roberta"):
        shutil.copytree(CHECKPOINTS / "toxicity" / name, tmp_path / "toxicity" / name)
        with pytest.raises(MissingPart, match=rf"^{re.escape(name)}: .*hf download \w+/{re.escape(name)}"):
            load_toxicity(name, tmp_path)


def test_an_unknown_family_is_told(tmp_path):
    with pytest.raises(ValueError, match="unknown family 'bert'; known: builtin, xlm-roberta, rubert-tiny"):
        load(tmp_path, "bert")


def test_families_are_of_one_interface():
    assert {XlmRobertaClassifier.scores, RubertTinyClassifier.scores} == {XlmRobertaClassifier.scores}
