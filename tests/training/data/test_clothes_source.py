"""The built-in stand-in: a form for each photo, nothing in the answer that is not in the form."""

import json
import re

import pytest
from PIL import Image

from training.clothes import SHARED, read_clothes
from training.data.finish import find_masks
from training.data.sources.clothes import accusative, read_clothes_ads
from training.data.sources.tables import SourceError

LABELS = ("Shoes", "Hat", "Dress", "Pants", "T-Shirt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """60 generated lines in the format of ``clothes/texts.jsonl``."""
    folder = tmp_path_factory.mktemp("clothes")
    (folder / "photos").mkdir()
    with (folder / "texts.jsonl").open("w", encoding="utf-8") as file:
        for n in range(60):
            Image.new("RGB", (8, 8)).save(folder / "photos" / f"{n}.jpg")
            line = {
                "photo": f"{n}.jpg", "label": LABELS[n % 5], "item": ("ботинки", "шапка", "платье", "брюки", "футболка")[n % 5],
                "for": ("женское", "мужское", "детское")[n % 3], "colors": ["синий"], "pattern": "однотонный",
                "details": ["на молнии"], "caption": "Синяя вещь на ковре.", "split": "val" if n % 10 == 0 else "train",
                "ad": ("Носили мало, рост <SIZE>, <PRICE>.", "Мягкая вещь.", "Отдам за <PRICE>.")[n % 3],
            }  # fmt: skip
            if n % 4 == 0:
                line["assistant"] = "Представляем вещь. Размер <SIZE>."
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return folder


def checked(drafts, ads):
    """Every slot of the answer is in the form, with the same value; returns the share of answers masked as annotated."""
    asked = kept = 0
    for draft, ad in zip(drafts, ads, strict=True):
        record = draft.record.model_copy(update={"masks": find_masks(draft.record)})
        digits = set(re.findall(r"\d+", record.text))
        assert digits <= set(re.findall(r"\d+", record.prompt.replace(" ", "") + " " + record.prompt)), record
        assert "<" not in record.text + record.prompt + (record.assistant_text or "")
        held = re.findall(r"<([A-Z]+)>", ad.ad)
        if held:
            asked += 1
            kept += re.findall(r"<([A-Z]+)>", record.masked_text)[: len(held)] == held
    return kept / asked


def test_no_number_is_said_that_the_form_does_not_hold(folder):
    assert checked(read_clothes_ads(folder), read_clothes(folder)) == 1.0


def test_the_forms_are_fixed_by_the_seed(folder):
    texts = [draft.record.text for draft in read_clothes_ads(folder)]
    assert texts == [draft.record.text for draft in read_clothes_ads(folder)]
    assert texts != [draft.record.text for draft in read_clothes_ads(folder, seed=1)]


def test_ads_and_captions_of_a_photo_share_its_thing_and_split(folder):
    ads, captions = list(read_clothes_ads(folder)), list(read_clothes_ads(folder, "caption"))
    assert [a.record.id.removesuffix("~ad") for a in ads] == [c.record.id.removesuffix("~caption") for c in captions]
    assert [a.record.split for a in ads] == [c.record.split for c in captions]
    assert {c.record.task for c in captions} == {"caption"} and {c.record.prompt for c in captions} == {""}


def test_sizes_are_written_as_avito_does(folder):
    sizes = {d.record.attributes.get("Размер", "") for seed in range(20) for d in read_clothes_ads(folder, seed=seed)}
    assert any(re.fullmatch(r"\d\d \(\d\d(,\d)? см\)", size) for size in sizes)  # 30 (19 см)
    assert any(re.fullmatch(r"\d+-\d+ см \(\S+ (лет|года|мес)\)", size) for size in sizes)  # 98-104 см (3-4 года)
    assert any(re.fullmatch(r"\d\d-\d\d \([XLMS]+\)", size) for size in sizes)  # 44-46 (M)


@pytest.mark.parametrize(
    ("item", "form"), [("джинсовая куртка", "джинсовую куртку"), ("ботинки", "ботинки"), ("платье", "платье"), ("юбка", "юбку")]
)  # fmt: skip
def test_accusative(item, form):
    assert accusative(item) == form


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(SourceError, match="put the clothes data set there"):
        list(read_clothes_ads(tmp_path))


@pytest.mark.data
def test_the_masks_of_the_real_references_are_those_annotated():
    """Measured 0.9996 of 2,469 references that hold placeholders."""
    assert checked(read_clothes_ads(), read_clothes(SHARED / "clothes")) >= 0.99
