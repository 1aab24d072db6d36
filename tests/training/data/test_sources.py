"""Sources read what researchers have, stream it, and say what is missing."""

import csv
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from tests.training.data.ads import catalogue, mlcup_table
from training.data.dataset import DatasetWriter, Draft, copy_records
from training.data.filters import Filter, russian_share
from training.data.recipe import RecipeError, Source
from training.data.record import AdRecord
from training.data.sample import reservoir
from training.data.sources import open_source
from training.data.sources.avito import read_avito, strip_markup
from training.data.sources.coco import read_coco
from training.data.sources.main import read_main
from training.data.sources.mlcup import read_mlcup
from training.data.sources.tables import SourceError

ROWS = [
    {"id": "7", "text": "Юбка, размер 44.", "photos": ["a.jpg", "b.jpg"], "attributes": {"Цена": "500 руб"}},
    {"id": "8", "text": "Шапка.", "photos": [], "attributes": {}},
]


def write_table(path: Path) -> Path:
    if path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), encoding="utf-8")
    elif path.suffix == ".parquet":
        pq.write_table(
            pa.Table.from_pylist([row | {"attributes": json.dumps(row["attributes"])} for row in ROWS]), path
        )
    else:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, delimiter=";" if path.stem == "semicolon" else ",")
            writer.writerow(ROWS[0])
            for row in ROWS:
                cells = row | {"photos": "|".join(row["photos"]), "attributes": json.dumps(row["attributes"])}
                writer.writerow(cells.values())
    return path


@pytest.mark.parametrize("name", ["ads.jsonl", "ads.csv", "semicolon.csv", "ads.parquet"])
def test_a_catalogue_is_read_from_every_format(tmp_path, name):
    first, second = read_main(write_table(tmp_path / name))
    assert first.record.id == "main:7" and first.record.attributes == {"Цена": "500 руб"}
    assert first.record.text == "Юбка, размер 44."
    assert first.photos == (tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert second.photos == () and second.record.attributes == {}


def test_columns_and_attributes_can_be_named(tmp_path):
    (tmp_path / "t.csv").write_text("n,said,pic,cost\n1,Юбка,https://x.example/p/1.jpg?w=2,500.0\n", encoding="utf-8")
    options = {"columns": {"id": "n", "text": "said", "photos": "pic"}, "attribute_columns": {"cost": "Цена"}}
    (draft,) = read_main(tmp_path / "t.csv", **options)
    assert draft.record.attributes == {"Цена": "500.0"} and draft.photos == (tmp_path / "1.jpg",)
    with pytest.raises(SourceError, match=r"no column for text and photos among n, said, pic, cost"):
        list(read_main(tmp_path / "t.csv"))
    with pytest.raises(SourceError, match="names columns that are not there: price"):
        list(read_main(tmp_path / "t.csv", **options | {"attribute_columns": {"price": "Цена"}}))


def test_what_is_missing_or_broken_is_said(tmp_path):
    with pytest.raises(SourceError, match="there is nothing at"):
        list(read_main(tmp_path / "none.csv"))
    (tmp_path / "bad.jsonl").write_text('{"id": 1, "text": "x", "photos": []}\n{oops\n')
    with pytest.raises(SourceError, match=r"bad\.jsonl, line 2: not JSON"):
        list(read_main(tmp_path / "bad.jsonl"))
    (tmp_path / "cp.csv").write_bytes("id,text,photos\n1,Юбка,\n".encode("cp1251"))
    with pytest.raises(SourceError, match="not UTF-8"):
        list(read_main(tmp_path / "cp.csv"))
    (tmp_path / "x.doc").write_text("x")
    with pytest.raises(SourceError, match="unknown format"):
        list(read_main(tmp_path / "x.doc"))


FEED = """<?xml version="1.0" encoding="UTF-8"?>
<Ads formatVersion="3" target="Avito.ru" extra="1">
 <Ad><Id>11</Id><Category>Детская одежда и обувь</Category><GoodsType>Для девочек</GoodsType><Apparel>Обувь</Apparel>
  <Size>30 (19 см)</Size><Condition>Хорошее</Condition><Color>Красный</Color><Title>Ботинки</Title>
  <Description><![CDATA[<p>Ботинки, размер 30.</p><ul><li>кожа &amp; мех</li></ul>]]></Description><Price>1500</Price>
  <Images><Image url="https://img.example/a/1.jpg"/><Image url="https://img.example/a/2.jpg?x=1"/></Images></Ad>
 <Ad><Id>12</Id><Title>Без описания</Title></Ad>
</Ads>"""


def test_an_autoload_feed_becomes_ads(tmp_path):
    (tmp_path / "feed.xml").write_text(FEED, encoding="utf-8")
    (draft,) = read_avito(tmp_path / "feed.xml", tmp_path / "img")
    assert draft.record.attributes == {
        "Вид одежды": "Для девочек",
        "Предмет одежды": "Обувь",
        "Состояние": "Хорошее",
        "Размер": "30 (19 см)",
        "Цвет": "Красный",
        "Цена": "1500",
    }
    assert draft.record.text == "Ботинки, размер 30.\nкожа & мех"
    assert draft.record.seller_text == "Ботинки"
    assert draft.photos == (tmp_path / "img" / "1.jpg", tmp_path / "img" / "2.jpg")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_filled_template_becomes_ads(tmp_path, suffix):
    rows = [
        ["Личные вещи / Одежда", None, None, None, None],
        ["Уникальный идентификатор объявления", "Название объявления", "Описание объявления", "Ссылки на фото", "Цена"],
        ["обязательно", "обязательно", "обязательно", "необязательно", "необязательно"],
        ["до 100 символов", "до 50", "до 7500", "через |", "целое число"],
        ["a1", "Юбка", "Юбка в горошек", "https://x.example/1.jpg | https://x.example/2.jpg", 700],
    ]
    path = tmp_path / f"template{suffix}"
    if suffix == ".xlsx":
        book = Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    (draft,) = read_avito(path)
    assert (draft.record.id, draft.record.text) == ("avito:a1", "Юбка в горошек")
    assert draft.record.attributes == {"Цена": "700"}
    assert [photo.name for photo in draft.photos] == ["1.jpg", "2.jpg"]


def test_what_is_no_feed_is_said(tmp_path):
    (tmp_path / "a.xml").write_text("<Offers><Ad/></Offers>")
    (tmp_path / "b.xml").write_text("<Ads><Ad>")
    (tmp_path / "c.csv").write_text("a,b\n1,2\n3,4\n")
    for name, said in (("a.xml", "begins with <Ads>"), ("b.xml", "not well-formed"), ("c.csv", "Описание объявления")):
        with pytest.raises(SourceError, match=said):
            list(read_avito(tmp_path / name))
    assert strip_markup("5 < 6<br/>да") == "5 < 6\nда"


def test_mlcup_reads_the_public_columns(tmp_path):
    path = mlcup_table(tmp_path, 3)
    first = next(read_mlcup(path, tmp_path / "photos"))
    assert first.record.id == "mlcup:m0" and first.photos == (tmp_path / "photos" / "i0.jpg",)
    assert first.record.attributes["Категория"] == "Одежда, обувь" and first.record.attributes["Цена"] == "900.0"
    with pytest.raises(SourceError, match="folder of the photos"):
        list(read_mlcup(path, tmp_path / "none"))


def stream(count, order=1):
    for number in range(count)[::order]:
        yield Draft(AdRecord(id=str(number), text="Юбка", source="S"))


def test_a_sample_depends_on_the_seed_and_not_on_the_order():
    drawn = [draft.record.id for draft in reservoir(stream(20_000), 50, 1, "P")]
    assert drawn == [draft.record.id for draft in reservoir(stream(20_000, -1), 50, 1, "P")]
    assert len(set(drawn)) == 50
    assert drawn != [draft.record.id for draft in reservoir(stream(20_000), 50, 2, "P")]
    assert drawn[:10] == [draft.record.id for draft in reservoir(stream(20_000), 10, 1, "P")]
    assert 7_000 < sum(map(int, drawn)) / 50 < 13_000  # mean of a uniform sample: 10,000 ± 820 (one deviation)
    assert len(reservoir(stream(3), 50, 1, "P")) == 3


def test_coco_gives_a_record_a_caption(tmp_path):
    data = {
        "annotations": [
            {"id": 5, "image_id": 1, "caption": "Кот спит."},
            {"id": 6, "image_id": 1, "caption": " "},
            {"id": 7, "image_id": 1, "caption": "Рыжий кот."},
        ],
        "images": [{"id": 1, "file_name": "COCO_1.jpg", "width": 4}],
    }
    path = tmp_path / "ru.json"
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    drafts = list(read_coco(path, tmp_path))
    assert [d.record.id for d in drafts] == ["coco:1~5", "coco:1~7"]
    assert drafts[0].record.task == "caption" and drafts[0].photos == (tmp_path / "COCO_1.jpg",)
    path.write_text(json.dumps({"images": data["images"], "annotations": [{"image_id": 9, "caption": "x"}]}))
    with pytest.raises(SourceError, match="belongs to image 9"):
        list(read_coco(path, tmp_path))
    path.write_text('{"images": [{"id": 1, ')
    with pytest.raises(SourceError, match="not whole JSON"):
        list(read_coco(path, tmp_path))
    with pytest.raises(SourceError, match=r"none\.json is not there"):
        list(read_coco(tmp_path / "none.json", tmp_path))


def test_an_unknown_source_or_option_is_said(tmp_path):
    with pytest.raises(RecipeError, match="unknown source type ebay: there are main, avito"):
        open_source(Source(type="ebay"))
    with pytest.raises(RecipeError, match=r"colunms.*its options are path, photos, columns"):
        open_source(Source(type="main", path="x", colunms={}))


def test_a_built_set_is_a_source_of_another(tmp_path):
    photo = (catalogue(tmp_path, 1, 0).parent / "photos" / "0.jpg").read_bytes()
    draft = Draft(AdRecord(id="main:1", text="Юбка", source="OLD", split="val"), (photo,))
    copy_records([draft], DatasetWriter(tmp_path / "old", "parquet"))
    (back,) = open_source(Source(type="dataset", path=str(tmp_path / "old"), split="test"))
    assert (back.record.id, back.record.split, back.photo_bytes()) == ("main:1", "test", [photo])
    copy_records([draft], DatasetWriter(tmp_path / "tar", "webdataset"))
    with pytest.raises(SourceError, match="build that set as jsonl or parquet"):
        open_source(Source(type="dataset", path=str(tmp_path / "tar")))


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"photos": [1, 1]}, "number of photos"),
        ({"photos": [2, 10]}, None),
        ({"text_chars": [500, 900]}, "length of the text"),
        ({"russian": 0.6}, None),
        ({"attributes": {"Цена": r"^\d{5}"}}, "attribute Цена"),
        ({"attributes": {"Размер": r"\d"}}, None),
        ({"text": "юбк"}, None),
        ({"text": "шапк"}, "text lacks the pattern"),
        ({"text_without": "юбк"}, "text holds the pattern"),
    ],
    ids=str,
)
def test_filters_say_why(tmp_path, condition, reason):
    draft = next(read_main(catalogue(tmp_path, 0, 1), tmp_path / "photos"))
    assert "юбку" in draft.record.text
    assert Filter(**condition).reason(draft) == reason


def test_russian_share():
    assert russian_share("a red skirt") == 0 and russian_share("юбка Zara") == 0.5 and russian_share("123") == 0
