"""A page served in this process, on a stand-in service or on the real one, and a browser to look at it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from pipeline import Result, read_cases
from tests.ui import fake

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000


@pytest.fixture(scope="session", autouse=True)
def uploads(tmp_path_factory):
    """Uploads go to a folder of the tests."""
    folder = tmp_path_factory.mktemp("uploads")
    os.environ.update(GRADIO_TEMP_DIR=str(folder), GRADIO_ANALYTICS_ENABLED="False")
    yield folder
    del os.environ["GRADIO_TEMP_DIR"]


@pytest.fixture
def fake_parts(monkeypatch):
    """The functions of ``pipeline`` that the page calls beside the service."""
    monkeypatch.setattr("ui.page.fill", fake.fill)
    monkeypatch.setattr("ui.checks.blurred", fake.blurred)


@pytest.fixture
def pictures(tmp_path):
    """Paths of small photos by name."""

    def make(*names: str) -> list[Path]:
        made = []
        for number, name in enumerate(names):
            path = tmp_path / name
            picture = Image.new("RGB", (60, 40), (25 * number, 90, 160))
            picture.paste((250, 240, 10), (0, 0, 30, 20))
            picture.save(path, "PNG")
            made.append(path)
        return made

    return make


@pytest.fixture
def case_root(tmp_path, pictures):
    """Two good cases, one that is rejected, and a broken folder."""
    root = tmp_path / "test_cases"
    _case(root / "1.1_dress", {"text": "платье за 1500", "attributes": {"Размер": "44"}}, pictures("a.png", "b.png"))
    _case(root / "6_text", {"text": "только текст"}, [])
    _case(root / "10_rude", {"text": "<b>плохо</b>`${alert(1)}`{{value}}"}, pictures("nude.png"))
    (root / "broken").mkdir()
    (root / "broken" / "case.json").write_text("{", encoding="utf-8")
    return root


def _case(folder: Path, data: dict, photos: list[Path]) -> None:
    folder.mkdir(parents=True)
    for photo in photos:
        photo.rename(folder / photo.name)
    title = {"ru": f"Случай {folder.name}", "en": f"Case {folder.name}"}
    case = {"title": title, **data, "photos": [photo.name for photo in photos], "expected_outcome": "ok"}
    (folder / "case.json").write_text(json.dumps(case, ensure_ascii=False), encoding="utf-8")


def serve(service, cases, language=None, checkpoint=None):
    """Launch a page on a free port as ``app.py`` does."""
    from app import launch
    from ui.page import build

    page = build(service, cases, language, checkpoint)
    address, _ = launch(page, "127.0.0.1", None)
    return SimpleNamespace(address=address, page=page, service=service, cases=cases)


@pytest.fixture
def served(fake_parts, case_root):
    """A page on the stand-in service."""
    running = serve(fake.FakeService(), read_cases(case_root))
    yield running
    running.page.close()


class Recording:
    """The real service, its results kept for the test to compare the page with."""

    def __init__(self) -> None:
        from pipeline import Service

        self.real = Service()
        self.results = []

    def checkpoints(self):
        return self.real.checkpoints()

    def run(self, *args, **kwargs):
        for event in self.real.run(*args, **kwargs):
            if isinstance(event, Result):
                self.results.append(event)
            yield event


@pytest.fixture(scope="session")
def real():
    """A page on the real service and the real test cases."""
    running = serve(Recording(), read_cases())
    yield running
    running.page.close()


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Open an address; the requests that left this machine are kept in ``tab.external``."""
    contexts = []

    def visit(address: str, locale: str = "ru-RU", width: int = 1440, **options):
        context = chromium.new_context(locale=locale, viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.set_default_timeout(PATIENCE)
        tab.external = []
        tab.errors = []
        tab.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.on("dialog", lambda dialog: (tab.errors.append(f"dialog {dialog.message}"), dialog.dismiss()))
        local = (address, "data:", "blob:")
        tab.on("request", lambda request: None if request.url.startswith(local) else tab.external.append(request.url))
        tab.goto(address)
        tab.wait_for_selector("#photos .add")
        tab.wait_for_selector(f"text={'Generate' if locale.startswith('en') else 'Сгенерировать'}")
        return tab

    yield visit
    for context in contexts:
        context.close()
