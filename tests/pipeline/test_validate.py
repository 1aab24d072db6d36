"""Step 0: every broken rule is told at once, in both languages; texts come out clean."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from models.photo_files import LIMITS as PHOTO_LIMITS
from models.photo_files import REASONS
from pipeline.ad import Ad
from pipeline.validate import (
    LIMITS,
    RUSSIAN_REASONS,
    InvalidPhotoError,
    clean_text,
    cleaned,
    read_photo,
    validate,
    validate_paths,
)

FAMILY = "👩\u200d👩\u200d👧"


@pytest.fixture
def photos(tmp_path):
    """Write ``count`` small photos and return their paths."""

    def write(count: int) -> tuple[Path, ...]:
        paths = tuple(tmp_path / f"photo{number}.jpg" for number in range(count))
        for number, path in enumerate(paths):
            Image.new("RGB", (40 + number, 30), "teal").save(path)
        return paths

    return write


def rules(ad: Ad, limits=LIMITS) -> list[str]:
    return [problem.rule for problem in validate(ad, limits).problems]


def test_shipped_limits():
    assert (LIMITS.photos, LIMITS.characters, LIMITS.attributes, LIMITS.photo) == (10, 3000, 50, PHOTO_LIMITS)


def test_a_good_ad(photos):
    paths = photos(10)
    checked = validate(Ad({"Размер": "42"}, "Пальто", paths))
    assert not checked.problems and not checked.empty
    assert [photo.image.width for photo in checked.photos] == list(range(40, 50)), "all photos, in their order"
    assert [photo.name for photo in checked.photos] == [path.name for path in paths]
    assert checked.ad == Ad({"Размер": "42"}, "Пальто", paths)


@pytest.mark.parametrize("ad", [Ad(), Ad({"Цена": " ", "Размер": "\u200b"}, " \n\t\x00 ")])
def test_nothing_given_is_empty_not_wrong(ad):
    checked = validate(ad)
    assert checked.empty
    assert not checked.problems


def test_one_broken_photo_is_not_empty(tmp_path):
    checked = validate(Ad(photos=(tmp_path / "absent.jpg",)))
    assert not checked.empty
    assert [problem.rule for problem in checked.problems] == ["missing"]


def test_all_problems_at_once(photos, tmp_path):
    (tmp_path / "notes.jpg").write_text("not a photo")
    (tmp_path / "empty.png").touch()
    paths = (*photos(10), tmp_path / "notes.jpg", tmp_path / "empty.png")
    ad = Ad({f"поле {number}": "да" for number in range(51)}, "а" * 3000, paths)
    checked = validate(ad)
    found = {problem.rule: problem.file for problem in checked.problems}
    assert found == {
        "too_much_text": None,
        "too_many_attributes": None,
        "too_many_photos": None,
        "wrong_format": "notes.jpg",
        "empty_file": "empty.png",
    }
    assert len(checked.photos) == 10
    for problem in checked.problems:
        assert problem.message.ru != problem.message.en
        assert problem.file is None or all(problem.file in text for text in problem.message)


def test_photos_beyond_the_limit_are_not_kept(photos):
    checked = validate(Ad(photos=photos(4)), replace(LIMITS, photos=3, checked_photos=4))
    assert [problem.rule for problem in checked.problems] == ["too_many_photos"]
    assert len(checked.photos) == 3


@pytest.mark.parametrize(("length", "expected"), [(3000, []), (3001, ["too_much_text"])])
def test_characters(length, expected):
    assert rules(Ad(text="я" * length)) == expected
    assert rules(Ad({"Цвет": "синий"}, "я" * (length - len("Цветсиний")))) == expected


@pytest.mark.parametrize(("count", "expected"), [(50, []), (51, ["too_many_attributes"])])
def test_attributes(count, expected):
    filled = {f"поле {number}": "да" for number in range(count)}
    assert rules(Ad({**filled, "пустое": "", "ещё одно": "  "})) == expected, "empty rows do not count"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("строка\r\nвторая\rтретья\tс табуляцией", "строка\nвторая\nтретья\tс табуляцией"),
        ("а\x00б\x07в\x1bг\x7fд", "абвгд"),
        ("пальто\u200bзима\ufeff\u2060\u00ad", "пальтозима"),
        ("\u202eтекст\u202c \u2066слева\u2069", "текст слева"),
        (f"семья {FAMILY}, сердце ❤\ufe0f\u200d🔥", f"семья {FAMILY}, сердце ❤\ufe0f\u200d🔥"),
        ("паль\u200dто", "пальто"),
        ("половина \ud83d символа", "половина  символа"),
        ("ёЁй é №5 — «х» ½ 10 °C", "ёЁй é №5 — «х» ½ 10 °C"),
        ("а\u2028б\x85в", "а\nб\nв"),
    ],
)
def test_clean_text(text, expected):
    assert clean_text(text) == expected
    assert clean_text(expected) == expected


def test_attributes_become_single_lines_and_none_is_lost():
    ad = cleaned(Ad({" Размер\n": " 42\n44 ", "Раз\u200bмер": "46", "Цвет": "\x01"}, "  текст\n"))
    assert ad == Ad({"Размер": "42 44, 46"}, "текст")


def test_read_photo_raises_with_the_problem(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"RIFF\0\0\0\0WEBPVP8 ")
    with pytest.raises(InvalidPhotoError) as caught:
        read_photo(path)
    problem = caught.value.problem
    assert (problem.rule, problem.file) == ("wrong_format", "photo.jpg")
    assert problem.message.ru.startswith("photo.jpg: внутри WebP: принимаются только JPEG, PNG и GIF")
    assert problem.message.en.startswith("photo.jpg: the content is WebP: only JPEG, PNG and GIF")


def test_unknown_content_is_named_in_russian_too(tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("заметки", encoding="utf-8")
    with pytest.raises(InvalidPhotoError) as caught:
        read_photo(path)
    assert "внутри неизвестный формат" in caught.value.problem.message.ru
    assert "the content is unknown" in caught.value.problem.message.en


def test_every_reason_is_told_in_both_languages():
    assert RUSSIAN_REASONS.keys() == REASONS.keys()
    facts = {"megabytes": 1, "found": "x", "width": 1, "height": 2, "megapixels": 3, "side": 4, "frames": 5}
    for rule in REASONS:
        assert set(RUSSIAN_REASONS[rule].format(**facts)) & set("абвгдежзиклмнопрстуф")
        assert RUSSIAN_REASONS[rule].count("{") == REASONS[rule].count("{")


def test_validate_paths(photos, tmp_path):
    good, absent = *photos(1), tmp_path / "absent.jpg"
    assert list(validate_paths([good, absent])) == [
        {"path": str(good), "ok": True, "reason": None, "width": 40, "height": 30},
        {
            "path": str(absent),
            "ok": False,
            "reason": "absent.jpg: there is no such file",
            "width": None,
            "height": None,
        },
    ]


def test_command(photos, tmp_path):
    (tmp_path / "text.gif").write_text("текст", encoding="utf-8")
    command = [sys.executable, "-m", "pipeline", "validate", *map(str, photos(1)), str(tmp_path / "text.gif")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["ok"] for line in lines] == [True, False]
    assert set(lines[0]) == {"path", "ok", "reason", "width", "height"}


LARGEST = """
import re, sys
from pathlib import Path
from pipeline.ad import Ad
from pipeline.validate import validate
checked = validate(Ad(photos=(Path(sys.argv[1]),) * 10))
assert not checked.problems, checked.problems
assert [max(photo.image.size) for photo in checked.photos] == [1536] * 10
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.long
@pytest.mark.parametrize(("name", "options"), [("x.jpg", {"progressive": True}), ("x.png", {"compress_level": 1})])
def test_ten_photos_of_60_megapixels_stay_under_a_gigabyte(tmp_path, name, options):
    ramp = Image.linear_gradient("L").resize((7745, 7745))
    Image.merge("RGB" if name == "x.jpg" else "RGBA", [ramp] * (3 if name == "x.jpg" else 4)).save(
        tmp_path / name, **options
    )
    run = subprocess.run(
        [sys.executable, "-c", LARGEST, str(tmp_path / name)], capture_output=True, text=True, check=True
    )
    peak = int(run.stdout) / 1024
    print(f"{name}: peak {peak:.0f} MB")
    assert peak < 1000
