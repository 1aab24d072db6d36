"""The masks keep their bars on ads written for measuring them.

``held_out.jsonl`` holds the ads in batches. Each was measured as soon as it was written; what it showed was learnt before
the next one was written, so only the last batch says how well unseen ads are masked.
"""

import json
from collections import defaultdict
from pathlib import Path

import pytest

from masking.score import score

ADS = Path(__file__).with_name("held_out.jsonl")


@pytest.fixture(scope="module")
def batches():
    found = defaultdict(list)
    for line in ADS.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        found[record["batch"]].append(record["tagged"])
    return found


def check(tagged):
    measured = score(tagged)
    assert measured["digits_masked"] == 1 and measured["round_trip"] == 1, measured
    assert measured["span_f1"] >= 0.97, measured
    assert measured["slot_accuracy"] >= 0.9, measured


def test_the_last_batch(batches):
    check(batches[max(batches)])


def test_every_batch(batches):
    for tagged in batches.values():
        check(tagged)


@pytest.mark.data
def test_the_development_set():
    from training.clothes import SHARED

    lines = (SHARED / "masking" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    check([json.loads(line)["tagged"] for line in lines])


def test_what_the_score_counts():
    measured = score(["цена [PRICE:500] руб, размер [PRICE:42]", "вес [WEIGHT:5] [WEIGHT:6] кг"])
    assert measured["spans"] == 4 and measured["digits_masked"] == 1
    assert measured["slot_accuracy"] < 1 and "PRICE → SIZE" in measured["confusion"]
