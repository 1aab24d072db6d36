"""The judge of the texts of an ad."""

import json
import subprocess
import sys

import pytest

from models.toxicity.base import ToxicityClassifier
from moderation.text import TextModerator

DECENT = [
    "Сукно бильярдное зелёное",
    "Мандарины ящиком, самовывоз",
    "Щенки суки лабрадора",
    "Команда в сборе, мебель цела",
]
RUDE = ["Продам стол, а торгаши идите на хуй", "П и д о р а с ы, не звоните", "Тупые идиоты, не пишите мне"]


class ByWord(ToxicityClassifier):
    """A classifier whose score is known: 0.9 for a text with «дурак», 0.6 with «хам», else 0.1."""

    name, threshold = "by-word", 0.5

    def __init__(self):
        self.seen = []

    def scores(self, texts):
        self.seen += texts
        return [0.9 if "дурак" in text else 0.6 if "хам" in text else 0.1 for text in texts]


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
    assert all(word in text and f"«{word}»" in verdict.message.ru for word in verdict.details["words"])


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Продам стол. Покупатели дебилы. Самовывоз", "дебилы"),
        ("Шкаф целый, п*здец тяжёлый, самовывоз", "п*здец"),
        ("Диван, п и д о р а с ы, не звоните", "п и д о р а с ы"),
    ],
)
def test_the_heaviest_word_is_quoted_as_it_was_written(judge, text, word):
    assert word in judge.judge({"text": text})[0].details["words"]


@pytest.mark.parametrize("field", ["text", "generated", "Бренд"])
def test_every_text_is_judged(field):
    moderator = TextModerator(classifier=ByWord())
    fields = {"Цвет": "белый", "text": "стол", "generated": "Продаётся стол.", "Бренд": "нет"}
    assert moderator.judge(fields)[0].passed is True
    assert set(fields.values()) <= set(moderator.classifier.seen)
    verdict = moderator.judge(fields | {field: "дурак"})[0]
    assert (verdict.passed, verdict.score, verdict.details["field"]) == (False, 0.9, field)
    assert verdict.message.ru.startswith({"text": "Грубые слова в тексте", "generated": "Грубые слова в описании"}.get(
        field, "Грубые слова в поле «Бренд»"))  # fmt: skip


def test_the_name_of_an_attribute_is_judged_too():
    verdict = TextModerator(classifier=ByWord()).judge({"дурак": "белый", "text": "стол"})[0]
    assert verdict.passed is False
    assert verdict.details["words"] == ["дурак"]


def test_the_worst_field_decides():
    verdict = TextModerator(classifier=ByWord()).judge({"text": "хам", "Бренд": "дурак"})[0]
    assert verdict.details["field"] == "Бренд"
    assert verdict.details["scores"] == {"text": 0.6, "Бренд": 0.9}


def test_only_weighty_words_are_quoted_in_their_order():
    moderator = TextModerator(classifier=ByWord())
    assert moderator.heaviest("Стол целый. Ну ты и дурак, сосед! Самовывоз") == ["дурак"]


def test_the_threshold_itself_rejects():
    class Edge(ByWord):
        def scores(self, texts):
            return [0.5] * len(texts)

    assert TextModerator(classifier=Edge()).judge({"text": "стол"})[0].passed is False


def test_a_rude_word_does_not_drown_in_a_long_text(judge):
    polite = "Стол дубовый, стоял на даче, ножки целые, столешница ровная. " * 20
    assert judge.score(polite) < judge.classifier.threshold <= judge.score(f"{polite}{RUDE[0]}. {polite}")


def test_no_text_is_not_applicable(judge):
    assert judge.judge({"text": " "})[0].passed is None
    assert judge.judge({})[0].passed is None


def test_command_line(tmp_path):
    path = tmp_path / "texts.jsonl"
    path.write_text("\n".join(json.dumps({"text": text, "id": i}) for i, text in enumerate([DECENT[0], RUDE[0]])))
    run = subprocess.run(
        [sys.executable, "-m", "moderation", "text", "--jsonl", str(path)], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [(line["id"], line["rejected"]) for line in lines] == [(0, False), (1, True)]
    assert all(0 <= line["score"] <= 1 for line in lines)
