"""The record, its three formats, and what is said about files that are not right."""

import filecmp
import io
import json

import pytest
import webdataset
from PIL import Image
from pydantic import ValidationError

from models.language import HIDDEN_TOKENS
from pipeline.diversity import SINGLE, VARIATIVE
from training.data.dataset import (
    FORMATS,
    DatasetError,
    DatasetWriter,
    Draft,
    copy_records,
    photo_name,
    read_dataset,
    read_drafts,
)
from training.data.record import AdRecord


def jpeg(color):
    buffer = io.BytesIO()
    Image.new("RGB", (32, 24), color).save(buffer, "JPEG")
    return buffer.getvalue()


RED, BLUE = jpeg("red"), jpeg("blue")
MASKS = {
    "text": [{"slot": "SIZE", "start": 13, "end": 15, "value": "44"}],
    "prompt": [{"slot": "PRICE", "start": 6, "end": 9, "value": "500", "unit": " руб", "group": 1}],
}
RECORDS = [
    AdRecord(
        id="main:1",
        attributes={"Цена": "500 руб", "Бренд": "Зара"},
        seller_text="без <b>пятен</b>",
        text="Юбка, размер 44. Носили мало.",
        assistant_text="Представляем юбку.",
        source="MAIN",
        split="val",
        diversity_score=0.25,
        hidden_token="<SINGLE>",
        masks=MASKS,
    ),
    AdRecord(id="main:2", text="Белая футболка.", source="MAIN"),
    AdRecord(id="main:3", text="Синее и красное.", source="OTHER", task="caption"),
]
PHOTOS = [(RED, BLUE), (), (RED,)]
DRAFTS = [Draft(record, photos) for record, photos in zip(RECORDS, PHOTOS, strict=True)]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_back_what_was_written(tmp_path, form):
    folder = tmp_path / "set"
    counts = copy_records(DRAFTS, DatasetWriter(folder, form, shard=2, about="Источник: проверка."))
    back = list(read_drafts(folder))
    assert [b.record.model_dump(exclude={"photos"}) for b in back] == [
        r.model_dump(exclude={"photos"}) for r in RECORDS
    ]
    assert [tuple(b.photo_bytes()) for b in back] == PHOTOS
    assert [r.id for r in read_dataset(folder, "val")] == ["main:1"]
    assert (counts.ads, counts.photos) == (3, 3)
    card = (folder / "dataset_card.md").read_text(encoding="utf-8")
    assert "3 ads with 3 photos" in card and "| MAIN | val | 1 | 2 |" in card and "Источник: проверка." in card


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_drafts_make_the_same_bytes(tmp_path, form):
    for name in ("a", "b"):
        copy_records(DRAFTS, DatasetWriter(tmp_path / name / "set", form, shard=2))
    names = [str(p.relative_to(tmp_path / "a" / "set")) for p in (tmp_path / "a" / "set").rglob("*") if not p.is_dir()]
    same, different, odd = filecmp.cmpfiles(tmp_path / "a" / "set", tmp_path / "b" / "set", names, shallow=False)
    assert len(same) == len(names) and not different and not odd


def test_an_equal_photo_is_stored_once(tmp_path):
    copy_records(DRAFTS, DatasetWriter(tmp_path / "set"))
    assert len(list((tmp_path / "set" / "photos").rglob("*.jpg"))) == 2


def test_the_webdataset_package_reads_the_tars(tmp_path):
    copy_records(DRAFTS, DatasetWriter(tmp_path / "set", "webdataset"))
    samples = list(webdataset.WebDataset(str(tmp_path / "set" / "ads-00000.tar"), shardshuffle=False))
    assert [json.loads(s["json"])["id"] for s in samples] == ["main:1", "main:2", "main:3"]
    assert (samples[0]["0.jpg"], samples[0]["1.jpg"]) == (RED, BLUE)


def test_masked_pieces_are_what_the_service_would_write():
    from masking import mask_ad

    record = RECORDS[0]
    assert record.masked_text == "Юбка, размер <SIZE>. Носили мало."
    assert record.masked_prompt == mask_ad(record.attributes, record.seller_text).text
    with pytest.raises(ValueError, match="is not masked"):
        _ = RECORDS[1].masked_text


def test_the_hidden_tokens_are_those_of_the_service():
    assert (SINGLE, VARIATIVE) == HIDDEN_TOKENS == ("<SINGLE>", "<VARIATIVE>")


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"text": ""},
        {"split": "dev"},
        {"diversity_score": 1.5},
        {"hidden_token": "<MANY>"},
        {"photos": ["../x.jpg"]},
        {"photos": ["/etc/x.jpg"]},
        {"masks": {"text": [{"slot": "SIZE", "start": 0, "end": 2, "value": "44"}]}},
        {"masks": {"text": [{"slot": "SIZES", "start": 0, "end": 1, "value": "Б"}]}},
    ],
    ids=str,
)
def test_a_wrong_record_is_refused(wrong):
    with pytest.raises(ValidationError):
        AdRecord.model_validate({"id": "1", "text": "Белая", "source": "S"} | wrong)


def test_a_wrong_line_is_named(tmp_path):
    good = RECORDS[1].model_dump_json(exclude_none=True)
    (tmp_path / "ads.jsonl").write_text(f"{good}\n\n{good.replace('source', 'sauce')}\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"ads\.jsonl, line 3: source: Field required"):
        list(read_dataset(tmp_path))


def test_what_is_no_data_set_is_said(tmp_path):
    with pytest.raises(DatasetError, match="neither"):
        list(read_dataset(tmp_path))
    with pytest.raises(DatasetError, match="not a folder"):
        list(read_dataset(tmp_path / "none"))
    (tmp_path / "keep.txt").write_text("mine")
    with pytest.raises(DatasetError, match="in the way"):
        DatasetWriter(tmp_path)
    with pytest.raises(DatasetError, match="neither JPEG"):
        photo_name(b"RIFF....WEBP")


def test_a_failed_build_leaves_the_old_set(tmp_path):
    copy_records(DRAFTS, DatasetWriter(tmp_path / "set"))

    def failing():
        yield DRAFTS[0]
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        copy_records(failing(), DatasetWriter(tmp_path / "set"))
    assert len(list(read_dataset(tmp_path / "set"))) == 3
    assert [p.name for p in tmp_path.iterdir()] == ["set"]
