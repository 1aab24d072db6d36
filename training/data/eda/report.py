"""``python -m training data eda DATASET``: writes ``report.html`` and ``report.md``."""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from training.data.dataset import CARD, DatasetError, Draft, read_dataset, read_drafts
from training.data.eda import sections
from training.data.eda.blocks import Section, Text, cell
from training.data.eda.census import Census
from training.data.eda.decency import Judged, judge_ad
from training.data.eda.draws import Draws, independent
from training.data.eda.metric_page import metric_blocks
from training.data.eda.near import NearCopies, near_copies
from training.data.eda.photos import PhotoCensus, Place, look
from training.data.eda.problems import problems
from training.data.eda.write import write_report
from training.data.record import SPLITS, AdRecord
from training.data.workers import OrderedMap, ordered_map

SAMPLE, METRIC_ADS, SECOND_REFERENCES = 600, 200, 150
SEED = 0


@dataclass
class Facts:
    """What the passes over a data set found; the chapters are made of it."""

    draws: Draws
    census: Census = field(default_factory=Census)
    looked: PhotoCensus = field(default_factory=PhotoCensus)
    near: NearCopies | None = None
    seconds: list[tuple[AdRecord, AdRecord]] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)


def make_report(folder: Path, out: Path, workers: int = 2, sample: int = SAMPLE, seed: int = SEED) -> dict[str, Any]:
    """Look at a data set and write the report.

    Streams: of an ad there remain counts, of a photo 17 bytes. Moderation and metrics, which are slow, see a sample.

    Args:
        folder: the data set, in any of its formats.
        out: folder of ``report.html``, ``report.md`` and the Markdown's ``figures/``.
        workers: processes that decode and moderate photos.
        sample: ads that are moderated.
        seed: of all samples.

    Returns:
        ``ads``, ``photos``, ``html``, ``markdown``.

    Raises:
        DatasetError: there is no valid data set in ``folder``, or it is empty.
    """
    facts = Facts(Draws(sample, seed))
    with ordered_map("local", workers) as run:
        _count(folder, facts, run)
        if not facts.census.total:
            raise DatasetError(f"{folder} holds no ad: there is nothing to report")
        _say("moderating a sample")
        facts.judged = list(run(judge_ad, facts.draws.sample))
    looked = facts.looked
    _say("comparing photos")
    hashes, ads, splits = (np.array(values) for values in (looked.hashes, looked.ad_numbers, looked.splits))
    facts.near = near_copies(hashes.astype(np.uint64), ads, splits)
    facts.seconds = _second_references(folder, ads, facts.near, seed)
    _say("measuring the metrics")
    write_report(out, f"Data set {folder.name}", _headline(facts), _chapters(folder, facts, seed))
    return {
        "ads": facts.census.total,
        "photos": facts.census.photos.total(),
        "html": str(out / "report.html"),
        "markdown": str(out / "report.md"),
    }


def _count(folder: Path, facts: Facts, run: OrderedMap) -> None:
    """One pass: count records, draw samples, look at every photo."""
    waiting: deque[tuple[Place, int, int]] = deque()

    def places() -> Iterator[Place]:
        for number, draft in enumerate(read_drafts(folder)):
            facts.census.add(draft.record)
            facts.draws.offer(draft)
            for place in _places(draft):
                waiting.append((place._replace(photo=b""), number, SPLITS.index(draft.record.split)))
                yield place
            if number % 2000 == 0:
                _say(f"{number} ads")

    for seen in run(look, places()):
        place, number, split = waiting.popleft()
        facts.looked.add(place, number, split, seen)


def _places(draft: Draft) -> Iterator[Place]:
    for index, photo in enumerate(draft.photos):
        yield Place(draft.record.id, draft.record.split, index, photo)


def _second_references(folder: Path, ads: np.ndarray, near: NearCopies, seed: int) -> list[tuple[AdRecord, AdRecord]]:
    """Pairs of ads whose photos are near-copies and whose texts are independent; each ad stands in one pair at most."""
    pairs = np.unique(ads[near.pairs], axis=0) if len(near.pairs) else np.empty((0, 2), int)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    drawn = np.random.default_rng(seed).permutation(pairs)[: 20 * SECOND_REFERENCES]
    wanted = set(drawn.flatten().tolist())
    records = {number: record for number, record in enumerate(read_dataset(folder)) if number in wanted}
    found: list[tuple[AdRecord, AdRecord]] = []
    used: set[int] = set()
    for a, b in drawn.tolist():
        if len(found) < SECOND_REFERENCES and not {a, b} & used and independent(records[a], records[b]):
            found.append((records[a], records[b]))
            used |= {a, b}
    return found


def _headline(facts: Facts) -> list[tuple[str, str]]:
    census, looked = facts.census, facts.looked
    return [
        (cell(census.total), "ads"),
        (cell(census.photos.total()), "photos"),
        (cell(census.photos.total() / census.total), "photos an ad"),
        (cell(len(census.filled)), "attributes"),
        (cell(sum(census.masks.values())), "masked numbers"),
        (cell(census.tokens["<VARIATIVE>"]), "variative ads"),
        (cell(looked.broken_count), "broken photos"),
        (cell(facts.near.across_splits), "photos shared by splits"),
    ]


def _chapters(folder: Path, facts: Facts, seed: int) -> list[Section]:
    census, looked, draws = facts.census, facts.looked, facts.draws
    metrics = Section("The metrics, measured here")
    metrics.add(*metric_blocks(list(draws.sample)[:METRIC_ADS], facts.seconds, seed))
    chapters = [
        sections.contents(census),
        problems(census, looked, facts.near, facts.judged),
        sections.texts(census),
        sections.attributes(census),
        sections.masks(census),
        sections.diversity(census, (list(draws.single), list(draws.various))),
        sections.photos(looked, facts.near),
        sections.contact_sheets(draws.sheets(), census),
        sections.splits(census, looked, facts.near),
        sections.decency(facts.judged),
        metrics,
    ]
    card = folder / CARD
    if card.is_file():
        about = card.read_text(encoding="utf-8").split("\n\n")[1]
        chapters[0].blocks.insert(0, Text(about))
    return chapters


def _say(words: str) -> None:
    print(f"eda: {words}", file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Print where the report is as one JSON object; a folder that is no data set ends with one line saying why."""
    parser = argparse.ArgumentParser(prog="python -m training data eda", description=__doc__)
    parser.add_argument("dataset", type=Path, help="folder of the data set")
    parser.add_argument("--out", type=Path, help="folder of the report, by default DATASET-report beside it")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sample", type=int, default=SAMPLE, help="ads that are moderated")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args(argv)
    folder = arguments.dataset
    out = arguments.out or folder.with_name(f"{folder.name}-report")
    try:
        result = make_report(folder, out, arguments.workers, arguments.sample, arguments.seed)
    except DatasetError as error:
        raise SystemExit(f"error: {error}") from error
    print(json.dumps(result, ensure_ascii=False))


if __name__ == "__main__":
    main()
