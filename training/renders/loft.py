"""Surfaces stretched over closed loops: shoes, boots, cups, caps."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from training.renders.floors import grid_object

COLUMNS = 120  # vertices around a loop

Table = Sequence[tuple[float, float]]  # (position from 0 to 1, value), interpolated smoothly


def table(values: Table | float, at: np.ndarray) -> np.ndarray:
    """A smooth (cosine) interpolation of the table at positions from 0 to 1."""
    if isinstance(values, int | float):
        return np.full_like(at, float(values))
    x, y = np.array(values, dtype=float).T
    k = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    t = np.clip((at - x[k]) / (x[k + 1] - x[k]), 0, 1)
    t = t * t * (3 - 2 * t)
    return y[k] * (1 - t) + y[k + 1] * t


def loop(
    ends: tuple[float, float],
    half_width: Table | float,
    z: Table | float,
    middle: Table | float = 0.0,
    blunt: float = 0.7,
) -> np.ndarray:
    """A closed loop (COLUMNS, 3) around the x axis.

    Args:
        ends: x of the back and of the front.
        half_width: along the loop from back (0) to front (1).
        z: height, likewise.
        middle: sideways shift of the centre line, likewise.
        blunt: 1 gives elliptic ends, less gives fuller ones.
    """
    angle = 2 * np.pi * np.arange(COLUMNS) / COLUMNS
    u = (1 - np.cos(angle)) / 2
    x = ends[0] + (ends[1] - ends[0]) * u
    side = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** blunt
    return np.column_stack([x, table(middle, u) + side * table(half_width, u), table(z, u)])


def through(loops: Sequence[np.ndarray], rows: int = 12) -> np.ndarray:
    """A smooth lattice ((len - 1) * rows + 1, COLUMNS, 3) through the loops, in order (Catmull-Rom)."""
    stack = np.stack(loops)
    padded = np.concatenate([2 * stack[:1] - stack[1:2], stack, 2 * stack[-1:] - stack[-2:-1]])
    slope = (padded[2:] - padded[:-2]) / 2
    t = np.linspace(0, 1, rows, endpoint=False)[:, None, None]
    h = 3 * t**2 - 2 * t**3
    pieces = [
        (1 - h) * stack[i] + (t**3 - 2 * t**2 + t) * slope[i] + h * stack[i + 1] + (t**3 - t**2) * slope[i + 1]
        for i in range(len(stack) - 1)
    ]
    return np.concatenate([*pieces, stack[-1:]])


def surface(name: str, lattice: np.ndarray, material: bpy.types.Material, thickness: float = 0.0) -> bpy.types.Object:
    """A closed-around mesh over a lattice, optionally with a wall thickness (metres, inwards)."""
    rows = len(lattice)
    item = grid_object(name, lattice.reshape(-1, 3), rows, lattice.shape[1], closed=True)
    item.data.materials.append(material)
    if thickness:
        shell = item.modifiers.new("thickness", "SOLIDIFY")
        shell.thickness, shell.offset = thickness, -1
    return item


def shrunk(ring: np.ndarray, margin: float, dz: float = 0.0) -> np.ndarray:
    """The loop moved inwards by ``margin`` metres and up by ``dz``."""
    ahead, behind = np.roll(ring, -1, axis=0), np.roll(ring, 1, axis=0)
    tangent = (ahead - behind)[:, :2]
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    inward = np.column_stack([tangent[:, 1], -tangent[:, 0]])
    area = 0.5 * np.sum(ring[:, 0] * ahead[:, 1] - ahead[:, 0] * ring[:, 1])
    moved = ring.copy()
    moved[:, :2] += margin * inward * (-1 if area > 0 else 1)
    moved[:, 2] += dz
    return moved


def flat_cap(ring: np.ndarray, bulge: float = 0.0, rows: int = 8) -> np.ndarray:
    """Rings from a loop to its middle line, to close a lattice (an insole, a crown)."""
    centre = ring.copy()
    centre[:, 1] = ring[:, 1].mean()
    span = ring[:, 0].max() - ring[:, 0].min()
    centre[:, 0] = ring[:, 0].mean() + (ring[:, 0] - ring[:, 0].mean()) * (1 - 0.25 * span / max(span, 1e-9))
    centre[:, 2] = ring[:, 2] + bulge
    t = np.linspace(0, 1, rows)[1:, None, None]
    return ring + (centre - ring) * t


def tube(
    name: str, points: np.ndarray, radius: float, material: bpy.types.Material, closed: bool = False
) -> bpy.types.Object:
    """A smooth cord through (N, 3) points."""
    shape = bpy.data.curves.new(name, "CURVE")
    shape.dimensions = "3D"
    shape.bevel_depth, shape.bevel_resolution = radius, 3
    shape.use_fill_caps = True
    spline = shape.splines.new("NURBS")
    spline.points.add(len(points) - 1)
    for knot, point in zip(spline.points, points, strict=True):
        knot.co = (*point, 1)
    spline.use_endpoint_u = not closed
    spline.use_cyclic_u = closed
    spline.order_u = min(4, len(points))
    shape.materials.append(material)
    item = bpy.data.objects.new(name, shape)
    bpy.context.collection.objects.link(item)
    return item
