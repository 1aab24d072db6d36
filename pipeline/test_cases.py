"""The ready ads of ``test_cases/``: one folder a case, ``case.json`` beside its photos."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moderation.verdict import Bilingual
from pipeline.ad import Ad

TEST_CASES = Path(__file__).resolve().parent.parent / "test_cases"
OWN_KEYS = frozenset({"title", "attributes", "text", "photos"})

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Case:
    """One ready ad and what should come of it.

    Attributes:
        name: folder name.
        title: what its button says.
        ad: attributes, text and photos (absolute paths).
        expected: the rest of ``case.json``: ``expected_outcome``, ``expected_token``, ``words`` …
    """

    name: str
    title: Bilingual
    ad: Ad
    expected: dict[str, Any] = field(default_factory=dict)


def read_case(folder: Path) -> Case:
    """Read one case.

    Raises:
        ValueError: ``case.json`` is missing or wrong, or a photo it names is not in the folder; says which and why.
    """
    try:
        data = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"test case {folder.name}: there is no case.json") from error
    except ValueError as error:
        raise ValueError(f"test case {folder.name}: case.json is not UTF-8 JSON ({error})") from error
    try:
        title = Bilingual(str(data["title"]["ru"]), str(data["title"]["en"]))
        attributes = {str(key): str(value) for key, value in data.get("attributes", {}).items()}
        photos = tuple(_photo(folder, name) for name in data.get("photos", []))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"test case {folder.name}: case.json lacks or misspells {error}") from error
    expected = {key: value for key, value in data.items() if key not in OWN_KEYS}
    return Case(folder.name, title, Ad(attributes, str(data.get("text", "")), photos), expected)


def read_cases(root: Path = TEST_CASES) -> list[Case]:
    """Read every case under ``root`` in the order of their names (2 before 10); a broken one is logged and skipped."""
    if not root.is_dir():
        return []
    cases = []
    for folder in sorted((p for p in root.iterdir() if p.is_dir() and not p.name.startswith((".", "_"))), key=_order):
        try:
            cases.append(read_case(folder))
        except ValueError as error:
            log.warning("skipped: %s", error)
    return cases


def _photo(folder: Path, name: str) -> Path:
    path = folder / name
    if path.name != name or not path.is_file():
        raise ValueError(f"test case {folder.name}: there is no photo {name} in its folder")
    return path.resolve()


def _order(folder: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", folder.name)]
