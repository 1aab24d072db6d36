"""``python -m training data build RECIPE``: writes a data set by its recipe, the same bytes for the same seed."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import time
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from training.data.card import Counts
from training.data.dataset import FORMATS, DatasetError, DatasetWriter, Draft
from training.data.drafts import DraftFile
from training.data.fingerprints import STORE, Fingerprint, FingerprintStore
from training.data.near import Groups, near_pairs
from training.data.parts import Order, Pool, augmented_orders, bundle_drafts, make, same_item_drafts
from training.data.recipe import Part, Recipe, RecipeError, read_recipe
from training.data.record import Split
from training.data.selection import Selector, Told
from training.data.sources.tables import SourceError
from training.data.split import deal, thing_of
from training.data.translate import TranslationError
from training.data.workers import ENGINES, Engine, OrderedMap, ordered_map


def build(recipe: Recipe, out: Path, engine: Engine = "local", workers: int = 1, store: Path = STORE) -> Counts:
    """Write the data set ``out``; everything on the way lies in ``OUT.work``, which is removed at the end.

    Args:
        engine, workers: what computes; every choice gives the same bytes.
        store: fingerprints of photos, kept for the next build.

    Raises:
        RecipeError, SourceError, TranslationError, DatasetError: what is wrong and what to do.
    """
    work = out.with_name(f"{out.name}.work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        with ExitStack() as stack:
            mapped = stack.enter_context(ordered_map(engine, workers))
            kept = stack.enter_context(closing(FingerprintStore(store)))
            return _Build(recipe, work, kept, mapped).write(out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Photos:
    """The photos of all selected ads: fingerprints in mapped files, and which ad and thing each belongs to."""

    def __init__(self, work: Path) -> None:
        self._hashes, self._features = work / "hashes.bin", work / "features.bin"
        self.things = array("q")
        self.ads: dict[str, array] = {}  # part → place of the ad of each of its photos
        self.rows: dict[str, array] = {}  # part → row of each of its photos

    def add(self, part: str, items: Iterable[tuple[int, int, Fingerprint]]) -> None:
        """Append the photos of a part: (place of the ad, thing, fingerprint)."""
        ads, rows = self.ads.setdefault(part, array("q")), self.rows.setdefault(part, array("q"))
        with self._hashes.open("ab") as hashes, self._features.open("ab") as features:
            for place, thing, found in items:
                ads.append(place)
                rows.append(len(self.things))
                self.things.append(thing)
                hashes.write(np.uint64(found.hash).tobytes())
                features.write(found.features.astype(np.float32).tobytes())

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """(N,) hashes and (N, D) features, mapped."""
        if not len(self.things):
            return np.empty(0, np.uint64), np.empty((0, 1), np.float32)
        hashes = np.memmap(self._hashes, np.uint64, "r")
        return hashes, np.memmap(self._features, np.float32, "r").reshape(len(hashes), -1)


class _Build:
    def __init__(self, recipe: Recipe, work: Path, store: FingerprintStore, mapped: OrderedMap) -> None:
        self._recipe, self._work, self._mapped = recipe, work, mapped
        self._told = Told()
        self._selector = Selector(recipe, work, store, mapped, self._told)
        self._drafts: dict[str, DraftFile] = {}
        self._splits: dict[str, list[Split]] = {}
        self._photos = _Photos(work)
        self._held: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def write(self, out: Path) -> Counts:
        """Select, deal the splits, make every part and write it."""
        with ExitStack() as stack:
            for part in self._recipe.parts:
                if part.source:
                    self._drafts[part.name] = stack.enter_context(self._selector.select(part))
            self._deal()
            writer = DatasetWriter(out, self._recipe.format, about=self._recipe.about)
            with writer:
                for part in self._recipe.parts:
                    drafts = islice(self._made(part), part.ads if part.drawn_from else None)
                    for draft in tqdm(drafts, part.name, total=part.ads, mininterval=5):
                        writer.write(draft)
                    if part.splits:
                        self._check_count(part, writer.counts)
                for report in self._selector.reports:
                    writer.attach(report)
                writer.about = self._about()
            return writer.counts

    def _deal(self) -> None:
        """Find near-copies over all parts and deal the splits."""
        things: dict[str, int] = {}
        records, given = array("q"), []
        owners: dict[str, list[int]] = {}
        for name, drafts in self._drafts.items():
            owners[name] = []
            for draft in drafts:
                thing = things.setdefault(thing_of(draft.record.id), len(things))
                owners[name].append(thing)
                if thing == len(records):
                    records.append(0)
                    given.append(draft.record.split)
                records[thing] += 1
            self._photos.add(name, self._printed(drafts, owners[name]))
        groups = Groups(len(things))
        for i, j in near_pairs(*self._photos.arrays(), self._recipe.split.near):
            groups.join(self._photos.things[i], self._photos.things[j])
        dealt = deal(groups.labels(), np.array(records), given, self._recipe.split, self._recipe.seed)
        self._splits = {name: [dealt[thing] for thing in owned] for name, owned in owners.items()}
        if self._recipe.split.keep and (moved := sum(a != b for a, b in zip(given, dealt, strict=True))):
            self._told.problems.append(f"{moved} held-out photos have near-copies in train and went there")

    def _printed(self, drafts: DraftFile, owned: list[int]) -> Iterator[tuple[int, int, Fingerprint]]:
        places = ((place, photo) for place, draft in enumerate(drafts) for photo in draft.photos)
        found = self._selector.fingerprints(photo for draft in drafts for photo in draft.photos)
        for (place, _), result in zip(places, found, strict=True):
            yield place, owned[place], result

    def _made(self, part: Part) -> Iterator[Draft]:
        """The finished ads of a part."""
        if not part.splits:
            return
        orders = self._orders(part)
        for draft, prints in self._mapped(make, orders):
            if self._near_other_split(draft.record.split, prints):
                self._told.count(part.name, "copy too near to a photo of another split")
            elif draft.record.split in part.splits:
                yield draft

    def _orders(self, part: Part) -> Iterator[Order]:
        if part.source:
            dealt = zip(self._drafts[part.name], self._splits[part.name], strict=True)
            return (Order(draft.change(split=split)) for draft, split in dealt if split in part.splits)
        drafts, splits = self._drafts[part.drawn_from], self._splits[part.drawn_from]
        if part.same_item:
            return map(Order, same_item_drafts(part, drafts, splits, self._near_ads(part.drawn_from)))
        pool = Pool(drafts, splits, part.splits)
        if not len(pool):
            raise RecipeError(f"part {part.name}: {part.drawn_from} has no ads of the splits {', '.join(part.splits)}")
        if part.bundle:
            return map(Order, bundle_drafts(part, pool, self._recipe.seed))
        return augmented_orders(part, pool, self._recipe.seed)

    def _near_ads(self, name: str) -> Iterator[tuple[int, int]]:
        """Places of ads of a part that hold near-copies of each other."""
        hashes, features = self._photos.arrays()
        rows = np.array(self._photos.rows[name])
        for i, j in near_pairs(hashes[rows], features[rows], self._recipe.split.near):
            yield self._photos.ads[name][i], self._photos.ads[name][j]

    def _near_other_split(self, split: Split, prints: Sequence[Fingerprint]) -> bool:
        """Whether a new photo is a near-copy of one that lies in another split."""
        if not prints:
            return False
        if split not in self._held:
            self._held[split] = self._other_photos(split)
        new = np.array([p.hash for p in prints], np.uint64), np.stack([p.features for p in prints])
        return next(near_pairs(*new, self._recipe.split.near, also=self._held[split]), None) is not None

    def _other_photos(self, split: Split) -> tuple[np.ndarray, np.ndarray]:
        hashes, features = self._photos.arrays()
        rows = [
            row
            for name, listed in self._photos.rows.items()
            for row, place in zip(listed, self._photos.ads[name], strict=True)
            if self._splits[name][place] != split
        ]
        return hashes[rows], features[rows]

    def _check_count(self, part: Part, counts: Counts) -> None:
        written = sum(ads for (source, _), ads in counts.ads_by.items() if source == part.name)
        if part.drawn_from and part.ads and written < part.ads:
            self._told.problems.append(f"{part.name}: {written} ads instead of {part.ads}: no more could be made")

    def _about(self) -> str:
        recipe = json.dumps(
            self._recipe.model_dump(mode="json", by_alias=True, exclude_defaults=True), ensure_ascii=False
        )
        problems = [f"- {problem}" for problem in self._told.problems]
        reasons = [
            f"- {part}: {', '.join(f'{reason} {number}' for reason, number in counted.most_common())}"
            for part, counted in self._told.reasons.items()
        ]
        for problem in self._told.problems:
            print(f"note: {problem}", file=sys.stderr)
        parts = [self._recipe.about, f"Recipe: `{recipe}`"]
        if problems:
            parts.append("\n".join(["Problems:", *problems]))
        if reasons:
            parts.append("\n".join(["Left out, by part:", *reasons]))
        return "\n\n".join(part for part in parts if part)


def main(argv: Sequence[str] | None = None) -> None:
    """Print what was written as one JSON object; a mistake in the recipe or the data is one line and exit 1."""
    arguments = _arguments(argv)
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that workers and half-made files go, too
    try:
        recipe = read_recipe(arguments.recipe, tuple(arguments.set)).scaled(arguments.scale)
        if arguments.format:
            recipe = recipe.model_copy(update={"format": arguments.format})
        out = arguments.out or Path("data") / recipe.name
        counts = build(recipe, out, arguments.engine, arguments.workers, arguments.store)
    except (RecipeError, SourceError, TranslationError, DatasetError, FileNotFoundError) as error:
        sys.exit(f"python -m training data build: {error}")
    told: dict[str, Any] = {"out": str(out), "ads": counts.ads, "photos": counts.photos}
    told["parts"] = {f"{source}/{split}": ads for (source, split), ads in sorted(counts.ads_by.items())}
    print(json.dumps(told | {"seconds": round(time.monotonic() - started, 1)}, ensure_ascii=False, indent=2))


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training data build", description=__doc__)
    parser.add_argument("recipe", type=Path, help="a file such as recipes/brief.yaml")
    parser.add_argument("--out", type=Path, help="folder of the data set; data/NAME when left out")
    parser.add_argument("--engine", choices=ENGINES, default="local")
    parser.add_argument("--workers", type=int, default=2, help="processes, or CPUs of a Ray started here")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies every count, to try a recipe")
    parser.add_argument("--format", choices=FORMATS, help="instead of the recipe's")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="sources.main.path=ads.csv …")
    parser.add_argument("--store", type=Path, default=STORE, help="fingerprints of photos, kept between builds")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main()
