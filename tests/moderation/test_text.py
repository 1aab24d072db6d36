"""The judge of texts on words of our own, and published classifiers in their own format."""

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

from models.checkpoint import write_card
from models.toxicity.factory import load_toxicity
from moderation.text import TextModerator

DECENT = [
    "Сукно бильярдное зелёное",
    "Мандарины ящиком, самовывоз",
    "Щенки суки лабрадора",
    "Команда в сборе, мебель цела",
]
RUDE = ["Продам стол, а торгаши идите на хуй", "П и д о р а с ы, не звоните", "Тупые идиоты, не пишите мне"]


@pytest.fixture(scope="module")
def judge():
    return TextModerator()


@pytest.mark.parametrize("text", DECENT)
def test_words_that_only_look_bad_pass(judge, text):
    assert judge.judge({"text": text})[0].passed is True


@pytest.mark.parametrize("text", RUDE)
def test_rude_texts_are_rejected_with_their_words(judge, text):
    verdict = judge.judge({"Цвет": "белый", "text": text})[0]
    assert verdict.passed is False
    assert verdict.details["field"] == "text"
    assert verdict.details["words"]


def test_an_attribute_value_is_judged(judge):
    verdict = judge.judge({"Бренд": RUDE[0], "text": "Стол"})[0]
    assert verdict.passed is False
    assert "Бренд" in verdict.message.ru


def test_a_rude_word_does_not_drown_in_a_long_text(judge):
    polite = "Стол дубовый, стоял на даче, ножки целые, столешница ровная. " * 20
    assert judge.score(polite) < judge.classifier.threshold <= judge.score(f"{polite}{RUDE[0]}. {polite}")


def test_no_text_is_not_applicable(judge):
    assert judge.judge({"text": " "})[0].passed is None


@pytest.mark.parametrize(("family", "labels"), [("xlm-roberta", 16), ("rubert-tiny", 5)])
def test_published_classifiers_aggregate_their_labels(tmp_path, family, labels):
    torch.manual_seed(0)
    vocabulary = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "стол", "дурак"])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(
        tmp_path / "m"
    )
    config = BertConfig(
        vocab_size=4, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, num_labels=labels,
        id2label={i: "toxicity" if i == 0 else f"label_{i}" for i in range(labels)},
    )  # fmt: skip
    model = BertForSequenceClassification(config).eval()
    model.save_pretrained(tmp_path / "m")
    card = {"family": family, "threshold": 0.5, "parts": {"model": str(tmp_path / "m")}}
    write_card(tmp_path / "toxicity" / "trial", card)
    score = load_toxicity("trial", tmp_path).scores(["дурак", "…"])
    chances = model(torch.tensor([[3]])).logits.sigmoid()[0]
    wanted = chances[0] if family == "xlm-roberta" else 1 - chances[0] * (1 - chances[-1])
    assert score[0] == pytest.approx(float(wanted), abs=1e-5)
    assert score[1] == 0.0
