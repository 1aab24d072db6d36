"""Problems that were looked for in the data set, how many were found, and what is done about each."""

from __future__ import annotations

from collections.abc import Sequence

from training.data.eda.blocks import Finding, Section, Text
from training.data.eda.census import Census, merged
from training.data.eda.decency import Judged
from training.data.eda.near import NearCopies
from training.data.eda.photos import DARK, SMALL_SIDE, PhotoCensus

FEWEST_WORDS, MOST_WORDS = 3, 150


def problems(census: Census, looked: PhotoCensus, near: NearCopies, judged: Sequence[Judged]) -> Section:
    """List every check with its count: orange bars were found, green ones were looked for and are not there."""
    section = Section("Problems and what was done")
    section.add(Text("Everything that was looked for. The numbers are of this set as it stands, after building."))
    section.add(
        *_leaks(census, looked, near), *_texts(census), *_numbers(census), *_photos(looked), *_moderated(judged)
    )
    return section


def _leaks(census: Census, looked: PhotoCensus, near: NearCopies) -> list[Finding]:
    read = looked.seen - looked.broken_count
    return [
        Finding(
            "photos with a near-copy in another split.",
            near.across_splits,
            read,
            "Whole groups of near-copies are dealt to one split when a set is built (`training/data/split.py`), by hash and by "
            "image features. Pairs left here are alike by hash only: look at them before scores are trusted.",
        ),
        Finding(
            "photos with a near-copy in another ad of the same split.",
            near.within_split,
            read,
            "Kept: augmented copies and drawn-again ads are made on purpose, others show one item twice. They weigh more in "
            "training than single photos do.",
        ),
        Finding(
            "references repeated letter for letter by another ad.",
            census.repeated_texts(),
            census.total,
            "Kept where an ad was drawn again with fresh copies of its photos; ads of other photos with one text are "
            "boilerplate: filter them in the recipe (`text_without`).",
        ),
    ]


def _texts(census: Census) -> list[Finding]:
    lengths = merged(census.text_words)
    short = sum(n for words, n in lengths.items() if words < FEWEST_WORDS)
    long = sum(n for words, n in lengths.items() if words > MOST_WORDS)
    return [
        Finding(
            "references that are not in Russian.",
            census.russian["other"],
            census.total,
            "Translate them in the recipe (`translate`) or filter them (`russian: 0.5`): the captioners write Russian only.",
        ),
        Finding(
            f"references of fewer than {FEWEST_WORDS} words.",
            short,
            census.total,
            "Filter them in the recipe (`text_chars`): a captioner learns to say nothing from them.",
        ),
        Finding(
            f"references of more than {MOST_WORDS} words.",
            long,
            census.total,
            "Cut at the captioner's context in training; filter them in the recipe (`text_chars`) if they are many.",
        ),
        Finding(
            "ads without a photo.",
            census.no_photo,
            census.total,
            "Used for the text-only road; others filter `photos`.",
        ),
    ]


def _numbers(census: Census) -> list[Finding]:
    slots = census.masks_by_slot()
    return [
        Finding(
            "ads that were not put through masking.",
            census.unmasked,
            census.total,
            "Training refuses them; build the set with `python -m training data build`.",
        ),
        Finding(
            "masked references in which a digit is left.",
            census.digits_left,
            census.total,
            "None may be left: a digit in a reference teaches the captioner to invent numbers.",
        ),
        Finding(
            "masked numbers of no known kind (UNK_VAL).",
            slots["UNK_VAL"],
            slots.total(),
            "Masked all the same; frequent kinds get a trigger word in `masking/slots.toml` (examples: chapter Masks).",
        ),
        Finding(
            "ads without a diversity score.",
            census.total - census.diversity.total(),
            census.total,
            "The hidden token cannot be set for them; build the set with `python -m training data build`.",
        ),
    ]


def _photos(looked: PhotoCensus) -> list[Finding]:
    small = sum(n for side, n in looked.sides.items() if side < SMALL_SIDE)
    dark = sum(n for value, n in looked.luma.items() if value < DARK)
    return [
        Finding(
            "photos that cannot be read.",
            looked.broken_count,
            looked.seen,
            "Building leaves such photos out and counts them in the dataset card; ones found here broke afterwards: build again.",
        ),
        Finding(
            f"photos smaller than {SMALL_SIDE} pixels.",
            small,
            looked.seen,
            "Kept: encoders scale to 224 pixels or so; details cannot be learnt from them.",
        ),
        Finding(
            f"dark photos (mean brightness below {DARK} of 255).",
            dark,
            looked.seen,
            "Kept: sellers take such photos. Black frames of videos are skipped when frames are taken (`training/data/frames.py`).",
        ),
    ]


def _moderated(judged: Sequence[Judged]) -> list[Finding]:
    return [
        Finding(
            "ads of the sample with a toxic text.",
            sum(ad.rude is not None for ad in judged),
            len(judged),
            "The step `moderation` of `python -m training data run` leaves them out; look at the table in Moderation for false "
            "alarms first.",
        ),
        Finding(
            "ads of the sample with a nude photo.",
            sum(ad.nude is not None for ad in judged),
            len(judged),
            "The step `moderation` of `python -m training data run` leaves them out.",
        ),
    ]
