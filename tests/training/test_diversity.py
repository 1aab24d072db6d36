"""Training of the diversity judges: labels and their audit, measures, the column written into a data set."""

import json

import numpy as np
import pytest
from PIL import Image

from training.diversity import frequent_phrases, train_linear, write_scores
from training.diversity_ads import LabelledText, audit, labelled_texts
from training.diversity_report import measures, reliability


class Judge:
    """Scores by the number of commas and photos."""

    weights: dict

    def score(self, text, photos):
        return min(1.0, (text.count(",") + len(photos)) / 10)


def test_the_labels_are_enough_and_no_text_has_two():
    texts = labelled_texts()
    variative = sum(text.variative for text in texts)
    assert variative >= 500 and len(texts) - variative >= 500
    kinds = {text.text: text.variative for text in texts}
    assert all(kinds[text.text] == text.variative for text in texts)


def test_rules_are_compared_with_the_reader():
    read = [
        LabelledText("Лотом: чашки, ложки", "lot", 1),
        LabelledText("Шесть одинаковых стульев", "identical_set", 0),
        LabelledText("Лотом одна ваза", "single", 0),
    ]
    report = audit(read)
    assert report["rules"]["a lot or a sale"] == {"texts": 2, "right": 0.5}
    assert report["texts"] == 3 and report["variative"] == 1 and report["proposed"] == 1


def test_measures():
    measured = measures(np.array([-3.0, -1.0, 2.0, 0.5]), np.array([0, 0, 1, 0]))
    assert measured["accuracy"] == 0.75 and measured["auc"] == 1 and measured["confusion"] == [[2, 1], [0, 1]]


def test_reliability_of_a_judge_that_knows_its_chances():
    logits = np.zeros(10)
    assert reliability(logits, np.array([0, 1] * 5)) == [(0.5, 0.5, 1.0)]


def test_phrases_seen_once_are_not_kept():
    known, rarity = frequent_phrases(["стол и стул", "стол и шкаф", "диван"])
    assert set(known) == {"стол", "и", "стол и"} and len(rarity) == 3


def test_a_regression_for_raw_features():
    judge = Judge()
    judge.weights = {}
    features = np.array([[0.0], [1.0], [9.0], [10.0]])
    train_linear(judge, "photo", features, np.array([0, 0, 1, 1]))
    logits = features @ judge.weights["photo.weight"] + judge.weights["photo.bias"]
    assert ((logits > 0) == [False, False, True, True]).all()


def test_the_column_is_written_beside_what_was_there(tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "a.jpg")
    path = tmp_path / "ads.jsonl"
    lines = [
        {"id": 1, "text": "стол, стул, шкаф"},
        {"id": 2, "photos": ["a.jpg"], "attributes": {"Цена": "500"}, "seller_text": "ваза", "text": "а, б, в"},
    ]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    assert write_scores(path, tmp_path, path, Judge()) == 2
    written = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["diversity_score"] for line in written] == [0.2, 0.1]
    assert written[1] == lines[1] | {"diversity_score": 0.1}


def test_a_missing_photo_leaves_the_data_set_as_it_was(tmp_path):
    path = tmp_path / "ads.jsonl"
    path.write_text('{"photos": ["nowhere.jpg"]}\n', encoding="utf-8")
    with pytest.raises((OSError, ValueError)):
        write_scores(path, tmp_path, path, Judge())
    assert path.read_text(encoding="utf-8") == '{"photos": ["nowhere.jpg"]}\n'
