"""``recipes/video.yaml`` on generated videos: translated by a table, split by video."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.training.data.videos import write_webvid
from training.data.build import build
from training.data.dataset import read_dataset
from training.data.recipe import read_recipe
from training.data.sources.tables import SourceError

RECIPE = Path(__file__).resolve().parents[3] / "recipes" / "video.yaml"


def recipe(tmp_path, videos):
    parts = "parts=[{name: WEBVID, source: webvid, where: {photos: [5, 10]}, translate: {table: %s, cache: %s}}]"
    return read_recipe(
        RECIPE,
        (
            f"sources={{webvid: {{type: webvid, path: {videos}, videos: {videos.parent}/videos, work: {tmp_path}/frames}}}}",
            parts % (tmp_path / "ru.tsv", tmp_path / "t.sqlite"),
            "split.val=0",
            "split.near={hash_bits: 0, cosine: 1.0}",  # the videos show nothing but noise
            "format=jsonl",
        ),
    )


def test_videos_become_translated_ads_split_by_video(tmp_path):
    videos = write_webvid(tmp_path / "webvid", 6, noise=np.random.default_rng(0))
    rows = [f"Coats, and more coats {k}\tПальто и ещё пальто {k}" for k in range(5)]
    (tmp_path / "ru.tsv").write_text("en\tru\n" + "\n".join(rows), encoding="utf-8")
    build(recipe(tmp_path, videos), tmp_path / "set", store=tmp_path / "s.sqlite")
    records = list(read_dataset(tmp_path / "set"))
    assert [record.id for record in records] == [f"webvid:{1000 + k}" for k in range(5)]  # one was left untranslated
    assert records[0].text == "Пальто и ещё пальто 0" and records[0].task == "caption"
    assert all(5 <= len(record.photos) <= 10 for record in records)
    assert Counter(record.split for record in records) == {"test": 1, "train": 4}
    card = (tmp_path / "set" / "dataset_card.md").read_text(encoding="utf-8")
    assert "1 texts left untranslated" in card
    left = [json.loads(line) for line in (tmp_path / "set" / "WEBVID-untranslated.jsonl").read_text().splitlines()]
    assert [line["text"] for line in left] == ["Coats, and more coats 5"]


def test_a_missing_list_is_said(tmp_path):
    (tmp_path / "ru.tsv").write_text("en\tru\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"list .* is not at"):
        build(recipe(tmp_path, tmp_path / "none.csv"), tmp_path / "set", store=tmp_path / "s.sqlite")
