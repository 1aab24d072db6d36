import json
import logging

import pytest

from pipeline.test_cases import read_case, read_cases


@pytest.fixture
def write(tmp_path):
    def write(name, data, *photos):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "case.json").write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        for photo in photos:
            (folder / photo).write_bytes(b"x")
        return folder

    return write


TITLE = {"title": {"ru": "Одно фото", "en": "One photo"}}


def test_a_case_is_its_ad_and_what_is_expected(write):
    case = read_case(
        write(
            "1.1",
            TITLE | {"attributes": {"Цена": 5}, "text": "а", "photos": ["b.jpg"], "expected_outcome": "ok"},
            "b.jpg",
        )
    )
    assert (case.name, case.title.ru, case.title.en) == ("1.1", "Одно фото", "One photo")
    assert case.ad.attributes == {"Цена": "5"} and case.ad.text == "а"
    assert [path.name for path in case.ad.photos] == ["b.jpg"] and case.ad.photos[0].is_absolute()
    assert case.expected == {"expected_outcome": "ok"}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("{", "not UTF-8 JSON"),
        ({}, "title"),
        ({"title": "одно"}, "string indices"),
        (TITLE | {"photos": ["no.jpg"]}, "no.jpg"),
        (TITLE | {"photos": ["../2/secret.jpg"]}, "secret.jpg"),
        (TITLE | {"attributes": ["a"]}, "items"),
    ],
)
def test_a_broken_case_says_what_is_wrong(write, data, told):
    with pytest.raises(ValueError, match="test case bad") as error:
        read_case(write("bad", data))
    assert told in str(error.value)


def test_a_folder_without_a_case_is_named(tmp_path):
    with pytest.raises(ValueError, match=f"{tmp_path.name}: there is no case.json"):
        read_case(tmp_path)


def test_broken_folders_are_reported_and_skipped_and_numbers_order_the_rest(write, tmp_path, caplog):
    for name in ("10_last", "2.1", "1.2", "1.10"):
        write(name, TITLE)
    write("3_bad", "[")
    write(".hidden", TITLE)
    with caplog.at_level(logging.WARNING):
        assert [case.name for case in read_cases(tmp_path)] == ["1.2", "1.10", "2.1", "10_last"]
    assert "3_bad" in caplog.text
    assert read_cases(tmp_path / "absent") == []
