import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.training.data.videos import RED, write_video, write_webvid
from training.data.frames import FrameRule
from training.data.journal import JournalError
from training.data.video import JOURNAL, SKIPPED, Video, read_tvsum, read_webvid, take_frames

ROOT = Path(__file__).resolve().parents[3]


def test_webvid_is_read_with_its_captions(tmp_path):
    table = write_webvid(tmp_path, 2)
    nested = tmp_path / "videos" / "000001_000050" / "1001.mp4"
    nested.parent.mkdir()
    (tmp_path / "videos" / "1001.mp4").rename(nested)
    assert list(read_webvid(table, tmp_path / "videos")) == [
        Video("webvid:1000", str(tmp_path / "videos" / "1000.mp4"), "Coats, and more coats 0", "WEBVID"),
        Video("webvid:1001", str(nested), "Coats, and more coats 1", "WEBVID"),
    ]


def test_webvid_parts_in_a_folder_are_read_in_order(tmp_path):
    for name, number in (("0001.csv", 2), ("0000.csv", 1)):
        (tmp_path / name).write_text(
            f"videoid,contentUrl,duration,page_dir,name\n{number},u,d,p,text\n{number}0,u,d,p,\n"
        )
    assert [video.id for video in read_webvid(tmp_path, tmp_path)] == ["webvid:1", "webvid:2"]


def test_a_missing_or_other_list_is_told(tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        list(read_webvid(tmp_path / "none.csv", tmp_path))
    with pytest.raises(ValueError, match="no column videoid, page_dir, name"):
        list(read_webvid(tmp_path / "other.csv", tmp_path))
    with pytest.raises(FileNotFoundError, match="TVSum"):
        list(read_tvsum(tmp_path, tmp_path))


def write_tvsum_mat(path, videos):
    """As MATLAB 7.3 writes a struct array: fields of references to arrays of UTF-16 units."""
    with h5py.File(path, "w") as file:
        table = file.create_group("tvsum50")
        for field, texts in zip(("video", "title"), zip(*videos, strict=True), strict=True):
            cells = table.create_dataset(field, (len(texts), 1), h5py.ref_dtype)
            for k, text in enumerate(texts):
                units = np.frombuffer(text.encode("utf-16-le"), "<u2").reshape(-1, 1)
                cells[k, 0] = file.create_dataset(f"#refs#/{field}{k}", data=units).ref


def test_tvsum_says_the_same_in_both_of_its_formats(tmp_path):
    videos = [("AwmHb44_ouw", '#1 How to make a "tube"'), ("98MoyGZKHXc", "Fixing a tire — at home")]
    write_tvsum_mat(tmp_path / "ydata-tvsum50.mat", videos)
    rows = [f"VT\t{name}\t{title}\thttp://x\t3:10" for name, title in videos]
    info = tmp_path / "ydata-tvsum50-info.tsv"
    info.write_text("\n".join(["category\tvideo_id\ttitle\turl\tlength", *rows]) + "\n", encoding="utf-8")
    expected = [Video(f"tvsum:{name}", str(tmp_path / f"{name}.mp4"), title, "TVSUM") for name, title in videos]
    assert list(read_tvsum(info, tmp_path)) == expected
    assert list(read_tvsum(tmp_path / "ydata-tvsum50.mat", tmp_path)) == expected
    assert list(read_tvsum(tmp_path, tmp_path)) == expected


def test_features_without_titles_are_told(tmp_path):
    with h5py.File(tmp_path / "eccv16.h5", "w") as file:
        file.create_group("video_1")
    with pytest.raises(ValueError, match="no titles"):
        list(read_tvsum(tmp_path / "eccv16.h5", tmp_path))


def test_frames_become_photos_and_bad_videos_are_reported(tmp_path, capsys):
    table = write_webvid(tmp_path, 4)
    (tmp_path / "videos" / "1001.mp4").write_bytes(b"broken")
    (tmp_path / "videos" / "1002.mp4").unlink()
    drafts = list(take_frames(read_webvid(table, tmp_path / "videos"), tmp_path / "out", FrameRule(count=8)))
    assert [draft.record.id for draft in drafts] == ["webvid:1000", "webvid:1003"]
    assert drafts[0].record.text == "Coats, and more coats 0"
    assert drafts[0].record.task == "caption"
    assert [len(draft.photo_bytes()) for draft in drafts] == [8, 8]
    skipped = [json.loads(line) for line in (tmp_path / "out" / SKIPPED).read_text().splitlines()]
    assert [line["id"] for line in skipped] == ["webvid:1001", "webvid:1002"]
    assert "corrupt" in skipped[0]["reason"] and "no such file" in skipped[1]["reason"]
    assert "2 videos taken, 2 skipped" in capsys.readouterr().err


def test_another_rule_or_list_does_not_mix_with_what_was_taken(tmp_path):
    table = write_webvid(tmp_path, 2)
    videos = list(read_webvid(table, tmp_path / "videos"))
    list(take_frames(videos, tmp_path / "out", FrameRule()))
    with pytest.raises(JournalError, match="other settings"):
        list(take_frames(videos, tmp_path / "out", FrameRule(count=5)))
    with pytest.raises(JournalError, match="another list"):
        list(take_frames(videos[::-1], tmp_path / "out", FrameRule()))


# Decodes the videos of a list and notes each start; the third one never ends in the first run.
RUN = """
import sys, time
from pathlib import Path
import training.data.video as video
from training.data.frames import FrameRule, read_frames
folder, hang = Path(sys.argv[1]), sys.argv[2]
def noted(path, rule):
    with (folder / "started.txt").open("a") as file:
        file.write(path.stem + "\\n")
    if path.stem == hang:
        time.sleep(600)
    return read_frames(path, rule)
video.read_frames = noted
videos = video.read_webvid(folder / "list.csv", folder / "videos")
for draft in video.take_frames(videos, folder / "out", FrameRule()):
    print(draft.record.id, *(path.name for path in draft.photos))
"""


def run_killed(folder, hang):
    """Kill the run as soon as it decodes ``hang``."""
    with subprocess.Popen([sys.executable, "-c", RUN, str(folder), hang], cwd=ROOT, stdout=subprocess.DEVNULL) as run:
        started = folder / "started.txt"
        deadline = time.monotonic() + 60
        while not (started.is_file() and hang in started.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(run.pid, signal.SIGKILL)


def test_a_killed_run_goes_on_without_redoing_or_losing_a_video(tmp_path):
    write_webvid(tmp_path, 5)
    run_killed(tmp_path, hang="1002")
    journal = tmp_path / "out" / JOURNAL
    assert len(journal.read_text().splitlines()) == 3  # the rule and two videos
    with journal.open("a") as file:
        file.write('{"id": "webvid:1002", "photos": ["pho')  # killed while writing
    output = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path), "none"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    started = (tmp_path / "started.txt").read_text().split()
    assert started == ["1000", "1001", "1002", "1002", "1003", "1004"]  # only the one in work began anew
    whole = take_frames(read_webvid(tmp_path / "list.csv", tmp_path / "videos"), tmp_path / "fresh", FrameRule())
    assert output.splitlines() == [" ".join([d.record.id, *(p.name for p in d.photos)]) for d in whole]


def test_one_coloured_video_is_skipped_not_lost(tmp_path):
    video = Video("webvid:1", str(write_video(tmp_path / "1.mp4", [RED] * 6)), "Red", "WEBVID")
    assert list(take_frames([video], tmp_path / "out", FrameRule())) == []
    assert "only 1 different" in (tmp_path / "out" / SKIPPED).read_text()
