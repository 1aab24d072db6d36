"""Evaluation on a handful of drawn photos: several references, resumed runs, a page."""

import json

import numpy as np
import pytest
from PIL import Image

from training.evaluate import captions_of, evaluate, read_references
from training.scoring import TextScores, agreement, bootstrap_interval, score_texts

LINES = [
    {"photo": "a.jpg", "item": "юбка", "colors": ["белый"], "pattern": "однотонный",
     "caption": "Белая юбка.", "ad": "Отдам белую юбку.", "assistant": "Представляем вашему вниманию белую юбку."},
    {"photo": "a.jpg", "item": "платье", "colors": ["белый"], "pattern": "однотонный", "caption": "Белое платье на столе.", "ad": "Платье белое."},
    {"photo": "b.jpg", "item": "куртка", "colors": ["чёрный"], "pattern": "полоска",
     "caption": "Чёрная куртка в полоску.", "ad": "Куртка, тёплая.", "assistant": "Стильная чёрная куртка станет находкой!"},
]  # fmt: skip


@pytest.fixture
def ads(tmp_path):
    for name, colour in (("a.jpg", "white"), ("b.jpg", "black")):
        Image.new("RGB", (90, 120), colour).save(tmp_path / name)
    path = tmp_path / "ads.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in LINES), encoding="utf-8")
    return path


def test_several_lines_of_a_photo_are_several_references(ads):
    references = read_references(ads, None)
    assert {name: len(lines) for name, lines in references.items()} == {"a.jpg": 2, "b.jpg": 1}
    scores = agreement({"a.jpg": "Белая юбка.", "b.jpg": "Красная куртка."}, references, "caption")
    assert scores["item"].values.tolist() == [0.5, 1.0]  # of two annotators one said «юбка»
    assert scores["main_colour"].values.tolist() == [1.0, 0.0]
    assert scores["cider"].values[0] > scores["cider"].values[1] > 0


def test_metrics_that_do_not_apply_everywhere_are_averaged_where_they_do(ads):
    texts = {"a.jpg": "Белая юбка за пятьсот рублей.", "b.jpg": "Чёрная куртка."}
    scores = score_texts(texts, read_references(ads, None), "ad")
    assert scores["texts_with_numbers"].mean == 0.5
    assert not np.isnan(scores["humanness"].values).any()
    assert TextScores(np.array([1.0, np.nan, 3.0])).mean == 2.0


def test_intervals_hold_the_mean_and_shrink_with_more_texts():
    random = np.random.default_rng(1)
    few, many = random.normal(5, 1, 20), random.normal(5, 1, 2000)
    (low, high), (near_low, near_high) = bootstrap_interval(few), bootstrap_interval(many)
    assert low < few.mean() < high
    assert near_high - near_low < 0.3 * (high - low)


def test_a_stopped_run_goes_on(tmp_path):
    path = tmp_path / "captions.jsonl"
    path.write_text(json.dumps({"photo": "a.jpg", "text": "Юбка."}) + "\n")
    asked = []

    def run(names):
        asked.extend(names)
        return ({"photo": name, "text": "Куртка."} for name in names)

    lines = captions_of(path, ["a.jpg", "b.jpg"], run)
    assert asked == ["b.jpg"] and [line["text"] for line in lines] == ["Юбка.", "Куртка."]
    assert captions_of(path, ["a.jpg", "b.jpg"], lambda names: [{"photo": 1 / 0} for _ in names]) == lines


def test_the_built_in_captioner_is_measured_and_shown(ads, tmp_path):
    out = tmp_path / "out"
    metrics = evaluate("ruclipcap-clothes", read_references(ads, None), tmp_path, "caption", out, beams=1)
    assert metrics["photos"] == 2 and metrics["references_per_photo"] == 1.5
    for name, (low, high) in metrics["intervals"].items():
        assert low - 1e-3 <= metrics[name] <= high + 1e-3
    assert json.loads((out / "metrics.json").read_text()) == metrics
    page = (out / "page.html").read_text(encoding="utf-8")
    texts = [json.loads(line)["text"] for line in (out / "per_ad.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(texts) == 2 and all(text in page for text in texts)
    assert "shares the captioner's image backbone" in page.replace("&#x27;", "'")
