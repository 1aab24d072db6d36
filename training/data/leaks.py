"""``python -m training data leaks DATASET``: photos of one split that are near-copies of photos of another."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from training.data.dataset import DatasetError, read_drafts
from training.data.fingerprints import STORE, Fingerprint, FingerprintStore, fingerprint
from training.data.near import near_pairs
from training.data.recipe import NearCopies
from training.data.record import SPLITS


def leaks(folder: Path, rule: NearCopies, store: Path = STORE) -> Iterator[dict[str, object]]:
    """Yield each pair of near-copies on two sides: the splits, the ids of the ads and the photos.

    Raises:
        DatasetError: no data set there.
    """
    sides: dict[str, list[tuple[str, Path, Fingerprint]]] = {split: [] for split in SPLITS}
    with TemporaryDirectory() as spill, closing(FingerprintStore(store)) as prints:
        for draft in read_drafts(folder):
            photos = [_as_file(p, Path(spill) / n) for p, n in zip(draft.photos, draft.record.photos, strict=True)]
            for photo, found in zip(photos, prints.ensure(photos, lambda new: map(fingerprint, new)), strict=True):
                if photo.parent == Path(spill):
                    photo.unlink()
                if isinstance(found, str):
                    raise DatasetError(f"{draft.record.id}: the photo {photo.name} cannot be read ({found})")
                sides[draft.record.split].append((draft.record.id, photo, found))
    for one, other in combinations(SPLITS, 2):
        if sides[one] and sides[other]:
            for i, j in near_pairs(*_arrays(sides[one]), rule, also=_arrays(sides[other])):
                (left, photo, _), (right, copy, _) = sides[one][i], sides[other][j]
                yield {"splits": [one, other], "ads": [left, right], "photos": [photo.name, copy.name]}


def _as_file(photo: Path | bytes, path: Path) -> Path:
    """The file of a photo; one out of a tar is written to ``path``."""
    if isinstance(photo, Path):
        return photo
    path.write_bytes(photo)
    return path


def _arrays(side: list[tuple[str, Path, Fingerprint]]) -> tuple[np.ndarray, np.ndarray]:
    prints = [found for _, _, found in side]
    return np.array([p.hash for p in prints], np.uint64), np.stack([p.features for p in prints])


def main() -> None:
    """Print a line a leak; exit 1 if there is one."""
    parser = argparse.ArgumentParser(prog="python -m training data leaks", description=__doc__)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--hash-bits", type=int, default=NearCopies().hash_bits, help="bits of 64 that may differ")
    parser.add_argument("--cosine", type=float, default=NearCopies().cosine, help="least cosine of image features")
    parser.add_argument("--store", type=Path, default=STORE, help="fingerprints of photos, kept between runs")
    arguments = parser.parse_args()
    rule = NearCopies(hash_bits=arguments.hash_bits, cosine=arguments.cosine)
    try:
        found = 0
        for leak in leaks(arguments.dataset, rule, arguments.store):
            found += 1
            print(json.dumps(leak, ensure_ascii=False))
    except DatasetError as error:
        sys.exit(f"{parser.prog}: {error}")
    print(f"{found} leaks", file=sys.stderr)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
