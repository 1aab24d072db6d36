"""Parts of a shoe, built from loops around the foot: sole, upper, lining, tongue, laces. x runs from heel to toe."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from training.renders.floors import grid_object
from training.renders.loft import COLUMNS, flat_cap, loop, shrunk, surface, table, through, tube

WIDTH = [(0, 0.135), (0.2, 0.132), (0.42, 0.118), (0.68, 0.182), (0.88, 0.155), (1, 0.12)]
MIDDLE = [(0, 0.0), (0.4, 0.012), (0.7, 0.0), (1, -0.03)]
SPRING = [(0, 0.012), (0.12, 0.0), (0.68, 0.0), (1, 0.055)]  # heel and toe lift off the floor


@dataclass(frozen=True)
class Last:
    """Sizes of one shoe, metres."""

    length: float = 0.28
    sole: float = 0.028

    def ring(
        self, margin: float, z: float | list[tuple[float, float]], ends: tuple[float, float] = (0, 1)
    ) -> np.ndarray:
        """The footprint ``margin`` inside its outline at a height (both in metres), following the toe's lift."""
        n = self.length
        around = loop((0, n), [(u, w * n) for u, w in WIDTH], 0.0, [(u, m * n) for u, m in MIDDLE], blunt=0.62)
        u = around[:, 0] / n
        around = shrunk(around, margin)
        around[:, 2] = table(z, u) + n * table(SPRING, u)
        around[:, 0] = n * ends[0] + around[:, 0] * (ends[1] - ends[0])
        return around


def sole(
    last: Last, material: bpy.types.Material, flare: float = 0.004, stripe: bpy.types.Material | None = None
) -> list:
    """The outsole: a rounded slab, with a thin coloured line around it when ``stripe`` is given."""
    t = last.sole
    rings = [
        last.ring(0.02, 0.0), last.ring(0.004, 0.0), last.ring(-flare * 0.6, 0.003), last.ring(-flare, t * 0.3),
        last.ring(-flare * 0.8, t * 0.8), last.ring(-flare * 0.4, t * 0.97), last.ring(0.003, t), last.ring(0.012, t - 0.001),
    ]  # fmt: skip
    parts = [surface("sole", through(rings, 4), material)]
    if stripe is not None:
        line = last.ring(-flare * 0.88 - 0.0004, t * 0.66)
        parts.append(tube("stripe", line, 0.0018, stripe, closed=True))
    return parts


def footbed(last: Last, z: float, material: bpy.types.Material) -> bpy.types.Object:
    rim = last.ring(0.006, z)
    return surface("footbed", np.concatenate([rim[None], flat_cap(rim, -0.004)]), material)


def canvas_upper(last: Last, height: float, throat: float, slit: float | None = None) -> np.ndarray:
    """The lattice of an upper from the sole to the topline.

    Args:
        height: of the collar at the heel above the sole, metres.
        throat: where the opening ends towards the toe, share of the length.
        slit: half-width of a laced slit in front of the ankle (metres), or None for a plain opening.
    """
    n, t = last.length, last.sole
    toe = 0.155 * n
    side = [(0, height * 0.55), (0.45, height * 0.5), (0.75, toe * 0.75), (1, toe * 0.55)]
    top = [(0, height * 0.97), (0.35, height * 0.82), (0.6, height * 0.8), (0.8, toe * 1.12), (1, toe * 0.97)]
    plus = lambda values: [(u, z + t) for u, z in values]  # noqa: E731
    low = last.ring(0.004, t - 0.003)
    bulge = last.ring(-0.001, plus([(u, z * 0.55) for u, z in side]))
    flank = last.ring(0.006, plus(side), (0.01, 0.985))
    shoulder = last.ring(0.02, plus(top), (0.02, 0.95))
    opening = topline(last, height, throat, slit)
    blend = 0.5 * shoulder + 0.5 * opening
    blend[:, 2] += 0.012 * np.abs(np.sin(np.pi * np.arange(COLUMNS) / COLUMNS)) ** 4
    return through([low, bulge, flank, 0.35 * flank + 0.65 * shoulder, blend, opening], 8)


def topline(last: Last, height: float, throat: float, slit: float | None) -> np.ndarray:
    """The rim of the opening as (COLUMNS, 3)."""
    n, t = last.length, last.sole
    if slit is None:
        width = [(0, 0.095 * n), (0.5, 0.098 * n), (0.8, 0.095 * n), (1, 0.07 * n)]
        z = [(0, height), (0.4, height * 0.72), (0.8, height * 0.82), (1, height * 0.98)]
        rim = loop((0.03 * n, throat * n), width, z, 0.008 * n, blunt=0.7)
    else:
        width = [(0, 0.10 * n), (0.38, 0.105 * n), (0.56, 0.062 * n), (0.7, slit * 1.4), (1, slit)]
        z = [(0, height), (0.25, height * 0.86), (0.5, height * 1.02), (0.75, height * 0.86), (1, height * 0.62)]
        rim = loop((0.03 * n, throat * n), width, z, 0.006 * n, blunt=0.45)
    rim[:, 2] += t
    return rim


def lining(last: Last, rim: np.ndarray, material: bpy.types.Material) -> bpy.types.Object:
    """The inside: from the rim down to the footbed."""
    inner = [rim, shrunk(rim, 0.0035, 0.001), shrunk(rim, 0.006, -0.006)]
    deep = last.ring(0.010, last.sole + 0.004)
    wall = 0.5 * inner[-1] + 0.5 * deep
    return surface("lining", through([*inner, wall, deep], 6), material)


def padded_rim(rim: np.ndarray, radius: float, material: bpy.types.Material) -> bpy.types.Object:
    """A piping along the opening."""
    return tube("piping", rim, radius, material, closed=True)


def tongue(last: Last, height: float, throat: float, material: bpy.types.Material) -> bpy.types.Object:
    """A strip under the laces from the toe to above the ankle."""
    n, t = last.length, last.sole
    rows, columns = 24, 13
    along = np.linspace(0, 1, rows)[:, None]
    across = np.linspace(-1, 1, columns)[None, :]
    x = n * (throat + 0.03 - (throat - 0.245) * along) + 0 * across
    half = n * (0.055 + 0.04 * along)
    z = t + height * (0.55 + 0.62 * along - 0.02 * along**2) - 0.004 - 0.35 * (half * across) ** 2 / (n * 0.1)
    vertices = np.stack([x, half * across + 0.006 * n, z], axis=2)
    item = grid_object("tongue", vertices.reshape(-1, 3), rows, columns)
    item.data.materials.append(material)
    shell = item.modifiers.new("thickness", "SOLIDIFY")
    shell.thickness, shell.offset = 0.005, 0
    return item


def laces(rim: np.ndarray, rows: int, material: bpy.types.Material, metal: bpy.types.Material) -> list:
    """Eyelets beside the slit, laces criss-crossed through them and a bow on top."""
    half = COLUMNS // 2
    columns = np.linspace(half * 0.965, half * 0.60, rows).round().astype(int)
    left = np.array([rim[c] for c in columns])
    right = np.array([rim[COLUMNS - c] for c in columns])
    spread = np.array([0, 0.007, 0])
    lift = np.array([0, 0, 0.0035])
    left, right = left + spread * np.sign(left[:, 1:2]), right + spread * np.sign(right[:, 1:2])
    parts = []
    for i in range(rows):
        for eye in (left[i], right[i]):
            bpy.ops.mesh.primitive_torus_add(
                major_radius=0.0034, minor_radius=0.0011, location=eye + lift * 0.2, major_segments=20, minor_segments=8
            )
            ring = bpy.context.object
            ring.data.materials.append(metal)
            parts.append(ring)
    bulge = np.array([0, 0, 0.006])
    parts.append(
        tube(
            "lace",
            np.array([left[0] + lift * 0.3, (left[0] + right[0]) / 2 + bulge, right[0] + lift * 0.3]),
            0.0026,
            material,
        )
    )
    for i in range(rows - 1):
        for a, b in ((left[i], right[i + 1]), (right[i], left[i + 1])):
            path = np.array([a - lift * 0.5, a + lift, (a + b) / 2 + bulge, b + lift, b - lift * 0.5])
            parts.append(tube("lace", path, 0.0026, material))
    parts += _bow((left[-1] + right[-1]) / 2 + bulge * 1.3, left[-1], right[-1], material)
    return parts


def _bow(knot: np.ndarray, left: np.ndarray, right: np.ndarray, material: bpy.types.Material) -> list:
    parts = [
        tube(
            "lace",
            np.array([left, (left + knot) / 2 + [0, 0, 0.004], knot, (right + knot) / 2 + [0, 0, 0.004], right]),
            0.0026,
            material,
        )
    ]
    for side in (-1, 1):
        around = np.array([[0, 0, 0], [0.012, side * 0.018, 0.010], [0.030, side * 0.040, 0.002], [0.036, side * 0.050, -0.014],
                           [0.022, side * 0.046, -0.012], [0.008, side * 0.024, 0.002], [0, 0, 0.001]])  # fmt: skip
        parts.append(tube("bow", knot + around, 0.0026, material))
        tail = np.array(
            [[0, 0, 0], [0.014, side * 0.010, 0.004], [0.040, side * 0.022, -0.010], [0.058, side * 0.035, -0.030]]
        )
        parts.append(tube("bow", knot + tail, 0.0026, material))
    bpy.ops.mesh.primitive_uv_sphere_add(radius=0.005, location=knot)
    parts.append(bpy.context.object)
    parts[-1].data.materials.append(material)
    return parts


def gather(parts: list, name: str) -> bpy.types.Object:
    """One parent for all the parts, to place and mirror a shoe as a whole."""
    holder = bpy.data.objects.new(name, None)
    bpy.context.collection.objects.link(holder)
    for part in parts:
        part.parent = holder
    return holder


def copy(holder: bpy.types.Object) -> bpy.types.Object:
    """The same shoe once more (shared meshes)."""
    twins = []
    for part in holder.children:
        twin = part.copy()
        bpy.context.collection.objects.link(twin)
        twins.append(twin)
    return gather(twins, holder.name)
