"""The app as a user starts it, in a process of its own, and the ads that are sent to it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from gradio_client import Client, handle_file

from pipeline import Ad, read_cases
from pipeline.test_cases import TEST_CASES, read_case

ROOT = Path(__file__).parents[2]
PATIENCE = 300


@dataclass
class App:
    """A running app.

    Attributes:
        address: of the page.
        seconds_to_start: from the call of ``app.py`` to the printed address.
        process: for its memory, threads and files.
        uploads: the folder it keeps uploads in.
    """

    address: str
    seconds_to_start: float
    process: psutil.Process
    uploads: Path

    @property
    def megabytes(self) -> float:
        return self.process.memory_info().rss / 2**20


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """``python app.py`` on a free port, all its models loaded."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    uploads = tmp_path_factory.mktemp("uploads")
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(uploads)}
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port)], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        seconds = time.perf_counter() - begun
        assert f"http://127.0.0.1:{port}" in line, line
        running = App(f"http://127.0.0.1:{port}/", seconds, psutil.Process(process.pid), uploads)
        describe(client(running, uploads), read_case(TEST_CASES / "1.1_one_photo").ad)
        yield running
        process.terminate()


def client(app: App, downloads: Path) -> Client:
    return Client(app.address, verbose=False, download_files=downloads, httpx_kwargs={"timeout": PATIENCE})


def describe(client: Client, ad: Ad, **options: Any) -> dict[str, Any]:
    """One ad over HTTP, as a browser sends it; returns the JSON result."""
    photos = [handle_file(photo) for photo in ad.photos]
    *_, result = client.predict(attributes=ad.attributes, text=ad.text, photos=photos, api_name="/describe", **options)
    return result


@pytest.fixture(scope="session")
def cases() -> list[Any]:
    return read_cases()


@pytest.fixture(scope="session")
def three_photos() -> Ad:
    """An ad with text, numbers and three photos of one dress."""
    ad = read_case(TEST_CASES / "1.2_several_photos").ad
    assert len(ad.photos) == 3 and ad.text
    return ad


def measured(name: str, **values: float | int | str) -> None:
    """Print one line of what was measured; ``make test-long`` shows them, ``docs/measured.md`` keeps them."""
    rounded = {key: round(value, 2) if isinstance(value, float) else value for key, value in values.items()}
    print(f"MEASURED {name}: {json.dumps(rounded, ensure_ascii=False)}")
