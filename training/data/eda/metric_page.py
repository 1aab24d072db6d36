"""The metrics of ``metrics/``, measured on a data set: what shuffled texts get, and what a second reference gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metrics import METRICS, load_metric
from metrics.attributes import names_item, names_main_colour
from metrics.cider import DocumentFrequencies
from models.photo_files import PhotoError
from training.data.dataset import Draft
from training.data.eda.blocks import Block, Table, Text
from training.data.eda.census import written
from training.data.eda.photos import open_photo
from training.data.record import AdRecord

ITEM, COLOUR = "Предмет одежды", "Цвет"
_SIDE = 512

# The score of each result that is shown, and what misleads those who read it.
SHOWN: dict[str, tuple[tuple[str, ...], str]] = {
    "cider": (
        ("cider", "cider_5"),
        "Frequencies come from the references at hand: scores of different sets cannot be compared, and one photo alone "
        "always gets 0. Long texts are punished for their length alone.",
    ),
    "bleu": (("bleu_1", "bleu_4"), "Counts exact word forms: in Russian another case ending is another word. BLEU-4 of one short text is 0."),
    "rouge": (("rouge_l",), "Rewards common words in order, whatever they say."),
    "meteor": (("meteor", "meteor_lemma"), "No synonyms for Russian; a stem counts half. `meteor_lemma` compares lemmas."),
    "bertscore": (
        ("bertscore",),
        "Never near 0: unrelated texts of one kind are alike already, so read the distance from the floor, not the value.",
    ),
    "clipscore": (
        ("clipscore_mean", "clipscore_max"),
        "The built-in encoder shares its backbone with the captioner and flatters it; text beyond its context is cut.",
    ),
    "photo_similarity": (("photo_photo_mean", "photo_photo_max"), "High for augmented copies and near-copies: no proof of one item."),
    "source_output": (("source_output_clip",), "A text that repeats the prompt word for word gets 1."),
    "humanness": (
        ("humanness", "anti_humanness"),
        "A difference of two scales: may be negative, and β changes its order of texts. Read it beside CIDEr.",
    ),
    "attributes": (("item", "main_colour"), "Measured where the form names them; a synonym that the table lacks counts as wrong."),
    "invented_numbers": (("invented_numbers",), "Strict: «два кармана» is a number too, so references are above 0."),
    "placeholders": (("recall", "precision"), "A reference need not say every number of the form: 1 is no goal."),
    "repetition": (("repetition_2",), "Long texts repeat more by nature: compare at equal length."),
    "distinct": (("distinct_texts", "distinct_2"), "Falls with the number of texts: compare equal samples."),
    "length": (("words",), "No quality: a check that nothing writes much shorter or longer than the references."),
}  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """One score: of the floor and of the ceiling (None where it has none), what these were, on how many ads."""

    metric: str
    key: str
    floor: float | None
    ceiling: float | None
    what: str
    ads: int


def metric_blocks(sample: Sequence[Draft], seconds: Sequence[tuple[AdRecord, AdRecord]], seed: int) -> list[Block]:
    """Explain every metric and measure it.

    Args:
        sample: ads of the set.
        seconds: pairs of ads that show the same thing (near-copies of one photo) with independent references.
        seed: of the shuffle.
    """
    classes = {name: load_metric(name) for name in METRICS}
    rows = [
        (f"**{name}**", metric.about, f"{metric.range[0]:g} … {metric.range[1]:g}".replace("inf", "∞"), SHOWN[name][1])
        for name, metric in classes.items()
    ]
    measured, failed = _measure_all(sample, seconds, seed)
    blocks: list[Block] = [
        Table(("metric", "what it means", "range", "trap"), rows),
        Text(
            f"Measured on {len(sample)} ads of this set, texts with placeholders. **Floor**: every ad gets the text of "
            "another ad. **Ceiling**: see the column; for metrics with references it is a second, independent reference, "
            f"the text of another ad whose photo is a near-copy ({len(seconds)} such pairs here)."
        ),
        Table(
            ("score", "floor", "ceiling", "what the ceiling is", "ads"),
            [(m.key, m.floor, m.ceiling, m.what, m.ads) for m in measured],
        ),
    ]
    return blocks + [Text(f"Not measured: **{name}**, {why}.") for name, why in failed]


def _measure_all(
    sample: Sequence[Draft], seconds: Sequence[tuple[AdRecord, AdRecord]], seed: int
) -> tuple[list[Measured], list[tuple[str, str]]]:
    if len(sample) < 2:
        return [], [("all", "a set of one ad has nothing to shuffle")]
    measuring = _Measuring([draft.record for draft in sample], sample, seconds, seed)
    measured, failed = [], []
    for name in METRICS:
        try:
            measured += measuring.of(name)
        except _NothingToMeasureError as error:
            failed.append((name, str(error)))
    return measured, failed


class _NothingToMeasureError(ValueError):
    """The set lacks what a metric needs; says what."""


class _Measuring:
    """Floor and ceiling of one metric after another on one sample."""

    def __init__(
        self,
        records: Sequence[AdRecord],
        drafts: Sequence[Draft],
        seconds: Sequence[tuple[AdRecord, AdRecord]],
        seed: int,
    ) -> None:
        self.records, self.drafts, self.seconds = records, drafts, seconds
        self.own = [written(record) for record in records]
        # A cycle through a random order: nobody keeps their own text.
        order = np.random.default_rng(seed).permutation(len(records))
        self.other = np.empty(len(records), int)
        self.other[order] = np.roll(order, 1)
        self.shuffled = [self.own[k] for k in self.other]
        self.frequencies = DocumentFrequencies.of([[text] for text in self.own])
        self._embedded: tuple[list[np.ndarray | None], np.ndarray] | None = None

    def of(self, name: str) -> list[Measured]:
        measure: Callable[[], list[Measured]] = getattr(self, f"_{name}", lambda: self._with_references(name))
        return measure()

    def _rows(self, name: str, floor: dict[str, Any], ceiling: dict[str, Any], what: str, ads: int) -> list[Measured]:
        return [Measured(name, key, floor.get(key), ceiling.get(key), what, ads) for key in SHOWN[name][0]]

    def _with_references(self, name: str, **keywords: Any) -> list[Measured]:
        metric = load_metric(name)
        try:
            floor = metric.compute(predictions=self.shuffled, references=[[t] for t in self.own], **keywords)
        except RuntimeError as error:  # METEOR without Java
            raise _NothingToMeasureError(str(error)) from error
        ceiling = {}
        if self.seconds:
            first, second = ([written(pair[k]) for pair in self.seconds] for k in (0, 1))
            ceiling = metric.compute(predictions=second, references=[[text] for text in first], **keywords)
        what = f"a second reference ({len(self.seconds)} ads)" if self.seconds else "no second reference in this set"
        return self._rows(name, floor, ceiling, what, len(self.own))

    def _cider(self) -> list[Measured]:
        return self._with_references("cider", frequencies=self.frequencies)

    def _embeddings(self) -> tuple[list[np.ndarray | None], np.ndarray]:
        """Photo embeddings of every ad, (N_a, D) each, and text embeddings (A, D), by the service's encoder."""
        if self._embedded is None:
            from models.clip.factory import load_encoder
            from pipeline.settings import load_settings

            encoder = load_encoder(load_settings().clip)
            readable = [_readable(draft) for draft in self.drafts]
            photos = [encoder.encode_photos(found).numpy() if found else None for found in readable]
            self._embedded = photos, encoder.encode_texts(self.own).numpy()
        return self._embedded

    def _clipscore(self) -> list[Measured]:
        photos, texts = self._embeddings()
        have = [k for k, vectors in enumerate(photos) if vectors is not None]
        if not have:
            raise _NothingToMeasureError("no ad of the sample has photos")

        def score(chosen: Sequence[int]) -> dict[str, Any]:
            return load_metric("clipscore").compute(
                predictions=[texts[k].tolist() for k in chosen], references=[photos[k].tolist() for k in have]
            )

        return self._rows(
            "clipscore", score([self.other[k] for k in have]), score(have), "the ad's own text", len(have)
        )

    def _photo_similarity(self) -> list[Measured]:
        photos, _ = self._embeddings()
        several = [vectors for vectors in photos if vectors is not None and len(vectors) > 1]
        if len(several) < 2:
            raise _NothingToMeasureError("fewer than two ads of the sample have several photos")
        mixed = [np.stack([one[0], other[0]]) for one, other in zip(several, several[1:] + several[:1], strict=True)]
        floor, ceiling = (
            load_metric("photo_similarity").compute(predictions=[vectors.tolist() for vectors in group])
            for group in (mixed, several)
        )
        what = "photos of one ad (floor: of two ads)"
        return self._rows("photo_similarity", floor, ceiling, what, len(several))

    def _source_output(self) -> list[Measured]:
        from models.clip.factory import load_encoder
        from pipeline.settings import load_settings

        have = [k for k, record in enumerate(self.records) if record.prompt.strip()]
        if not have:
            raise _NothingToMeasureError("no ad of the sample has attributes or seller's words")
        texts = self._embeddings()[1]
        prompts = load_encoder(load_settings().clip).encode_texts([self.records[k].prompt for k in have]).tolist()
        floor, ceiling = (
            load_metric("source_output").compute(predictions=[texts[k].tolist() for k in chosen], references=prompts)
            for chosen in ([self.other[k] for k in have], have)
        )
        return self._rows("source_output", floor, ceiling, "the ad's own text", len(have))

    def _humanness(self) -> list[Measured]:
        have = [record for record in self.records if record.assistant_text]
        if len(have) < 2:
            raise _NothingToMeasureError("fewer than two ads of the sample have an assistant's text")
        wanted, assistant = [[written(r)] for r in have], [[r.assistant_text] for r in have]
        floor, ceiling = (
            load_metric("humanness").compute(
                predictions=[texts[0] for texts in voice], references=wanted, assistant=assistant
            )
            for voice in (assistant, wanted)
        )
        what = "the reference itself (floor: the assistant's text)"
        return self._rows("humanness", floor, ceiling, what, len(have))

    def _attributes(self) -> list[Measured]:
        rows = []
        for key, attribute, named in (("item", ITEM, names_item), ("main_colour", COLOUR, _names_colour)):
            pairs = [(k, r.attributes[attribute]) for k, r in enumerate(self.records) if r.attributes.get(attribute)]
            answers = [
                [answer for k, value in pairs if (answer := named(texts[k], value)) is not None]
                for texts in (self.shuffled, self.own)
            ]
            if answers[0]:
                floor, ceiling = (sum(group) / len(group) for group in answers)
                rows.append(Measured("attributes", key, floor, ceiling, "the ad's own text", len(answers[0])))
        if not rows:
            raise _NothingToMeasureError(f"no ad of the sample has the attributes «{ITEM}» or «{COLOUR}»")
        return rows

    def _against_prompt(self, name: str, own: list[str], prompts: list[str]) -> list[Measured]:
        floor, ceiling = (
            load_metric(name).compute(predictions=texts, references=prompts)
            for texts in ([own[k] for k in self.other], own)
        )
        return self._rows(name, floor, ceiling, "the ad's own text", len(own))

    def _invented_numbers(self) -> list[Measured]:
        return self._against_prompt(
            "invented_numbers", [r.text for r in self.records], [r.prompt for r in self.records]
        )

    def _placeholders(self) -> list[Measured]:
        if not all(record.masks for record in self.records):
            raise _NothingToMeasureError("not every ad of the sample is masked")
        return self._against_prompt("placeholders", self.own, [r.masked_prompt for r in self.records])

    def _of_texts(self, name: str) -> list[Measured]:
        result = load_metric(name).compute(predictions=self.own)
        return self._rows(name, {}, result, "the references themselves", len(self.own))

    def _repetition(self) -> list[Measured]:
        return self._of_texts("repetition")

    def _distinct(self) -> list[Measured]:
        return self._of_texts("distinct")

    def _length(self) -> list[Measured]:
        return self._of_texts("length")


def _names_colour(text: str, colour: str) -> bool | None:
    try:
        return names_main_colour(text, colour)
    except ValueError:  # a colour that the table does not know
        return None


def _readable(draft: Draft) -> list:
    photos = []
    for photo in draft.photos:
        try:
            photos.append(open_photo(photo, _SIDE))
        except PhotoError:  # counted among the broken files
            continue
    return photos
