"""The published code of ruDOLPH and ruDALL-E, imported in part: the rest of the packages needs what is long gone."""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import huggingface_hub
import pytest

# Packages whose ``__init__`` must not run, and those that a module imports without need.
HOLLOW = ("rudolph", "rudalle", "rudalle.vae")
UNUSED = ("matplotlib", "matplotlib.pyplot")


def oracle(name: str) -> ModuleType:
    """A module of ``rudolph`` or ``rudalle`` by its dotted name; the test is skipped where they are not installed."""
    if importlib.util.find_spec(name.split(".")[0]) is None:
        pytest.skip(f"{name}: test-only oracle is not installed (README, tests)")
    root = Path(importlib.util.find_spec(name.split(".")[0]).origin).parent.parent
    before = {part: sys.modules.get(part) for part in (*HOLLOW, *UNUSED)}
    try:
        for part in HOLLOW:
            sys.modules[part] = ModuleType(part)
            sys.modules[part].__path__ = [str(root / part.replace(".", "/"))]
        for part in UNUSED:
            sys.modules.setdefault(part, ModuleType(part))
        with patch.object(huggingface_hub, "cached_download", None, create=True):
            return importlib.import_module(name)
    finally:
        for part, module in before.items():
            sys.modules.pop(part, None)
            if module is not None:
                sys.modules[part] = module
