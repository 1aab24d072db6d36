"""The table of ready captions."""

import json

import pytest

from training.caption_accuracy import main


def write(path, records):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


def annotated(photo, item, colour, caption, split="val"):
    return {
        "photo": photo,
        "item": item,
        "colors": [colour],
        "pattern": "однотонный",
        "caption": caption,
        "split": split,
    }


@pytest.fixture
def ads(tmp_path):
    return write(
        tmp_path / "ads.jsonl",
        [
            annotated("a.jpg", "юбка", "белый", "Белая юбка на полу"),
            annotated("a.jpg", "юбка", "бежевый", "Бежевая юбка на вешалке"),
            annotated("b.jpg", "кепка", "чёрный", "Чёрная кепка на столе"),
            annotated("c.jpg", "шорты", "синий", "Синие шорты", split="train"),
        ],
    )


def test_several_annotators_are_averaged(ads, tmp_path, capsys):
    captions = [{"photo": "a.jpg", "text": "Белая юбка"}, {"photo": "b.jpg", "text": "Чёрная бейсболка"}]
    main(["--captions", str(write(tmp_path / "c.jsonl", captions)), "--ads", str(ads), "--json"])
    scores = json.loads(capsys.readouterr().out)
    assert (scores["photos"], scores["references_per_photo"]) == (2, 1.5)
    assert scores["item"] == 1
    # A photo counts once, however many annotators it has: one of two is right about a.jpg, the one of b.jpg.
    assert scores["main_colour"] == 0.75
    assert scores["cider"] > 0


def test_prints_a_table(ads, tmp_path, capsys):
    captions = [{"photo": "a.jpg", "text": "Белая юбка"}, {"photo": "b.jpg", "text": "Шарф"}]
    main(["--captions", str(write(tmp_path / "c.jsonl", captions)), "--ads", str(ads)])
    assert "| right kind of item named first | 0.500 |" in capsys.readouterr().out


def test_a_photo_without_annotation_is_named(ads, tmp_path, capsys):
    captions = write(tmp_path / "c.jsonl", [{"photo": "c.jpg", "text": "Синие шорты"}])
    with pytest.raises(SystemExit):
        main(["--captions", str(captions), "--ads", str(ads)])
    assert "c.jpg" in capsys.readouterr().err


def test_a_line_without_text_is_named(tmp_path, ads):
    captions = write(tmp_path / "c.jsonl", [{"photo": "a.jpg", "text": "Юбка"}, {"photo": "b.jpg"}])
    with pytest.raises(ValueError, match="line 2"):
        main(["--captions", str(captions), "--ads", str(ads)])
