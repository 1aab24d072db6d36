"""Flat sewing patterns: closed loops of edges, in metres, x to the right and y towards the neck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Edge:
    """One stretch of the outline.

    Attributes:
        front: (N, 2) points of the front panel, from the loop's previous edge to the next.
        back: (N, 2) points of the back panel where it is cut differently (a neckline).
        joined: the two panels are sewn together along it; otherwise it is an opening.
    """

    front: np.ndarray
    back: np.ndarray | None = None
    joined: bool = True

    def side(self, back: bool) -> np.ndarray:
        return self.back if back and self.back is not None else self.front

    def mirrored(self) -> Edge:
        """The same edge on the other side of the body, run backwards so that the loop stays closed."""
        flip = np.array([-1.0, 1.0])
        back = None if self.back is None else self.back[::-1] * flip
        return Edge(self.front[::-1] * flip, back, self.joined)


@dataclass(frozen=True)
class Pattern:
    """A garment of two panels.

    Attributes:
        edges: the loop, clockwise from the middle of the top.
        holes: (N, 2) loops cut out of the front panel only (the opening of a hood).
    """

    edges: list[Edge]
    holes: list[np.ndarray] = field(default_factory=list)

    def loop(self, back: bool = False) -> np.ndarray:
        """The outline of one panel as (N, 2) points without a repeated end."""
        return np.concatenate([edge.side(back)[:-1] for edge in self.edges])

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, bottom, right and top of both panels."""
        points = np.concatenate([self.loop(), self.loop(back=True)])
        return (*points.min(axis=0), *points.max(axis=0))


def curve(points: Points, step: float = 0.008, tension: float = 0.5) -> np.ndarray:
    """A Catmull-Rom curve through the points, resampled to about ``step`` metres, as (N, 2)."""
    p = np.asarray(points, dtype=float)
    if len(p) > 2:
        before, after = 2 * p[0] - p[1], 2 * p[-1] - p[-2]
        padded = np.vstack([before, p, after])
        slopes = (padded[2:] - padded[:-2]) * tension
        t = np.linspace(0, 1, 24, endpoint=False)[:, None]
        h = 2 * t**3 - 3 * t**2
        pieces = [
            (1 + h) * p[i] + (t**3 - 2 * t**2 + t) * slopes[i] - h * p[i + 1] + (t**3 - t**2) * slopes[i + 1]
            for i in range(len(p) - 1)
        ]
        p = np.vstack([*pieces, p[-1:]])
    return resample(p, step)


def resample(points: np.ndarray, step: float) -> np.ndarray:
    """The polyline with its vertices spread evenly, about ``step`` metres apart, ends kept."""
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    targets = np.linspace(0, along[-1], max(2, round(along[-1] / step) + 1))
    return np.column_stack([np.interp(targets, along, points[:, k]) for k in range(points.shape[1])])


def symmetric(middle_top: Edge, right: list[Edge], middle_bottom: list[Edge]) -> list[Edge]:
    """A loop from its top edge, its right half from top to bottom, and the edges between the two halves."""
    return [middle_top, *right, *middle_bottom, *[edge.mirrored() for edge in reversed(right)]]


def neck(half_width: float, top: float, front_drop: float, back_drop: float, power: float = 2.0) -> Edge:
    """A neckline from the left shoulder to the right one; ``power`` 2 is round, near 1 a V."""
    x = np.linspace(-half_width, half_width, 60)
    bowl = 1 - np.abs(x / half_width) ** power
    front, back = (resample(np.column_stack([x, top - drop * bowl]), 0.008) for drop in (front_drop, back_drop))
    return Edge(front, back, joined=False)


def distance(points: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each of (N, 2) points is from a polyline, and where along it (metres) the nearest place is."""
    nearest = np.full(len(points), np.inf)
    place = np.zeros(len(points))
    start = 0.0
    for a, b in zip(line[:-1], line[1:], strict=True):
        length = float(np.linalg.norm(b - a))
        t = np.clip((points - a) @ (b - a) / max(length**2, 1e-12), 0, 1)
        d = np.linalg.norm(points - (a + t[:, None] * (b - a)), axis=1)
        closer = d < nearest
        nearest[closer] = d[closer]
        place[closer] = start + t[closer] * length
        start += length
    return nearest, place


def inside(points: np.ndarray, loop: np.ndarray) -> np.ndarray:
    """Which of (N, 2) points lie within a closed loop (even-odd rule)."""
    result = np.zeros(len(points), dtype=bool)
    x, y = points[:, 0], points[:, 1]
    for (x1, y1), (x2, y2) in zip(loop, np.roll(loop, -1, axis=0), strict=True):
        crosses = (y1 > y) != (y2 > y)
        if y1 != y2:
            result ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return result
