"""Near-copies are found by hash and by features, and whole groups are dealt out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.data.ads import picture
from training.data.dataset import DatasetWriter, Draft, copy_records
from training.data.leaks import leaks
from training.data.near import Groups, near_pairs
from training.data.recipe import NearCopies, SplitRule
from training.data.record import AdRecord
from training.data.split import deal, thing_of


def far_hashes(count):
    return np.random.default_rng(0).integers(0, 2**63, count, dtype=np.uint64)


def test_pairs_by_hash_or_by_features_across_blocks():
    count = 4500  # more than two blocks
    hashes = far_hashes(count)
    features = np.random.default_rng(1).normal(size=(count, 64)).astype(np.float32)
    hashes[4400] = hashes[10] ^ np.uint64(0b111)
    features[3000] = features[2999] + 0.01
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    rule = NearCopies(hash_bits=3, cosine=0.95)
    assert set(near_pairs(hashes, features, rule)) == {(10, 4400), (2999, 3000)}
    assert set(near_pairs(hashes, features, NearCopies(hash_bits=2, cosine=0.95))) == {(2999, 3000)}
    one, other = slice(0, 3000), slice(3000, None)
    crossing = near_pairs(hashes[one], features[one], rule, also=(hashes[other], features[other]))
    assert set(crossing) == {(10, 1400), (2999, 0)}


def test_groups_are_transitive():
    groups = Groups(6)
    for i, j in ((4, 1), (1, 5), (0, 2)):
        groups.join(i, j)
    assert groups.labels().tolist() == [0, 1, 0, 3, 1, 1]


def test_records_of_one_thing_share_it():
    assert thing_of("coco:7~3") == thing_of("coco:7~9~AUG-1") == "coco:7"
    assert thing_of("webvid:12") == "webvid:12"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 4)), min_size=1, max_size=200), st.integers(0, 5))
def test_no_group_is_on_two_sides_and_shares_are_met(things, seed):
    labels, records = np.array([t[0] for t in things]), np.array([t[1] for t in things])
    splits = deal(labels, records, ["train"] * len(things), SplitRule(test=0.2, val=0.1), seed)
    for label in set(labels.tolist()):
        assert len({s for s, owner in zip(splits, labels, strict=True) if owner == label}) == 1
    for split, share in (("test", 0.2), ("val", 0.1)):
        held = sum(count for count, s in zip(records.tolist(), splits, strict=True) if s == split)
        assert held <= share * records.sum() + 0.5
    assert splits == deal(labels, records, ["train"] * len(things), SplitRule(test=0.2, val=0.1), seed)


def test_a_fifth_of_many_videos_is_held_out():
    count = 1000
    splits = deal(np.arange(count), np.ones(count, int), ["train"] * count, SplitRule(test=0.2), 3)
    assert splits.count("test") == 200
    other = deal(np.arange(count), np.ones(count, int), ["train"] * count, SplitRule(test=0.2), 4)
    assert splits != other


def test_given_splits_stay_but_for_groups_on_both_sides():
    given_splits = ["train", "val", "val", "val", "train"]
    assert deal(np.array([0, 1, 0, 3, 4]), np.ones(5, int), given_splits, SplitRule(keep=True), 0) == [
        "train", "val", "train", "val", "train",
    ]  # fmt: skip


def test_a_split_must_leave_something():
    with pytest.raises(ValueError, match="nothing to train on"):
        SplitRule(test=0.6, val=0.5)


@pytest.mark.parametrize("form", ["jsonl", "webdataset"])
def test_leaks_name_the_photos_on_both_sides(tmp_path, form):
    names = [(0, "train"), (1, "train"), (0, "val"), (2, "val")]
    photos = [picture(tmp_path / f"{number}.jpg", number) for number in range(3)]
    drafts = [
        Draft(AdRecord(id=f"a:{i}", text="Юбка", source="S", split=split), (photos[number], photos[number]))
        for i, (number, split) in enumerate(names)
    ]
    copy_records(drafts, DatasetWriter(tmp_path / "set", form))
    found = list(leaks(tmp_path / "set", NearCopies(hash_bits=0, cosine=1.0), tmp_path / "s.sqlite"))
    assert {tuple(leak["ads"]) for leak in found} == {("a:0", "a:2")} and len(found) == 4
