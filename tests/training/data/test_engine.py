import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.data.ads import catalogue
from tests.training.data.videos import write_webvid
from training.data.dataset import Draft, read_dataset, read_drafts
from training.data.engine.job import Job, plan
from training.data.engine.local import run_local
from training.data.engine.on_ray import run_on_ray
from training.data.engine.run import main, run
from training.data.engine.stages import DONE, STAGES, improve, pack, take
from training.data.journal import JournalError
from training.data.record import AdRecord
from training.data.video import read_webvid

ROOT = Path(__file__).resolve().parents[3]
LIGHT = Job(steps=("masks",), shard=3, batch=2)


def contents(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def videos(folder):
    return read_webvid(folder / "list.csv", folder / "videos")


@pytest.fixture(scope="module")
def webvid(tmp_path_factory):
    """Seven videos, one of them corrupt: three shards."""
    folder = tmp_path_factory.mktemp("webvid")
    write_webvid(folder, 7)
    (folder / "videos" / "1004.mp4").write_bytes(b"broken")
    return folder


def dies_once(shard):
    """A stage whose process dies on its first try at a shard, after the shard's frames were taken."""
    if not (shard / "died").exists():
        (shard / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)


DEADLY = (take, dies_once, improve, pack)


@pytest.fixture(scope="module")
def whole(webvid, tmp_path_factory):
    """What an undisturbed run in this process writes."""
    folder = tmp_path_factory.mktemp("whole") / "set"
    run(videos(webvid), LIGHT, folder, "local", workers=1)
    return folder


def test_a_run_writes_a_data_set_and_tells_what_it_left_out(webvid, whole):
    records = list(read_dataset(whole))
    assert [r.id for r in records] == [f"webvid:{n}" for n in (1000, 1001, 1002, 1003, 1005, 1006)]
    assert all(r.masks is not None and len(r.photos) == 7 for r in records)
    assert sorted(path.name for path in whole.glob("*.tar")) == [f"ads-{n:06}.tar" for n in range(3)]
    assert json.loads((whole / "skipped.jsonl").read_text())["id"] == "webvid:1004"
    assert not whole.with_name("set.work").exists()
    assert all(len(draft.photo_bytes()) == 7 for draft in read_drafts(whole))


def test_a_worker_that_dies_loses_nothing(webvid, whole, tmp_path):
    shards = plan(videos(webvid), LIGHT, tmp_path / "set.work")
    finished = list(run_local(shards, DEADLY, workers=2))
    assert sorted(finished) == shards
    assert all((shard / "died").exists() and (shard / DONE).exists() for shard in shards)
    run(videos(webvid), LIGHT, tmp_path / "set", workers=1)
    assert contents(tmp_path / "set") == contents(whole)


def test_ray_writes_the_same_though_its_workers_die(webvid, whole, tmp_path):
    shards = plan(videos(webvid), LIGHT, tmp_path / "set.work")
    assert sorted(run_on_ray(shards, DEADLY, workers=2)) == shards
    assert all((shard / "died").exists() for shard in shards)
    run(videos(webvid), LIGHT, tmp_path / "set", workers=1)
    assert contents(tmp_path / "set") == contents(whole)


# The run of the other tests, but decoding the second video of the second shard never ends.
HANGING = """
import sys, time
from pathlib import Path
import training.data.video as video
from training.data.engine.job import Job
from training.data.engine.run import run
from training.data.frames import read_frames
def hanging(path, rule):
    if path.stem == "1005":
        print("hangs", flush=True)
        time.sleep(600)
    return read_frames(path, rule)
video.read_frames = hanging
source, out = map(Path, sys.argv[1:])
job = Job(steps=("masks",), shard=3, batch=2)
run(video.read_webvid(source / "list.csv", source / "videos"), job, out, workers=1)
"""


def test_a_killed_run_goes_on(webvid, whole, tmp_path):
    command = [sys.executable, "-c", HANGING, str(webvid), str(tmp_path / "set")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout.readline() == "hangs\n"
        killed.kill()
    work = tmp_path / "set.work"
    assert (work / "000000" / DONE).exists()
    before = {path: path.stat().st_mtime_ns for path in work.rglob("*") if path.is_file()}
    taken = plan(videos(webvid), LIGHT, work)[1]
    take(taken)
    kept = [path for path in before if "photos" in path.parts or path.is_relative_to(work / "000000")]
    assert len(kept) > 7
    assert all(path.stat().st_mtime_ns == before[path] for path in kept)
    run(videos(webvid), LIGHT, tmp_path / "set", workers=1)
    assert contents(tmp_path / "set") == contents(whole)


def test_frames_are_not_taken_twice(webvid, tmp_path):
    shard = plan(videos(webvid), LIGHT, tmp_path / "set.work")[0]
    take(shard)
    photos = {path: path.stat().st_mtime_ns for path in shard.rglob("frames/photos/*/*")}
    take(shard)
    improve(shard)
    assert photos == {path: path.stat().st_mtime_ns for path in shard.rglob("frames/photos/*/*")}


@pytest.mark.parametrize("form", ["jsonl", "parquet", "webdataset"])
def test_ads_go_through_all_steps_into_every_format(tmp_path, form):
    source = tmp_path / "ads"
    catalogue(source, singles=3, multis=1)
    drafts = []
    for line in map(json.loads, (source / "ads.jsonl").read_text(encoding="utf-8").splitlines()):
        photos = tuple(source / "photos" / name for name in line["photos"])
        record = AdRecord(id=f"main:{line['id']}", attributes=line["attributes"], text=line["text"], source="MAIN")
        drafts.append(Draft(record, photos))
    (source / "photos" / "1.jpg").write_bytes((source / "photos" / "1.jpg").read_bytes()[:300])
    drafts[2] = drafts[2].change(text="Ты тупой урод, убью тебя")
    job = Job(steps=("moderation", "embeddings", "diversity", "masks"), form=form, shard=10, batch=3)
    (shard,) = plan(drafts, job, tmp_path / "set.work")
    for stage in STAGES:
        stage(shard)
    result = run(drafts, job, tmp_path / "set", workers=1)
    assert result["ads"] == 2
    assert result["skipped"] == {"photos": 1, "moderation": 1}
    records = list(read_dataset(tmp_path / "set"))
    assert [record.id for record in records] == ["main:0", "main:3"]
    assert all(record.diversity_score is not None and record.hidden_token for record in records)
    assert "<SIZE>" in records[0].masked_text
    assert embedded(tmp_path / "set") == [(record.id, len(record.photos)) for record in records]


def embedded(folder):
    import pyarrow.parquet as pq

    table = pq.read_table(folder / "embeddings" / "ads-000000.parquet").to_pylist()
    for row in table:
        assert all(abs(sum(x * x for x in vector) - 1) < 0.01 for vector in row["embeddings"])
    return [(row["id"], len(row["embeddings"])) for row in table]


def test_translations_come_from_a_table(webvid, tmp_path):
    table = tmp_path / "table.csv"
    lines = [f'"Coats, and more coats {n}",Пальто размера {n}' for n in (0, 1)]
    table.write_text("\n".join(["en,ru", *lines]), encoding="utf-8")
    job = Job(steps=("translation",), translation=str(table), form="jsonl")
    result = run(list(videos(webvid))[:3], job, tmp_path / "set", workers=1)
    assert [record.text for record in read_dataset(tmp_path / "set")] == ["Пальто размера 0", "Пальто размера 1"]
    assert result["skipped"] == {"translation": 1}


def test_other_settings_do_not_mix_with_a_run_begun(webvid, tmp_path):
    plan(videos(webvid), LIGHT, tmp_path / "set.work")
    with pytest.raises(JournalError, match="other settings"):
        plan(videos(webvid), Job(steps=()), tmp_path / "set.work")


def test_wrong_calls_end_with_one_line(tmp_path):
    for arguments, told in (
        (["--webvid", str(tmp_path / "no.csv"), "--videos", str(tmp_path)], "no.csv"),
        (["--dataset", str(tmp_path), "--frames", "3"], "not between 5 and 10"),
        (["--dataset", str(tmp_path), "--steps", "translation"], "go together"),
    ):
        with pytest.raises(SystemExit, match=told):
            main([*arguments, "--out", str(tmp_path / "out")])
