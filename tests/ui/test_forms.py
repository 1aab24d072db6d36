from pathlib import Path

from pipeline.test_cases import read_cases
from tests.ui.fake import CHECKPOINTS
from ui import checkpoints
from ui.cases import endpoint, filled


def test_a_case_fills_the_form_from_the_folder_of_uploads(case_root, uploads):
    case = read_cases(case_root)[0]
    attributes, text, photos = filled(case)
    assert (attributes, text) == ({"Размер": "44"}, "платье за 1500")
    assert [path.name for path in photos] == ["a.png", "b.png"]
    for copy, original in zip(photos, case.ad.photos, strict=True):
        assert Path(uploads) in copy.parents and copy.read_bytes() == original.read_bytes()


def test_endpoints_are_named_after_folders(case_root):
    assert [endpoint(case) for case in read_cases(case_root)] == ["case_1_1_dress", "case_6_text", "case_10_rude"]


def test_checkpoints_tell_their_photos_and_readiness():
    labels = {name: label for label, name in checkpoints.choices(CHECKPOINTS, "ru")}
    assert list(labels) == [checkpoints.AUTOMATIC, "clothes", "vit-rugpt2"]
    assert "несколько фото" in labels["clothes"] and "нужна загрузка" not in labels["clothes"]
    assert "одно фото" in labels["vit-rugpt2"] and "нужна загрузка" in labels["vit-rugpt2"]
    assert "Нет весов" in checkpoints.note("vit-rugpt2", CHECKPOINTS, "ru")
    assert "No weights" in checkpoints.note("vit-rugpt2", CHECKPOINTS, "en")
    assert checkpoints.note("clothes", CHECKPOINTS, "ru") == checkpoints.note("", CHECKPOINTS, "ru") == ""
