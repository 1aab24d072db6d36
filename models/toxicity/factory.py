"""Text classifiers by the folder names of ``checkpoints/toxicity``."""

from __future__ import annotations

import importlib
from functools import lru_cache
from pathlib import Path

from models.checkpoint import CHECKPOINTS, read_card
from models.toxicity.base import ToxicityClassifier

FAMILIES = {
    "builtin": ("models.toxicity.builtin", "BuiltinClassifier"),
    "xlm-roberta": ("models.toxicity.xlm_roberta", "XlmRobertaClassifier"),
    "rubert-tiny": ("models.toxicity.rubert_tiny", "RubertTinyClassifier"),
}


@lru_cache(maxsize=2)
def load_toxicity(name: str, root: Path = CHECKPOINTS) -> ToxicityClassifier:
    """Load ``checkpoints/toxicity/NAME`` once; raises FileNotFoundError or ValueError saying what is missing."""
    folder = root / "toxicity" / name
    family = read_card(folder)["family"]
    if family not in FAMILIES:
        raise ValueError(f"{name}: unknown family {family!r}; known: {', '.join(FAMILIES)}")
    module, classifier = FAMILIES[family]
    return getattr(importlib.import_module(module), classifier).load(folder)
