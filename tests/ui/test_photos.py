from pathlib import Path

import pytest
from gradio.data_classes import FileData
from pydantic import ValidationError

from ui.photos import PhotoFiles, Photos

FILE = {"path": "/tmp/a.jpg", "orig_name": "a.jpg", "meta": {"_type": "gradio.FileData"}}


@pytest.fixture
def field():
    return Photos(words={})


def test_files_and_gallery_items_are_read_in_order(field):
    gallery = {"image": FILE | {"path": "/tmp/b.jpg"}, "caption": None}
    payload = PhotoFiles.model_validate([FILE, gallery], context={"validate_meta": True})
    assert field.preprocess(payload) == [Path("/tmp/a.jpg"), Path("/tmp/b.jpg")]
    assert field.preprocess(None) == []


def test_a_path_without_the_mark_of_an_upload_is_refused():
    with pytest.raises(ValidationError):
        PhotoFiles.model_validate([{"path": "/etc/passwd"}], context={"validate_meta": True})


def test_paths_become_files_with_their_names(field):
    files = field.postprocess([Path("/tmp/x/фото.jpg")]).root
    assert isinstance(files[0], FileData)
    assert (files[0].path, files[0].orig_name) == ("/tmp/x/фото.jpg", "фото.jpg")
    assert field.postprocess(None).root == []


def test_the_endpoint_documents_files(field):
    assert field.api_info()["type"] == "array"
