"""How well a toxicity classifier judges: by kind of ad, by function in the manner of HateCheck, by pairs of RUSSE-2022.

Röttger et al. 2021, «HateCheck: Functional Tests for Hate Speech Detection Models»: a function is one thing a classifier
must be able to do (let a negation pass, catch a disguise), tested by texts made for it alone.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from models.toxicity.base import ToxicityClassifier
from training.toxicity_data import DEV, FOLDER, HELD_OUT, Ad, read_jsonl

FUNCTIONS = FOLDER / "toxicity_functions.jsonl"
_CLAUSES = (
    "Покупатели вы никудышные, одни дураки",
    "Вора найду и руки ему переломаю",
    "Старухам не продаю, помирайте дома",
    "Пошли вы все на хуй",
    "Верни деньги, тваpь",
    "Сосед, подожгу твою машину",
)
_POLITE = (
    "Продаю дачу в тихом месте, рядом лес и пруд. Дом тёплый, печь переложили прошлым летом, крыша не течёт.",
    "Участок восемь соток, яблони, смородина, теплица из поликарбоната. Вода из скважины, свет круглый год.",
    "До станции двадцать минут пешком, магазин за поворотом, соседи живут постоянно и присматривают за домами.",
    "Мебель и инструмент остаются. Документы готовы, собственник один. Показываю по выходным, звоните заранее.",
)


def table(ads: Sequence[Ad], scores: np.ndarray, threshold: float) -> dict[str, Any]:
    """ROC AUC, recall, share of clean texts rejected, and the share judged rightly by kind."""
    from sklearn.metrics import roc_auc_score

    toxic = np.array([ad["toxic"] for ad in ads]).astype(bool)
    rejected = np.asarray(scores) >= threshold
    kinds = defaultdict(list)
    for ad, wrong in zip(ads, rejected != toxic, strict=True):
        kinds[ad["kind"]].append(not wrong)
    return {
        "texts": len(ads),
        "auc": round(float(roc_auc_score(toxic, scores)), 4),
        "recall": round(float(rejected[toxic].mean()), 4),
        "clean_rejected": round(float(rejected[~toxic].mean()), 4),
        "right_by_kind": {kind: round(float(np.mean(right)), 3) for kind, right in sorted(kinds.items())},
    }


def judge(model: ToxicityClassifier, ads: Sequence[Ad]) -> dict[str, Any]:
    return table(ads, np.array(model.scores([ad["text"] for ad in ads])), model.threshold)


def pair_accuracy(model: ToxicityClassifier, pairs: Sequence[tuple[str, str]]) -> float:
    """Share of pairs whose toxic sentence scores higher than its polite rewriting."""
    rude, polite = (np.array(model.scores(texts)) for texts in zip(*pairs, strict=True))
    return round(float((rude > polite).mean()), 4)


def functions() -> Iterator[tuple[str, int, str]]:
    """(function, toxic, text) of every functional test, those of position built from a rude clause and a polite ad."""
    for record in read_jsonl(FUNCTIONS):
        yield record["function"], record["toxic"], record["text"]
    for name, place in (("first", 0), ("in the middle", 2), ("last", len(_POLITE))):
        for clause in _CLAUSES:
            yield (
                f"position in a long polite ad: {name}",
                1,
                " ".join([*_POLITE[:place], f"{clause}.", *_POLITE[place:]]),
            )
    for clause in _CLAUSES:
        yield (
            "position: inside a polite sentence",
            1,
            f"{' '.join(_POLITE[:3])} Звоните днём, {clause.lower()}, торг есть.",
        )
    for start in range(len(_POLITE)):
        yield "long polite ad", 0, " ".join(_POLITE[start:] + _POLITE[:start])


def by_function(model: ToxicityClassifier) -> dict[str, dict[str, Any]]:
    """For every function: toxic or not, number of texts, share judged rightly."""
    names, toxic, texts = zip(*functions(), strict=True)
    right = [int((score >= model.threshold) == bool(t)) for score, t in zip(model.scores(texts), toxic, strict=True)]
    found: dict[str, dict[str, Any]] = {}
    for name, rude, correct in zip(names, toxic, right, strict=True):
        entry = found.setdefault(name, {"toxic": rude, "texts": 0, "right": 0.0})
        entry["texts"] += 1
        entry["right"] += correct
    return {name: entry | {"right": round(entry["right"] / entry["texts"], 3)} for name, entry in found.items()}


def milliseconds(model: ToxicityClassifier, ads: Sequence[Ad]) -> float:
    """Median processor time of one text, the model warm, the text new to it; a busy machine does not matter."""
    model.scores([ads[0]["text"]])
    times = []
    for ad in ads:
        start = time.process_time()
        model.scores([ad["text"]])
        times.append(time.process_time() - start)
    return round(float(np.median(times)) * 1000, 1)


def measure(model: ToxicityClassifier, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What the card of a trained classifier states, but for the ads it has learnt from."""
    held = read_jsonl(HELD_OUT)
    return {
        "held-out ads": judge(model, held),
        "ads_dev.jsonl": judge(model, read_jsonl(DEV)),
        "RUSSE-2022 pairs held out": pair_accuracy(model, pairs),
        "functions": by_function(model),
        "milliseconds_a_text": milliseconds(model, held),
    }


def as_markdown(scores: dict[str, Any]) -> str:
    """The tables of docs/text_moderation.md."""
    sets = {name: found for name, found in scores.items() if isinstance(found, dict) and "right_by_kind" in found}
    kinds = sorted({kind for found in sets.values() for kind in found["right_by_kind"]})
    lines = [f"| | {' | '.join(sets)} |", f"| --- |{' --- |' * len(sets)}"]
    for row in ("texts", "auc", "recall", "clean_rejected"):
        lines.append(f"| {row} | {' | '.join(str(found[row]) for found in sets.values())} |")
    for kind in kinds:
        lines.append(f"| {kind} | {' | '.join(str(found['right_by_kind'].get(kind, '')) for found in sets.values())} |")
    lines += ["", "| function | texts | must be | judged rightly |", "| --- | --- | --- | --- |"]
    for name, entry in scores["functions"].items():
        lines.append(
            f"| {name} | {entry['texts']} | {'rejected' if entry['toxic'] else 'let through'} | {entry['right']} |"
        )
    pairs, speed = scores["RUSSE-2022 pairs held out"], scores["milliseconds_a_text"]
    return "\n".join([*lines, "", f"RUSSE-2022 pairs: {pairs}. Median processor time of a text: {speed} ms.", ""])
