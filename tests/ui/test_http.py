"""The page over HTTP: the same road with ``gradio_client``, and what must not be served."""

from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from ui.cases import endpoint


@pytest.fixture
def client(served, tmp_path):
    return Client(served.address, verbose=False, download_files=tmp_path / "downloads")


def describe(client, **form):
    return client.predict(api_name="/describe", **form)


def test_every_case_is_filled_and_described(served, client):
    for case in served.cases:
        rows, text, photos, seed = client.predict(api_name=f"/{endpoint(case)}")
        assert {key: value for key, value in rows if value} == case.ad.attributes
        assert (text, seed, len(photos)) == (case.ad.text, 0, len(case.ad.photos))
        files = [handle_file(photo) for photo in photos]
        description, report, result = describe(client, attributes=rows, text=text, photos=files, seed=seed)
        assert result["status"] == ("rejected" if case.name == "10_rude" else "ok")
        assert result["text"] == description
        assert report.startswith("<section")
        sent = served.service.ads[-1][0]
        assert (sent.attributes, sent.text) == (case.ad.attributes, case.ad.text)
        assert [Path(p).read_bytes() for p in sent.photos] == [p.read_bytes() for p in case.ad.photos]


def test_the_forms_of_gradio_components_are_understood(served, client, pictures):
    photos = [{"image": handle_file(path), "caption": None} for path in pictures("b.png", "a.png")]
    table = {"headers": ["Поле", "Значение"], "data": [["Размер", "44"]], "metadata": None}
    _, _, result = describe(client, attributes=table, text="платье", photos=photos)
    assert result["status"] == "ok"
    ad = served.service.ads[-1][0]
    assert ad.attributes == {"Размер": "44"} and [p.name for p in ad.photos] == ["b.png", "a.png"]


def test_everything_has_a_default_and_is_documented(client):
    described = client.view_api(return_format="dict")["named_endpoints"]
    parameters = described["/describe"]["parameters"]
    assert [p["parameter_name"] for p in parameters] == ["attributes", "text", "photos", "checkpoint", "seed", "blanks"]
    assert all(p["parameter_has_default"] for p in parameters)
    assert set(described) == {"/describe", "/case_1_1_dress", "/case_6_text", "/case_10_rude"}
    assert describe(client)[2]["status"] == "empty"


def test_choices_reach_the_service_over_http(served, client):
    text, _, _ = describe(client, text="платье", checkpoint="clothes", seed=7, blanks=True)
    assert "__" in text and "вариант 7" in text
    assert served.service.ads[-1][1:] == ("clothes", 7, True)


def test_progress_is_streamed(client):
    job = client.submit(text="платье", api_name="/describe")
    job.result()
    assert len(job.outputs()) > 10 and job.outputs()[0][2] is None


def test_a_file_that_was_not_uploaded_is_refused(served, client):
    stolen = {"path": "/etc/hostname", "orig_name": "x.png", "meta": {"_type": "gradio.FileData"}}
    answer = _post(served.address, [None, "платье", [stolen], "", 0, False])
    assert "error" in answer and served.service.ads == []


def test_an_unknown_checkpoint_is_refused(client):
    with pytest.raises((AppError, ValueError)):
        describe(client, text="платье", checkpoint="../../etc")


@pytest.mark.parametrize(
    "path",
    [
        "monitoring",
        "gradio_api/file=app.py",
        f"gradio_api/file={Path(__file__).resolve()}",
        "gradio_api/file=/etc/hostname",
    ],
)
def test_nothing_of_the_machine_is_served(served, path):
    assert httpx.get(served.address + path).status_code in (403, 404)


def _post(address: str, data: list) -> str:
    """Call ``/describe`` without a client; returns the stream of its events."""
    call = httpx.post(f"{address}gradio_api/call/describe", json={"data": data}).json()["event_id"]
    return httpx.get(f"{address}gradio_api/call/describe/{call}", timeout=60).text
