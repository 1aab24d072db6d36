"""What the tests of photo files share."""

from pathlib import Path

import pytest


@pytest.fixture
def saved(tmp_path):
    """Write bytes to a file and return its path."""

    def save(data: bytes, name: str = "photo.jpg") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return save
