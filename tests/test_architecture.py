"""The arrows between the rooms go one way (docs/architecture.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("ui", "pipeline", "moderation", "masking", "models", "metrics", "training")
MAY_IMPORT = {
    "app.py": {"ui", "pipeline"},
    "ui": {"pipeline"},
    "pipeline": {"moderation", "masking", "models", "metrics"},
    "moderation": {"models"},
    "masking": set(),
    "models": set(),
    "metrics": {"models"},
    "training": {"pipeline", "moderation", "masking", "models", "metrics"},
}


def imported_rooms(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names & set(ROOMS)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(room):
    files = [ROOT / room] if room.endswith(".py") else sorted((ROOT / room).rglob("*.py"))
    assert files
    for path in files:
        foreign = imported_rooms(path) - {room}
        assert foreign <= MAY_IMPORT[room], f"{path.relative_to(ROOT)} imports {foreign - MAY_IMPORT[room]}"


def test_the_product_never_names_the_training_data_folder():
    for room in set(MAY_IMPORT) - {"training"}:
        files = [ROOT / room] if room.endswith(".py") else (ROOT / room).rglob("*.py")
        for path in files:
            assert "shared/data" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize("path", sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py")), ids=str)
def test_modules_stay_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 330, f"split {path}"


def test_app_is_short():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 120
