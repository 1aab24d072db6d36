"""``python -m training COMMAND``: trains and measures the built-in models."""

from __future__ import annotations

from training.dispatch import dispatch

COMMANDS = {
    "data": ("training.data.__main__", "build, check and show data sets of ads"),
    "backbone": ("training.backbone", "fine-tune the shared image backbone on the clothes photos"),
    "tokenizer": ("training.tokenizer", "the shared tokenizer and the shape of the small Russian GPT"),
    "captioner": ("training.captioner", "a captioner of any family on cached image features, whole or by LoRA"),
    "share-language": ("training.share_language", "make a captioner's language model the one every family shares"),
    "codebook": ("training.codebook", "image codes of a ruDOLPH captioner: k-means of cached features"),
    "clip": ("training.clip", "the built-in image-text model and its calibration"),
    "toxicity": ("training.toxicity", "the built-in toxicity classifier"),
    "diversity": ("training.diversity", "one item or several: supervised and zero-shot, compared"),
    "masks": ("training.mask_report", "masks measured, and what they found in all texts of shared/data"),
    "pretrain-bert": ("training.pretrain_bert", "the small Russian encoder behind BERTScore"),
    "evaluate": ("training.evaluate", "captions of a checkpoint, measured against reference texts"),
    "leaderboard": ("training.leaderboard", "every captioner on the same photos, one table"),
}


def main() -> None:
    dispatch("python -m training", __doc__, COMMANDS)


if __name__ == "__main__":
    main()
