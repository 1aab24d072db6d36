"""The mixture of the brief, scaled down on generated sources: counts, splits, and the same bytes twice."""

import filecmp
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from tests.training.data.ads import catalogue, mlcup_table
from training.data.build import build, main
from training.data.dataset import read_dataset
from training.data.leaks import leaks
from training.data.recipe import NearCopies, RecipeError, read_recipe
from training.data.sources.tables import SourceError
from training.data.split import thing_of
from training.data.workers import ordered_map

BRIEF = Path(__file__).resolve().parents[3] / "recipes" / "brief.yaml"
SCALE = 0.0006
# Generated pictures are few simple shapes; their features are nearer to each other than those of real photos.
NEAR = "split.near={hash_bits: 4, cosine: 0.97}"


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    catalogue(folder / "main", singles=12, multis=30)
    photos = folder / "main" / "photos"
    for one, copy in ((0, 5), (1, 9)):  # near-copies among the single-photo ads: lighter, and encoded again
        with Image.open(photos / f"{one}.jpg") as image:
            ImageEnhance.Brightness(image).enhance(1.05).save(photos / f"{copy}.jpg", quality=70)
    (photos / "7.jpg").write_bytes(b"\xff\xd8\xff broken")
    mlcup_table(folder / "mlcup", 60)
    return folder


def changes(folder):
    return (
        f"sources.main.path={folder}/main/ads.jsonl", f"sources.main.photos={folder}/main/photos",
        f"sources.mlcup.path={folder}/mlcup/*.csv", f"sources.mlcup.photos={folder}/mlcup/photos",
        "split.test=0.2", "split.val=0.1", NEAR,
    )  # fmt: skip


@pytest.fixture(scope="module")
def built(sources, tmp_path_factory):
    out = tmp_path_factory.mktemp("built")
    recipe = read_recipe(BRIEF, changes(sources)).scaled(SCALE)
    for name in ("one", "two"):
        build(recipe, out / name / "brief", store=out / f"{name}.sqlite")
    return out


def test_the_counts_are_those_of_the_recipe(built, sources):
    records = list(read_dataset(built / "one" / "brief"))
    ads = Counter(record.source for record in records)
    photos = Counter(source for record in records for source in [record.source] * len(record.photos))
    recipe = read_recipe(BRIEF, changes(sources)).scaled(SCALE)
    assert ads == {part.name: part.ads for part in recipe.parts}
    assert photos["MULTI_REAL"] == recipe.parts[0].photos == round(117_329 * SCALE)
    assert photos["SINGLE_MAIN"] == ads["SINGLE_MAIN"] and photos["SINGLE_MLCUP"] == ads["SINGLE_MLCUP"]
    for name in ("AUG_MAIN", "AUG_MLCUP"):
        assert abs(photos[name] - 2.5 * ads[name]) < 1
    assert all(len(record.photos) >= 2 for record in records if record.source == "MULTI_REAL")


def test_built_twice_the_bytes_are_equal(built):
    one, two = built / "one" / "brief", built / "two" / "brief"
    names = sorted(str(path.relative_to(one)) for path in one.rglob("*") if path.is_file())
    assert names == sorted(str(path.relative_to(two)) for path in two.rglob("*") if path.is_file())
    same, different, odd = filecmp.cmpfiles(one, two, names, shallow=False)
    assert len(same) == len(names) > 50 and not different and not odd
    assert sorted(path.name for path in (built / "one").iterdir()) == ["brief"]  # nothing is left beside it


def test_no_photo_nor_near_copy_is_on_both_sides(built, sources):
    folder = built / "one" / "brief"
    records = list(read_dataset(folder))
    assert {record.split for record in records} == {"train", "val", "test"}
    sides = {}
    for record in records:
        for photo in record.photos:
            assert sides.setdefault(photo, record.split) == record.split
    things = {}
    for record in records:
        assert things.setdefault(thing_of(record.id), record.split) == record.split
    rule = read_recipe(BRIEF, changes(sources)).split.near
    assert list(leaks(folder, rule, built / "one.sqlite")) == []
    loose = NearCopies(hash_bits=20, cosine=0.6)
    assert list(leaks(folder, loose, built / "one.sqlite"))  # the check finds pairs where there are some


def test_near_copies_share_their_split(built):
    splits = {r.id: r.split for r in read_dataset(built / "one" / "brief") if r.source == "SINGLE_MAIN"}
    pairs = [(splits.get(f"main:{a}"), splits.get(f"main:{b}")) for a, b in ((0, 5), (1, 9))]
    assert all(a == b for a, b in pairs if a and b)


def test_every_record_is_ready_for_training(built):
    from pipeline.diversity import DiversityJudge

    judge = DiversityJudge()
    for record in read_dataset(built / "one" / "brief"):
        assert record.hidden_token == judge.token(record.diversity_score)
        assert not any(c.isdigit() for c in record.masked_text + record.masked_prompt)
        assert "<PRICE>" in record.masked_prompt
        if "AUG" in record.source:
            assert record.split == "train"


def test_copies_are_fresh_each_time(built):
    records = [r for r in read_dataset(built / "one" / "brief") if r.source.startswith("AUG")]
    photos = [photo for record in records for photo in record.photos]
    assert len(set(photos)) == len(photos)


def test_what_was_left_out_is_told(built):
    card = (built / "one" / "brief" / "dataset_card.md").read_text(encoding="utf-8")
    assert "Left out, by part:" in card and "number of photos" in card


@pytest.fixture
def store(built, tmp_path):
    """Fingerprints of the generated photos."""
    return Path(shutil.copy(built / "one.sqlite", tmp_path / "fingerprints.sqlite"))


def test_too_few_ads_and_a_wrong_folder_are_told(sources, store, tmp_path, capsys):
    options = (*changes(sources)[:2], "parts=[{name: MULTI, source: main, ads: 5000, where: {photos: [2, 10]}}]")
    build(read_recipe(BRIEF, options), tmp_path / "few", store=store)
    assert "MULTI: 30 ads instead of 5000" in (tmp_path / "few" / "dataset_card.md").read_text(encoding="utf-8")
    assert "note: MULTI" in capsys.readouterr().err
    with pytest.raises(SourceError, match=r"MULTI.*gives no ad|photos cannot be read.*right folder"):
        build(read_recipe(BRIEF, (*options, f"sources.main.photos={tmp_path}")), tmp_path / "x", store=store)
    assert not (tmp_path / "x").exists() and not (tmp_path / "x.work").exists()


def test_the_command_prints_one_object_and_tells_mistakes_in_one_line(sources, store, tmp_path, capsys):
    recipe = tmp_path / "small.yaml"
    recipe.write_text(
        f"sources: {{m: {{type: main, path: {sources}/main/ads.jsonl, photos: {sources}/main/photos}}}}\n"
        "parts: [{name: ONE, source: m, ads: 3, where: {photos: [1, 1]}}]\n"
    )
    main(
        [
            str(recipe),
            "--out",
            str(tmp_path / "s"),
            "--workers",
            "1",
            "--store",
            str(tmp_path / "p"),
            "--format",
            "parquet",
        ]
    )
    told = json.loads(capsys.readouterr().out)
    assert (told["ads"], told["parts"]) == (3, {"ONE/train": 3})
    assert sorted(p.name for p in (tmp_path / "s").glob("*.parquet")) == ["ads-00000.parquet"]
    with pytest.raises(SystemExit, match="python -m training data build: there is no recipe"):
        main([str(tmp_path / "none.yaml")])
    with pytest.raises(SystemExit, match="there is nothing at"):
        main([str(recipe), "--set", "sources.m.path=nowhere.csv", "--out", str(tmp_path / "t"), "--workers", "1"])


def test_a_part_without_a_pool_is_told(sources, store, tmp_path):
    parts = "parts=[{name: ONE, source: main, ads: 3}, {name: AUG, from: ONE, ads: 2, augment: {}, splits: [val]}]"
    recipe = read_recipe(BRIEF, (*changes(sources)[:2], "split={}", parts))
    with pytest.raises(RecipeError, match="ONE has no ads of the splits val"):
        build(recipe, tmp_path / "x", store=store)


def double(number):
    return number * 2


@pytest.mark.long
@pytest.mark.parametrize("engine", ["local", "ray"])
def test_every_engine_builds_the_same_bytes(sources, built, store, tmp_path, engine):
    with ordered_map(engine, 2) as mapped:
        assert list(mapped(double, iter(range(100)))) == list(range(0, 200, 2))
    recipe = read_recipe(BRIEF, changes(sources)).scaled(SCALE)
    build(recipe, tmp_path / "brief", engine, 2, store)
    one = built / "one" / "brief"
    names = [str(path.relative_to(one)) for path in one.rglob("*") if path.is_file()]
    assert not any(filecmp.cmpfiles(one, tmp_path / "brief", names, shallow=False)[1:])
