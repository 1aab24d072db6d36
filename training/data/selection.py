"""The first half of a build: which ads of the sources go into which part, with photos that can be read."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tqdm import tqdm

from training.data.dataset import Draft
from training.data.drafts import DraftFile
from training.data.fingerprints import Fingerprint, FingerprintStore, fingerprint
from training.data.recipe import Part, Recipe
from training.data.sample import reservoir
from training.data.sources import open_source
from training.data.sources.tables import SourceError
from training.data.translate import open_translator, translated
from training.data.workers import OrderedMap

_SPARE = 0.02  # drawn beyond the count, in the place of ads whose photos turn out broken
_LOOKED_UP = 64  # photos looked up together
_MOST_UNREADABLE = 0.5


@dataclass
class Told:
    """What a build has to say: reasons by part, and problems a reader must know of."""

    reasons: dict[str, Counter[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def count(self, part: str, reason: str) -> None:
        self.reasons.setdefault(part, Counter())[reason] += 1


class Selector:
    """Selects the ads of each part that is read from a source.

    Args:
        work: folder for what is selected.
        store: fingerprints of photos, kept between builds.
        mapped: runs a function over many photos.

    Attributes:
        reports: files that belong into the data set.
    """

    def __init__(self, recipe: Recipe, work: Path, store: FingerprintStore, mapped: OrderedMap, told: Told) -> None:
        self._recipe, self._work, self._store, self._mapped, self._told = recipe, work, store, mapped, told
        self.reports: list[Path] = []

    def select(self, part: Part) -> DraftFile:
        """Stream the source of a part and keep its ads; raises SourceError if nothing can be used."""
        wanted, translator = self._drawn(part, self._taken(part)), None
        if part.translate:
            options = part.translate
            translator = open_translator(options.model, options.table, options.cache, options.batch)
            wanted = translated(wanted, translator)
        chosen = DraftFile(self._work / f"{part.name}.jsonl", islice(self._readable(part, wanted), part.ads))
        if translator and translator.report.untranslated:
            self.reports.append(self._work / f"{part.name}-untranslated.jsonl")
            translator.report.write(self.reports[-1])
            self._told.problems.append(
                f"{part.name}: {len(translator.report.untranslated)} texts left untranslated, see {self.reports[-1].name}"
            )
        if not len(chosen):
            reasons = dict(self._told.reasons.get(part.name, {}))
            raise SourceError(f"part {part.name}: the source {part.source} gives no ad ({reasons or 'it is empty'})")
        if part.ads and len(chosen) < part.ads:
            self._told.problems.append(
                f"{part.name}: {len(chosen)} ads instead of {part.ads}: there are no more in the source"
            )
        return self._with_photo_count(part, chosen) if part.photos else chosen

    def fingerprints(self, photos: Iterable[Path]) -> Iterator[Fingerprint | str]:
        """The fingerprint of each photo, or why it has none."""
        rest = iter(photos)
        while chunk := list(islice(rest, _LOOKED_UP)):
            yield from self._store.ensure(chunk, lambda missing: self._mapped(fingerprint, missing))

    def _taken(self, part: Part) -> Iterator[Draft]:
        for draft in open_source(self._recipe.sources[part.source]):
            reason = part.where.reason(draft)
            if reason:
                self._told.count(part.name, reason)
            else:
                yield draft.change(source=part.name)

    def _drawn(self, part: Part, drafts: Iterator[Draft]) -> Iterable[Draft]:
        if part.ads is None:
            return drafts
        return reservoir(drafts, part.ads + max(10, int(part.ads * _SPARE)), self._recipe.seed, part.name)

    def _readable(self, part: Part, drafts: Iterable[Draft]) -> Iterator[Draft]:
        """The drafts without their unreadable photos; ads that had photos and keep too few are left out."""
        rest, bad, seen = iter(tqdm(drafts, f"{part.name}: photos", mininterval=5)), 0, 0
        while chunk := list(islice(rest, _LOOKED_UP)):
            results = iter(list(self.fingerprints(photo for draft in chunk for photo in draft.photos)))
            for draft in chunk:
                found = [(photo, next(results)) for photo in draft.photos]
                kept = Draft(draft.record, tuple(photo for photo, result in found if isinstance(result, Fingerprint)))
                for _, result in found:
                    seen += 1
                    if isinstance(result, str):
                        bad += 1
                        self._told.count(part.name, f"photo: {result}")
                if len(kept.photos) == len(draft.photos) or (kept.photos and not part.where.reason(kept)):
                    yield kept
                else:
                    self._told.count(part.name, "ad left without its photos")
        if bad > seen * _MOST_UNREADABLE:
            raise SourceError(
                f"part {part.name}: {bad} of {seen} photos cannot be read ({dict(self._told.reasons[part.name])}); "
                f"is `photos` of the source {part.source} the right folder?"
            )

    def _with_photo_count(self, part: Part, chosen: DraftFile) -> DraftFile:
        """Cut the last photos of the longest ads until the part has its number of photos."""
        counts = [len(draft.photos) for draft in chosen]
        least = part.where.photos[0] if part.where.photos else 1
        surplus = sum(counts) - part.photos
        if surplus < 0:
            self._told.problems.append(f"{part.name}: {sum(counts)} photos instead of {part.photos}")
            return chosen
        longest = [(-count, place) for place, count in enumerate(counts)]
        heapq.heapify(longest)
        while surplus and -longest[0][0] > least:
            count, place = longest[0]
            heapq.heapreplace(longest, (count + 1, place))
            surplus -= 1
        if surplus:
            self._told.problems.append(f"{part.name}: {surplus} photos more than {part.photos}")
        kept = {place: -count for count, place in longest}
        cut = (Draft(draft.record, draft.photos[: kept[place]]) for place, draft in enumerate(chosen))
        with chosen:
            return DraftFile(self._work / f"{part.name}-cut.jsonl", cut)
