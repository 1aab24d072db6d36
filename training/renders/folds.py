"""How cloth lies: long creases, a soft swell, wavy hems and crooked sleeves, worked out rather than simulated.

A cloth simulation of the same panels took minutes of processor time and left pockmarks; creases drawn as tapering
one-sided ridges that start where a garment pulls (armpits, crotch, waist) look closer to a photo and cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.renders.outline import Pattern, distance


@dataclass(frozen=True)
class Pull:
    """Creases running from one place of the pattern.

    Attributes:
        place: where they start, metres.
        angles: degrees between which they fan out (0 to the right, 90 towards the neck).
        count: how many.
        reach: their usual length, metres.
    """

    place: tuple[float, float]
    angles: tuple[float, float]
    count: int = 4
    reach: float = 0.2

    def mirrored(self) -> Pull:
        a, b = self.angles
        return Pull((-self.place[0], self.place[1]), (180 - b, 180 - a), self.count, self.reach)


@dataclass(frozen=True)
class Drape:
    """How a garment was put down.

    Attributes:
        seed: of every random choice.
        pulls: where creases start.
        stray: creases anywhere.
        depth: metres a usual crease rises.
        swell: metres the front lies above the floor.
        sway: how crookedly it lies (metres its far ends are shifted).
    """

    seed: int = 0
    pulls: Sequence[Pull] = ()
    stray: int = 14
    depth: float = 0.006
    swell: float = 0.009
    sway: float = 0.02


def settle(flat: np.ndarray, front: np.ndarray, pattern: Pattern, drape: Drape) -> np.ndarray:
    """Where the vertices come to lie.

    Args:
        flat: (N, 2) positions on the pattern.
        front: (N,) whether a vertex belongs to the front panel (sewn rims do).
        pattern: the garment.
        drape: how it was put down.

    Returns:
        (N, 3) positions over a floor at z = 0.
    """
    rng = np.random.default_rng(drape.seed)
    loop = pattern.loop()
    rim, _ = distance(flat, np.vstack([loop, loop[:1]]))
    crease = creases(flat, drape, rng)
    swell = drape.swell * (1 + 0.35 * waves(flat, rng, 0.22) + 0.15 * waves(flat, rng, 0.09))
    rounded = np.sqrt(np.clip(1 - (1 - np.clip(rim / 0.016, 0, 1)) ** 2, 0, 1))
    z = np.where(front, 0.0035 + np.maximum(swell, 0.002) * rounded + crease * (0.35 + 0.65 * rounded), 0.0012)
    hem = 0.004 * np.clip(waves(flat, rng, 0.11), 0, 2) * np.clip(1 - rim / 0.05, 0, 1)
    z += np.where(front, hem, 0.3 * hem)
    slope = np.column_stack([waves(flat, rng, 0.5), waves(flat, rng, 0.5)]) * drape.sway * 0.5
    ripple = np.column_stack([waves(flat, rng, 0.13), waves(flat, rng, 0.13)]) * 0.0014
    return np.column_stack([flat + slope + ripple, z])


def creases(flat: np.ndarray, drape: Drape, rng: np.random.Generator) -> np.ndarray:
    """Height (N,) of all creases in metres."""
    warp = np.column_stack([waves(flat, rng, 0.17), waves(flat, rng, 0.17)]) * 0.009
    points = flat + warp
    total = np.zeros(len(flat))
    low, high = flat.min(axis=0), flat.max(axis=0)
    for pull in drape.pulls:
        for k in range(pull.count):
            angle = pull.angles[0] + (pull.angles[1] - pull.angles[0]) * (k + rng.uniform(0.2, 0.8)) / pull.count
            start = np.array(pull.place) + rng.normal(0, 0.018, 2)
            total += _crease(points, start, np.radians(angle), pull.reach * rng.uniform(0.6, 1.5), drape.depth, rng)
    main = rng.uniform(0, np.pi)
    for _ in range(drape.stray):
        start = low + (high - low) * rng.uniform(0.05, 0.95, 2)
        angle = main + rng.normal(0, 0.7)
        total += _crease(points, start, angle, rng.uniform(0.08, 0.32), drape.depth * 0.7, rng)
    return total


def _crease(
    points: np.ndarray, start: np.ndarray, angle: float, length: float, depth: float, rng: np.random.Generator
) -> np.ndarray:
    """One ridge: bent along its way, steep on one side, dying out at its end."""
    ahead = np.array([np.cos(angle), np.sin(angle)])
    moved = points - start
    along = moved @ ahead / length
    bend = rng.normal(0, 0.12) * length
    across = moved @ np.array([-ahead[1], ahead[0]]) - bend * along**2
    width = rng.uniform(0.006, 0.016) * (0.7 + 0.6 * np.clip(along, 0, 1))
    side = np.where(across > 0, rng.choice([0.6, 1.7]), 1.0)
    taper = np.clip(along * 6 + 0.15, 0, 1) * np.clip(1 - along, 0, 1) ** 0.8
    ridge = np.exp(-((across / (width * side)) ** 2)) - 0.35 * np.exp(-((across / (width * 2.6)) ** 2))
    return depth * rng.uniform(0.4, 1.3) * taper * ridge


def waves(points: np.ndarray, rng: np.random.Generator, length: float, terms: int = 9) -> np.ndarray:
    """Smooth noise of unit size with the given wavelength (metres) at (N, 2) points."""
    total = np.zeros(len(points))
    for _ in range(terms):
        angle, phase = rng.uniform(0, 2 * np.pi, 2)
        k = 2 * np.pi / (length * rng.uniform(0.7, 1.5)) * np.array([np.cos(angle), np.sin(angle)])
        total += np.sin(points @ k + phase)
    return total / np.sqrt(terms / 2)
