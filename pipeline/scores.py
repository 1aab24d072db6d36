"""How well the description fits photos and input; no reference is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.photo import Photo
from pipeline.models import Models


def score(models: Models, photos: Sequence[Photo], source: str, output: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the scores and the model behind each; a score that does not apply is None.

    Args:
        source: attributes and free text of the seller.
        output: the description shown.
    """
    from metrics.similarity import clipscore, photo_similarity, source_output_clip

    encoder, settings = models.encoder, models.settings
    embeddings = encoder.encode_photos(photos) if photos else None
    texts = encoder.encode_texts([output, source]) if source.strip() else encoder.encode_texts([output])
    clip = clipscore(embeddings, texts[0]) if photos else {}
    among = photo_similarity(embeddings) if len(photos) > 1 else {}
    has_source = bool(source.strip())
    scores = {
        "clipscore_mean": clip.get("clipscore_mean"),
        "clipscore_max": clip.get("clipscore_max"),
        "clipscore_per_photo": clip.get("clipscore_per_photo", []),
        "photo_photo_mean": among.get("photo_photo_mean"),
        "photo_photo_max": among.get("photo_photo_max"),
        "source_output_clip": source_output_clip(texts[1], texts[0]) if has_source else None,
        "source_output_bertscore": models.bert_scorer.score(output, source) if has_source else None,
    }
    return scores, {
        name: f"language/{settings.bertscore}" if name.endswith("bertscore") else f"clip/{settings.clip}"
        for name, value in scores.items()
        if value not in (None, [])
    }
