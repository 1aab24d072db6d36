"""The second half of a build: ads made from selected ones (copies, bundles, several photos of one item)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np

from training.data.augment import augmented, copy_count, encode, may_flip
from training.data.bundles import choose_items, joined
from training.data.dataset import Draft
from training.data.drafts import DraftFile
from training.data.fingerprints import Fingerprint, fingerprint_of, load_photo
from training.data.finish import finished
from training.data.near import Groups
from training.data.recipe import Part
from training.data.sample import generator
from training.data.split import thing_of


@dataclass(frozen=True)
class Order:
    """One ad to make, as a worker takes it.

    Attributes:
        draft: what it is made of.
        copies: how many augmented photos take the place of the first one; 0 keeps the photos.
        names: seed and names that fix the random choices.
    """

    draft: Draft
    copies: int = 0
    names: tuple[Any, ...] = ()


def make(order: Order) -> tuple[Draft, list[Fingerprint]]:
    """Make one ad: its photos, masks, score and token; and the fingerprints of new photos."""
    draft = order.draft
    if not order.copies:
        return finished(draft, [load_photo(photo) for photo in draft.photos]), []
    random = generator(*order.names)
    flip = may_flip(draft.record)
    image = load_photo(draft.photos[0]).image
    copies = tuple(encode(augmented(image, random, flip)) for _ in range(order.copies))
    photos = [load_photo(copy) for copy in copies]
    prints = [fingerprint_of(photo) for photo in photos]
    return finished(Draft(draft.record, copies), photos), prints


class Pool:
    """The ads of an earlier part, drawn by split.

    Args:
        drafts: the part.
        splits: the split of each of its ads.
        allowed: splits that are drawn from.
    """

    def __init__(self, drafts: DraftFile, splits: list[str], allowed: tuple[str, ...]) -> None:
        self._drafts = drafts
        self._places = {split: [i for i, s in enumerate(splits) if s == split] for split in allowed}
        self._all = sorted(place for places in self._places.values() for place in places)
        self._splits = splits

    def __len__(self) -> int:
        return len(self._all)

    def draw(self, random: np.random.Generator, split: str | None = None) -> Draft:
        """Any ad, of one split if it is given, with the split it was dealt."""
        places = self._places[split] if split else self._all
        return self.at(places[random.integers(len(places))])

    def at(self, place: int) -> Draft:
        """The ad at a place of the part."""
        return self._drafts[place].change(split=self._splits[place])

    def shuffled(self, random: np.random.Generator) -> Iterator[Draft]:
        """Every ad once."""
        return (self.at(self._all[i]) for i in random.permutation(len(self._all)))


def augmented_orders(part: Part, pool: Pool, seed: int) -> Iterator[Order]:
    """Orders of augmented copies, one after another, more than the part needs where it draws with replacement."""
    if part.replacement:
        drawn = (pool.draw(generator(seed, part.name, place)) for place in count())
    else:
        drawn = pool.shuffled(generator(seed, part.name))
    for place, draft in enumerate(draft for draft in drawn if draft.photos):
        copies = copy_count(place, part.augment.factor) if part.augment else 0
        named = draft.change(id=f"{draft.record.id}~{part.name}-{place}", source=part.name)
        yield Order(named, copies, (seed, part.name, place, "copies"))


def bundle_drafts(part: Part, pool: Pool, seed: int) -> Iterator[Draft]:
    """Bundles without end, each of items of one split."""
    least, most = part.bundle.items
    for place in count():
        random = generator(seed, part.name, place)
        first = pool.draw(random)
        rest = iter([first])

        def draw(rest: Iterator[Draft] = rest, random: np.random.Generator = random, first: Draft = first) -> Draft:
            return next(rest, None) or pool.draw(random, first.record.split)

        items = choose_items(draw, int(random.integers(least, most + 1)))
        yield joined(items, f"{part.name.lower()}:{place}", part.name, random)


def same_item_drafts(
    part: Part, drafts: DraftFile, splits: list[str], pairs: Iterator[tuple[int, int]]
) -> Iterator[Draft]:
    """Ads whose near-copies agree in their references, each with the photos of all; larger groups are left out.

    Args:
        pairs: places of ads that hold near-copies.
    """
    from models.sentences import sentence_encoder

    groups = Groups(len(drafts))
    for i, j in pairs:
        one, other = sentence_encoder().encode([drafts[i].record.text, drafts[j].record.text])
        if one @ other >= part.same_item.text:
            groups.join(i, j)
    members: dict[int, list[int]] = defaultdict(list)
    for place, label in enumerate(groups.labels().tolist()):
        members[label].append(place)
    for label, places in members.items():
        photos = dict.fromkeys(photo for place in places for photo in drafts[place].photos)
        if 1 < len(photos) <= part.same_item.photos:
            record = drafts[label].record
            named = Draft(record, tuple(photos))
            yield named.change(
                id=f"{thing_of(record.id)}~{part.name}", source=part.name, split=splits[label], hidden_token="<SINGLE>"
            )
