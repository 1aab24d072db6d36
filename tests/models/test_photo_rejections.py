"""Files that are no photos, broken ones and those beyond a limit: each is named with the rule it breaks."""

import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from models.photo_files import LIMITS, REASONS, PhotoError, read_photo
from tests.models import photo_bytes as make


@pytest.mark.parametrize("format", ["WEBP", "BMP", "TIFF", "ICO", "PPM", "JPEG2000", "AVIF", "PDF"])
@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.gif"])
def test_other_formats_under_any_name(saved, format, name):
    assert make.rule_of(saved(make.encoded(make.picture(), format), name)) == "wrong_format"


@pytest.mark.parametrize(
    "data",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html><html>", "привет".encode(), b"\xff\xd8", b"GIF89"],
)
def test_other_content(saved, data):
    assert make.rule_of(saved(data)) == "wrong_format"


def test_the_message_tells_what_was_found(saved):
    with pytest.raises(PhotoError, match=r"photo\.jpg: the content is WebP: only JPEG, PNG and GIF"):
        read_photo(saved(make.encoded(make.picture(), "WEBP")))


FORMATS = {
    "JPEG": {},
    "progressive": {"progressive": True},
    "PNG": {},
    "GIF": {},
}


def sample(kind: str) -> bytes:
    return make.encoded(make.noise(), "JPEG" if kind == "progressive" else kind, **FORMATS[kind])


@pytest.mark.parametrize("kind", FORMATS)
def test_every_truncation(saved, kind):
    data = sample(kind)
    assert read_photo(saved(data)).image.size == (80, 60)
    cuts = {*range(9, len(data), max(1, len(data) // 60)), len(data) - 1, len(data) - 2}
    wrong = [cut for cut in sorted(cuts) if make.rule_of(saved(data[:cut])) != "damaged"]
    assert not wrong


@pytest.mark.parametrize("kind", ["JPEG", "progressive", "PNG"])
def test_lost_stretches(saved, kind):
    """A stretch of zeros, as a bad disk leaves it, anywhere in the coded pixels."""
    data = sample(kind)
    start = len(data) // 2
    for place in range(start, len(data) - 400, 997):
        assert make.rule_of(saved(data[:place] + bytes(300) + data[place + 300 :])) == "damaged"


@pytest.mark.parametrize("kind", FORMATS)
def test_random_damage_raises_only_photo_errors(saved, kind):
    generator = random.Random(kind)
    data = sample(kind)
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(generator.randint(1, 8)):
            broken[generator.randrange(len(broken))] = generator.randrange(256)
        try:
            assert max(read_photo(saved(bytes(broken))).image.size) <= LIMITS.kept_side
        except PhotoError:
            continue


def test_palette_png_without_palette_and_empty_pictures(saved):
    assert make.rule_of(saved(make.png(2, 2, bytes(6), color=3))) == "damaged"
    assert make.rule_of(saved(make.png(0, 2, b""))) == "damaged"
    assert make.rule_of(saved(make.png(2, 2, b""))) == "damaged"
    assert make.rule_of(saved(b"GIF89a" + bytes(7) + b";")) == "damaged"


def test_file_system(saved, tmp_path):
    path = saved(make.encoded(make.picture(), "JPEG"))
    (tmp_path / "link.jpg").symlink_to(path)
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    assert make.rule_of(tmp_path / "link.jpg") == "link"
    assert make.rule_of(tmp_path / "dangling.jpg") == "link"
    assert make.rule_of(tmp_path / "folder.jpg") == "not_a_file"
    assert make.rule_of(tmp_path / "pipe.jpg") == "not_a_file"
    assert make.rule_of(Path("/dev/zero")) == "not_a_file"
    assert make.rule_of(tmp_path / "absent.jpg") == "missing"
    assert make.rule_of(saved(b"", "empty.jpg")) == "empty_file"


def test_names_no_file_system_takes():
    assert make.rule_of(Path("a" * 300 + ".jpg")) == "unreadable"
    assert make.rule_of(Path("nul\0.jpg")) == "unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_unreadable(saved):
    path = saved(make.encoded(make.picture(), "JPEG"))
    path.chmod(0)
    assert make.rule_of(path) == "unreadable"


def test_limits_are_inclusive(saved):
    data = make.encoded(make.picture(), "JPEG")
    path = saved(data)
    at = replace(LIMITS, file_bytes=len(data), pixels=80 * 60, side=80)
    assert read_photo(path, at).image.size == (80, 60)
    assert make.rule_of(path, replace(at, file_bytes=len(data) - 1)) == "too_many_bytes"
    assert make.rule_of(path, replace(at, pixels=80 * 60 - 1)) == "too_many_pixels"
    assert make.rule_of(path, replace(at, side=79)) == "too_many_pixels"


def test_shipped_limits():
    assert (LIMITS.file_bytes, LIMITS.pixels, LIMITS.kept_side) == (25 * 2**20, 60_000_000, 1536)


def test_long_animations(saved):
    frames = [Image.new("L", (50, 50), shade) for shade in range(10)]
    path = saved(make.encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert make.rule_of(path, replace(LIMITS, animation_frames=9)) == "too_long_animation"
    assert make.rule_of(path, replace(LIMITS, animation_pixels=24_999)) == "too_long_animation"
    assert read_photo(path, replace(LIMITS, animation_pixels=25_000)).frames


def test_every_rule_has_a_reason():
    assert set(REASONS) == set(PhotoError.__init__.__globals__["Rule"].__args__)
