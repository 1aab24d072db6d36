"""The chapters of the report, from what was counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from PIL import Image

from models.photo_files import PhotoError
from training.data.dataset import Draft
from training.data.eda.blocks import Section, Table, Text, share
from training.data.eda.census import Census, merged, parts, quantiles, tallest, written
from training.data.eda.decency import Judged
from training.data.eda.figures import bars, histogram, lying_bars, photo_row
from training.data.eda.near import NearCopies
from training.data.eda.photos import BRIGHT, DARK, SMALL_SIDE, PhotoCensus, open_photo

BRIEF_PEAK = 3
_MOST_ROWS = 30
_THUMB_SIDE = 224
_TEXT_SHOWN = 280


def contents(census: Census) -> Section:
    """Ads and photos by source and split, photos an ad."""
    section = Section("What is inside")
    rows = [
        (source, split, count, census.photos[source, split], census.photos[source, split] / count)
        for (source, split), count in sorted(census.ads.items())
    ]
    rows.append(("**all**", "", census.total, census.photos.total(), census.photos.total() / census.total))
    section.add(Table(("source", "split", "ads", "photos", "photos an ad"), rows))
    by_number = dict(sorted(census.photos_per_ad.items()))
    several = Counter({n: count for n, count in by_number.items() if n > 1})
    peak, many = tallest(census.photos_per_ad), tallest(several)
    words = f"Most ads have {peak} photo{'s' if peak != 1 else ''}"
    if many and many != peak:
        words += f"; among those with several the peak is at {many}"
    words += f". The brief's data set has its peak at {BRIEF_PEAK}: "
    words += "so has this one." if BRIEF_PEAK in (peak, many) else "this one has not."
    section.add(bars("photos_per_ad", by_number, "photos an ad", words, mark=many))
    section.add(Table(("task of the reference", "ads", "share"), _shares(census.tasks)))
    return section


def texts(census: Census) -> Section:
    """Lengths, language, repeats."""
    section = Section("Texts")
    groups = {split: census.text_words[split] for split in census.splits}
    section.add(histogram("text_words", groups, "words", "share of ads", caption="Length of the reference, by split."))
    prompts = {split: census.prompt_words[split] for split in census.splits}
    caption = "Length of the prompt (attributes and seller's own words), by split."
    section.add(histogram("prompt_words", prompts, "words", "share of ads", caption=caption))
    rows = []
    for what, counted in (("reference", groups), ("prompt", prompts)):
        counts = merged(counted)
        mean = sum(value * n for value, n in counts.items()) / counts.total()
        rows.append((what, mean, *quantiles(counts), max(counts)))
    section.add(Table(("words", "mean", "5 %", "median", "95 %", "longest"), rows))
    section.add(Table(("language of the reference", "ads", "share"), _shares(census.russian)))
    section.add(
        Text(
            f"{census.assistant} ads also hold an assistant's text; {census.no_prompt} have neither attributes nor "
            f"seller's words (photos alone); {census.repeated_texts()} references repeat another ad's letter for letter."
        )
    )
    return section


def attributes(census: Census) -> Section:
    """Fill rate and what stands there most often."""
    section = Section("Attributes")
    if not census.filled:
        section.add(Text("No ad has attributes."))
        return section
    top = census.filled.most_common(_MOST_ROWS)
    rates = {key: 100 * count / census.total for key, count in top}
    section.add(lying_bars("fill_rate", rates, "% of ads", f"Fill rate of the {len(top)} most used attributes."))
    rows = []
    for key, count in top:
        often = ", ".join(f"{value} ({n})" for value, n in census.values[key].most_common(4))
        rows.append((key, count, share(count, census.total), len(census.values[key]), often))
    section.add(Table(("attribute", "ads", "filled", "different values", "most often"), rows))
    return section


def masks(census: Census) -> Section:
    """Masked numbers by slot, with examples, and what became UNK_VAL."""
    section = Section("Masks")
    by_slot = census.masks_by_slot()
    if not by_slot:
        section.add(Text(f"No number is masked; {census.unmasked} of {census.total} ads were not put through masking."))
        return section
    section.add(lying_bars("masks", dict(by_slot.most_common()), "masked numbers", "Masked numbers by slot."))
    rows = [
        (slot, count, census.masks["text", slot], census.masks["prompt", slot], "\n".join(_examples(census, slot, 3)))
        for slot, count in by_slot.most_common()
    ]
    section.add(Table(("slot", "all", "in references", "in prompts", "examples"), rows))
    unknown = by_slot["UNK_VAL"]
    section.add(
        Text(
            f"**UNK_VAL**: {unknown} numbers ({share(unknown, by_slot.total())} of all) are of a kind no trigger word "
            "or unit speaks for: articles, models, codes. They are masked like the others, and erased where the output "
            "cannot be given their value."
        )
    )
    if unknown:
        section.add(Table(("what became UNK_VAL",), [(text,) for text in _examples(census, "UNK_VAL", 6)]))
    return section


def diversity(census: Census, ends: tuple[Sequence[Draft], Sequence[Draft]]) -> Section:
    """Scores, tokens, and the ads at both ends."""
    section = Section("Diversity")
    if census.diversity:
        caption = "0: one item (or identical ones), 1: several different ones."
        section.add(
            histogram("diversity", {"all": census.diversity}, "diversity score", "share of ads", caption=caption)
        )
    section.add(Table(("hidden token", "ads", "share"), _shares(census.tokens)))
    for title, side in (("Lowest scores", ends[0]), ("Highest scores", ends[1])):
        if side:
            section.add(Text(f"**{title}**"))
        for number, draft in enumerate(side):
            record = draft.record
            caption = f"{record.diversity_score:.2f} {record.hidden_token or ''} — {_short(written(record))}"
            section.add(photo_row(f"{title.split()[0].lower()}_{number}", _small(draft), caption))
    return section


def photos(looked: PhotoCensus, near: NearCopies) -> Section:
    """Sizes, brightness, near-copies, broken files."""
    section = Section("Photos")
    section.add(
        histogram("sides", {"photos": looked.sides}, "longer side, pixels", "share of photos"),
        histogram("luma", {"photos": looked.luma}, "mean brightness, 0…255", "share of photos"),
    )
    read = looked.seen - looked.broken_count
    small = sum(n for side, n in looked.sides.items() if side < SMALL_SIDE)
    dark = sum(n for value, n in looked.luma.items() if value < DARK)
    bright = sum(n for value, n in looked.luma.items() if value > BRIGHT)
    rows = [
        ("cannot be read", looked.broken_count, share(looked.broken_count, looked.seen)),
        (f"longer side below {SMALL_SIDE} px", small, share(small, read)),
        (f"dark (mean below {DARK})", dark, share(dark, read)),
        (f"very bright (mean above {BRIGHT})", bright, share(bright, read)),
        ("near-copy within its ad", near.within_ad, share(near.within_ad, read)),
        ("near-copy in another ad of its split", near.within_split, share(near.within_split, read)),
        ("near-copy in another split", near.across_splits, share(near.across_splits, read)),
    ]
    section.add(Table(("photos", "number", "share"), rows, near.words))
    if looked.broken:
        broken = [(ad, index + 1, reason) for ad, index, reason in looked.broken[:20]]
        section.add(Table(("ad", "photo", "why it cannot be read"), broken))
    return section


def contact_sheets(sheets: Mapping[str, Sequence[Draft]], census: Census) -> Section:
    """Some photos of every category."""
    section = Section("Contact sheets")
    section.add(Text("One photo each of ads drawn by seed, for the most frequent categories."))
    for number, (name, drafts) in enumerate(sheets.items()):
        images = [image for draft in drafts for image in _small(draft, 1)]
        count = census.categories[name]
        section.add(photo_row(f"sheet_{number:02}", images, f"**{name}**, {count} ads ({share(count, census.total)})"))
    return section


def decency(judged: Sequence[Judged]) -> Section:
    """What moderation would reject."""
    section = Section("Moderation")
    rude = [ad for ad in judged if ad.rude]
    nude = [ad for ad in judged if ad.nude]
    looked = sum(ad.photos for ad in judged)
    section.add(
        Text(
            f"The service's own checks on a sample of {len(judged)} ads ({looked} photos): "
            f"{len(rude)} ads have a toxic text, {len(nude)} a nude photo. Texts in other languages than Russian are not judged; photos are named, not shown."
        )
    )
    if rude:
        rows = [(ad.ad, ad.rude, _short(ad.text)) for ad in rude[:20]]
        section.add(Table(("ad", "heaviest words (score)", "reference"), rows, "Toxic texts"))
    if nude:
        section.add(Table(("ad", "what is seen"), [(ad.ad, ad.nude) for ad in nude[:20]], "Nude photos"))
    return section


def splits(census: Census, looked: PhotoCensus, near: NearCopies) -> Section:
    """Do the sides look alike, and do they share photos?"""
    section = Section("Train, validation, test")
    names = census.splits
    by_split = dict(parts(census.ads, 1))
    photos_by_split = dict(parts(census.photos, 1))
    rows: list[tuple[object, ...]] = [
        ("ads", *(by_split[s] for s in names)),
        ("share of ads", *(share(by_split[s], census.total) for s in names)),
        ("photos an ad", *(photos_by_split[s] / by_split[s] for s in names)),
        ("median words of the reference", *(quantiles(census.text_words[s], (0.5,))[0] for s in names)),
        ("median words of the prompt", *(quantiles(census.prompt_words[s], (0.5,))[0] for s in names)),
    ]
    for source, _ in parts(census.ads, 0):
        rows.append((f"share from {source}", *(share(census.ads[source, s], by_split[s]) for s in names)))
    section.add(Table(("", *names), rows))
    section.add(Text(f"{near.across_splits} photos have a near-copy in another split ({near.words})"))
    return section


def _shares(counts: Counter[str]) -> list[tuple[str, int, str]]:
    return [(name, count, share(count, counts.total())) for name, count in counts.most_common()]


def _examples(census: Census, slot: str, most: int) -> list[str]:
    return [text for _, text in sorted(census.examples[slot].items())][:most]


def _short(text: str) -> str:
    return text if len(text) <= _TEXT_SHOWN else f"{text[:_TEXT_SHOWN]}…"


def _small(draft: Draft, most: int = 8) -> list[Image.Image]:
    images = []
    for photo in draft.photos[:most]:
        try:
            images.append(open_photo(photo, _THUMB_SIDE).image)
        except PhotoError:  # counted among the broken files
            continue
    return images
