"""From a flat pattern to a garment on the floor: both panels triangulated, sewn and laid down."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Vector
from mathutils.geometry import delaunay_2d_cdt

from training.renders.folds import Drape, settle
from training.renders.outline import Pattern, distance, inside, resample

STEP = 0.008  # metres between mesh vertices: three to the narrowest crease


def flat_mesh(pattern: Pattern, name: str) -> bpy.types.Object:
    """Both panels as one mesh, sewn along joined edges; faces of the back panel have material index 1.

    The UV map holds the flat position scaled to the pattern's bounds, so textures are painted on the flat pattern.
    """
    points: list[tuple[float, float]] = []
    height: list[float] = []
    faces: list[tuple[int, ...]] = []
    panels: list[int] = []
    shared: dict[tuple[int, int], int] = {}
    for panel in (0, 1):
        local, triangles, rim = _triangulate(pattern, back=bool(panel))
        index = []
        for k, point in enumerate(local):
            key = (round(point[0] * 1e5), round(point[1] * 1e5))
            if k in rim and key in shared:
                index.append(shared[key])
                height[shared[key]] = 0.004
                continue
            index.append(len(points))
            if k in rim:
                shared[key] = len(points)
            points.append((float(point[0]), float(point[1])))
            height.append(0.003 if panel else 0.010)
        for triangle in triangles:
            a, b, c = (index[k] for k in triangle)
            faces.append((a, c, b) if panel else (a, b, c))
            panels.append(panel)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(x, y, z) for (x, y), z in zip(points, height, strict=True)], [], faces)
    mesh.polygons.foreach_set("material_index", panels)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    left, bottom, right, top = pattern.bounds
    uv = mesh.uv_layers.new(name="flat")
    for loop in mesh.loops:
        x, y = points[loop.vertex_index]
        uv.data[loop.index].uv = ((x - left) / (right - left), (y - bottom) / (top - bottom))
    item = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(item)
    return item


def _triangulate(pattern: Pattern, back: bool) -> tuple[np.ndarray, list[tuple[int, ...]], set[int]]:
    """Points, triangles and the indices of sewn rim points of one panel."""
    rng = np.random.default_rng(7)
    rims = [resample(edge.side(back), STEP) for edge in pattern.edges]
    sewn = {}
    loop_points: list[np.ndarray] = []
    for edge, rim in zip(pattern.edges, rims, strict=True):
        for point in rim if edge.joined else rim[[0, -1]]:
            sewn[(round(point[0] * 1e5), round(point[1] * 1e5))] = True
        loop_points.extend(rim[:-1])
    loops = [np.array(loop_points)]
    if not back:
        loops += [resample(np.vstack([hole, hole[:1]]), STEP)[:-1] for hole in pattern.holes]
    low, high = loops[0].min(axis=0), loops[0].max(axis=0)
    rows = np.arange(low[1], high[1], STEP * 0.87)
    columns = np.arange(low[0], high[0], STEP)
    grid = np.array([(x + (i % 2) * STEP / 2, y) for i, y in enumerate(rows) for x in columns])
    grid += rng.normal(0, STEP * 0.12, grid.shape)
    keep = inside(grid, loops[0])
    for hole in loops[1:]:
        keep &= ~inside(grid, hole)
    for loop in loops:
        keep &= distance(grid, np.vstack([loop, loop[:1]]))[0] > STEP * 0.6
    every = np.vstack([*loops, grid[keep]])
    constraints, start = [], 0
    for loop in loops:
        n = len(loop)
        constraints += [(start + i, start + (i + 1) % n) for i in range(n)]
        start += n
    vertices, _, triangles, *_ = delaunay_2d_cdt([Vector(p) for p in every], constraints, [], 0, 1e-7)
    vertices = np.array([(v.x, v.y) for v in vertices])
    centres = np.array([vertices[list(t)].mean(axis=0) for t in triangles])
    kept = inside(centres, loops[0])
    for hole in loops[1:]:
        kept &= ~inside(centres, hole)
    triangles = [t for t, k in zip(triangles, kept, strict=True) if k]
    rim = {k for k, p in enumerate(vertices) if (round(p[0] * 1e5), round(p[1] * 1e5)) in sewn}
    return vertices, triangles, rim


def lay(item: bpy.types.Object, pattern: Pattern, drape: Drape) -> None:
    """Lay the flat garment down on a floor at z = 0."""
    flat = np.array([v.co[:] for v in item.data.vertices])
    front = np.zeros(len(flat), dtype=bool)
    for polygon in item.data.polygons:
        if polygon.material_index == 0:
            front[list(polygon.vertices)] = True
    settled = settle(flat[:, :2], front, pattern, drape)
    item.data.vertices.foreach_set("co", settled.ravel())
    item.data.update()
