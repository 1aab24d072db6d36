"""Everything that is counted over the records of a data set, in one stream."""

from __future__ import annotations

import hashlib
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from masking.mask import slot_of_key
from models.words import words
from training.data.filters import russian_share
from training.data.record import AdRecord, MaskSpan

CATEGORY_KEYS = ("Категория", "Вид одежды", "Вид товара", "Предмет одежды")
KINDS_KEPT = 2_000  # different values remembered of one attribute
EXAMPLES = 6
RUSSIAN_FROM = 0.5
_CONTEXT = 34  # characters shown on either side of a masked number
_DIGIT = re.compile(r"\d")


@dataclass
class Census:
    """Running counts; memory grows with the kinds of things, not with the number of ads.

    Attributes:
        ads, photos: by (source, split); a photo used by two ads counts twice.
        photos_per_ad: ads by number of photos.
        text_words, prompt_words: texts by length, by split; the prompt is attributes and seller's words.
        filled: ads that have an attribute; ``values`` counts what stands there.
        masks: masked numbers by (field, slot); the field is text or prompt.
        examples: numbers in their surroundings, by slot.
        diversity: ads by score to two digits; ``tokens`` by hidden token.
        unmasked: ads without masks; ``digits_left``: ads with a digit in the masked reference.
        russian: ads by language of the reference.
    """

    ads: Counter[tuple[str, str]] = field(default_factory=Counter)
    photos: Counter[tuple[str, str]] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    photos_per_ad: Counter[int] = field(default_factory=Counter)
    text_words: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    prompt_words: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    filled: Counter[str] = field(default_factory=Counter)
    values: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    masks: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: defaultdict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    unmasked: int = 0
    digits_left: int = 0
    diversity: Counter[float] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    russian: Counter[str] = field(default_factory=Counter)
    assistant: int = 0
    no_photo: int = 0
    no_prompt: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    _texts: array = field(default_factory=lambda: array("Q"))

    @property
    def total(self) -> int:
        return self.ads.total()

    @property
    def splits(self) -> list[str]:
        order = ("train", "val", "test")
        return [split for split in order if any(part == split for _, part in self.ads)]

    def add(self, record: AdRecord) -> None:
        place = (record.source, record.split)
        self.ads[place] += 1
        self.photos[place] += len(record.photos)
        self.tasks[record.task] += 1
        self.photos_per_ad[len(record.photos)] += 1
        self.no_photo += not record.photos
        self.assistant += record.assistant_text is not None
        self.categories[category(record)] += 1
        self._add_texts(record)
        self._add_attributes(record)
        self._add_masks(record)
        self._add_diversity(record)

    def repeated_texts(self) -> int:
        """Ads whose reference another ad before them has, letter for letter."""
        return len(self._texts) - len(np.unique(np.frombuffer(self._texts, np.uint64)))

    def masks_by_slot(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for (_, slot), count in self.masks.items():
            counts[slot] += count
        return counts

    def _add_texts(self, record: AdRecord) -> None:
        self.text_words[record.split][len(words(record.text))] += 1
        self.prompt_words[record.split][len(words(record.prompt))] += 1
        self.no_prompt += not record.prompt.strip()
        self.russian["Russian" if russian_share(record.text) >= RUSSIAN_FROM else "other"] += 1
        self._texts.append(int.from_bytes(hashlib.blake2b(record.text.encode(), digest_size=8).digest()))

    def _add_attributes(self, record: AdRecord) -> None:
        for key, value in record.attributes.items():
            if value.strip():
                self.filled[key] += 1
                kinds = self.values[key]
                value = _DIGIT.sub("•", value) if slot_of_key(key) == "PHONE" else value
                kinds[value if value in kinds or len(kinds) < KINDS_KEPT else "(other)"] += 1

    def _add_masks(self, record: AdRecord) -> None:
        if record.masks is None:
            self.unmasked += 1
            return
        self._add_spans("text", record.text, record.masks.text)
        self._add_spans("prompt", record.prompt, record.masks.prompt)
        self.digits_left += any(letter.isdigit() for letter in record.masked_text)

    def _add_spans(self, where: str, text: str, spans: tuple[MaskSpan, ...]) -> None:
        text = _without_phones(text, spans)
        for span in spans:
            self.masks[where, span.slot] += 1
            kept = self.examples[span.slot]
            known = hashlib.blake2b(f"{span.start} {text}".encode(), digest_size=8).hexdigest()
            if len(kept) < EXAMPLES or known < max(kept):
                kept[known] = _around(text, span)
                if len(kept) > EXAMPLES:
                    del kept[max(kept)]

    def _add_diversity(self, record: AdRecord) -> None:
        self.tokens[record.hidden_token or "none"] += 1
        if record.diversity_score is not None:
            self.diversity[round(record.diversity_score, 2)] += 1


def category(record: AdRecord) -> str:
    """What kind of thing an ad is for, as its attributes say; the source where they do not."""
    return next((record.attributes[key] for key in CATEGORY_KEYS if record.attributes.get(key)), record.source)


def written(record: AdRecord) -> str:
    """The reference as captioners see it."""
    return record.masked_text if record.masks else record.text


def quantiles(counts: Counter[int], shares: tuple[float, ...] = (0.05, 0.5, 0.95)) -> list[int | None]:
    """The values below which these shares of the counted things lie; None when nothing was counted."""
    found: list[int | None] = []
    for wanted in shares:
        passed, result = 0, None
        for value, count in sorted(counts.items()):
            passed += count
            if passed >= wanted * counts.total():
                result = value
                break
        found.append(result)
    return found


def merged(groups: dict[str, Counter[int]]) -> Counter[int]:
    """The counts of all groups together."""
    return sum(groups.values(), Counter())


def _without_phones(text: str, spans: tuple[MaskSpan, ...]) -> str:
    """The text with a dot for every digit of a phone: a report is shown to people who have no business with it."""
    for span in spans:
        if span.slot == "PHONE":
            text = text[: span.start] + _DIGIT.sub("•", span.value) + text[span.end :]
    return text


def _around(text: str, span: MaskSpan) -> str:
    """A number in bold, with whole words on either side."""
    left, right = text[: span.start][-_CONTEXT:], text[span.end :][:_CONTEXT]
    if span.start > _CONTEXT:
        left = f"… {left.partition(' ')[2]}"
    if span.end + _CONTEXT < len(text):
        right = f"{right.rpartition(' ')[0]} …"
    return f"{left}**{text[span.start : span.end]}**{right}"


def tallest(counts: Counter[int]) -> int | None:
    """The most frequent value; the smaller of two."""
    return min(counts, key=lambda value: (-counts[value], value)) if counts else None


def parts(counts: Counter[tuple[str, str]], index: int) -> Iterator[tuple[str, int]]:
    """Counts by source (0) or split (1) alone, most first."""
    sums: Counter[str] = Counter()
    for place, count in counts.items():
        sums[place[index]] += count
    yield from sums.most_common()
