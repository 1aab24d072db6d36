"""What things are laid on: laminate, tiles, a carpet, a bedspread."""

from __future__ import annotations

import bpy
import numpy as np

from training.renders.materials import Nodes, cloth, linear
from training.renders.paint import Canvas, Colour


def plane(name: str, size: float, material: bpy.types.Material, z: float = 0.0) -> bpy.types.Object:
    bpy.ops.mesh.primitive_plane_add(size=size, location=(0, 0, z))
    item = bpy.context.object
    item.name = name
    item.data.materials.append(material)
    return item


def laminate(tone: Colour = (0.66, 0.50, 0.34), angle: float = 90.0) -> bpy.types.Object:
    """Wooden planks with grain, each of its own shade."""
    nodes = Nodes("laminate")
    place = nodes.add("TexCoord")
    turned = nodes.add("Mapping", Vector=(place, "Object"), Rotation=(0, 0, np.radians(angle)))
    planks = nodes.add(
        "TexBrick", Vector=(turned, 0), Scale=1.0, Color1=(0.3, 0.3, 0.3, 1), Color2=(0.75, 0.75, 0.75, 1),
        Mortar=(0, 0, 0, 1), Mortar_Size=0.0012, Brick_Width=1.2, Row_Height=0.19, Bias=0.0,
    )  # fmt: skip
    stretched = nodes.add("Mapping", Vector=(turned, 0), Scale=(1.6, 22, 1))
    shifted = nodes.add("VectorMath", operation="ADD")
    nodes.set(shifted.inputs[0], (stretched, 0))
    nodes.set(shifted.inputs[1], (planks, 0))
    grain = nodes.add("TexNoise", Vector=(shifted, 0), Scale=3.0, Detail=9.0, Roughness=0.65, Distortion=0.6)
    fine = nodes.add("TexNoise", Vector=(stretched, 0), Scale=22.0, Detail=4.0)
    mixed = nodes.add("MixRGB", Fac=0.3, Color1=(grain, 0), Color2=(fine, 0))
    ramp = nodes.add("ValToRGB", Fac=(mixed, 0))
    base = np.array(linear(tone))[:3]
    ramp.color_ramp.elements[0].position, ramp.color_ramp.elements[1].position = 0.36, 0.64
    ramp.color_ramp.elements[0].color = (*(base * 0.62), 1)
    ramp.color_ramp.elements[1].color = (*np.minimum(base * 1.2, 1), 1)
    shade = nodes.add("MixRGB", blend_type="OVERLAY", Fac=0.3, Color1=(ramp, 0), Color2=(planks, 0))
    gap = nodes.add("MixRGB", Fac=(planks, 1), Color1=(shade, 0), Color2=(*(base * 0.12), 1))
    bump = nodes.add("Bump", Height=(mixed, 0), Strength=0.25, Distance=0.001)
    nodes.shine(Base_Color=(gap, 0), Roughness=0.42, Specular_IOR_Level=0.4, Normal=(bump, 0))
    return plane("laminate", 6, nodes.material)


def tiles(tone: Colour = (0.82, 0.79, 0.73), side: float = 0.33, angle: float = 8.0) -> bpy.types.Object:
    """Ceramic floor tiles with darker grout."""
    nodes = Nodes("tiles")
    place = nodes.add("TexCoord")
    turned = nodes.add("Mapping", Vector=(place, "Object"), Rotation=(0, 0, np.radians(angle)))
    base = np.array(linear(tone))[:3]
    grid = nodes.add(
        "TexBrick", Vector=(turned, 0), Scale=1.0, Color1=(*base, 1), Color2=(*(base * 0.93), 1), offset=0.0,
        Mortar=(*(base * 0.32), 1), Mortar_Size=0.002, Mortar_Smooth=0.3, Brick_Width=side, Row_Height=side,
    )  # fmt: skip
    cloud = nodes.add("TexNoise", Vector=(place, "Object"), Scale=7.0, Detail=8.0)
    marble = nodes.add("MixRGB", blend_type="SOFT_LIGHT", Fac=0.45, Color1=(grid, 0), Color2=(cloud, 0))
    bump = nodes.add("Bump", Height=(grid, 1), Strength=0.6, Distance=0.002, invert=True)
    nodes.shine(Base_Color=(marble, 0), Roughness=0.3, Normal=(bump, 0))
    return plane("tiles", 6, nodes.material)


def carpet(base: Colour, motif: Colour, accent: Colour) -> bpy.types.Object:
    """Short pile with tufts and a woven oriental-like lattice."""
    nodes = Nodes("carpet")
    place = nodes.add("TexCoord")
    tufts = nodes.add("TexVoronoi", Vector=(place, "Object"), Scale=230.0)
    lumps = nodes.add("TexNoise", Vector=(place, "Object"), Scale=9.0, Detail=5.0)
    colour = (_lattice(nodes, place, base, motif, accent), 0)
    worn = nodes.add("MixRGB", blend_type="SOFT_LIGHT", Fac=0.5, Color1=colour, Color2=(lumps, 0))
    dark = nodes.add("ValToRGB", Fac=(tufts, 0))
    dark.color_ramp.elements[0].color, dark.color_ramp.elements[1].color = (1, 1, 1, 1), (0.35, 0.35, 0.35, 1)
    deep = nodes.add("MixRGB", blend_type="MULTIPLY", Fac=0.65, Color1=(worn, 0), Color2=(dark, 0))
    bump = nodes.add("Bump", Height=(tufts, 0), Strength=0.9, Distance=0.004, invert=True)
    nodes.shine(Base_Color=(deep, 0), Roughness=1.0, Sheen_Weight=0.4, Specular_IOR_Level=0.05, Normal=(bump, 0))
    return plane("carpet", 6, nodes.material)


def _lattice(nodes: Nodes, place: object, base: Colour, motif: Colour, accent: Colour) -> object:
    """Diamonds with a smaller diamond inside, wobbling as hand-woven ones do."""
    wobble = nodes.add("TexNoise", Vector=(place, "Object"), Scale=25.0)
    moved = nodes.add("MixRGB", Fac=0.012, Color1=(place, "Object"), Color2=(wobble, 1))
    split = nodes.add("SeparateXYZ", Vector=(moved, 0))
    cell = []
    for axis, period in ((0, 0.30), (1, 0.42)):
        folded = nodes.add("Math", operation="PINGPONG")
        nodes.set(folded.inputs[0], (split, axis))
        folded.inputs[1].default_value = period / 2
        scaled = nodes.add("Math", operation="DIVIDE")
        nodes.set(scaled.inputs[0], (folded, 0))
        scaled.inputs[1].default_value = period / 2
        cell.append(scaled)
    total = nodes.add("Math", operation="ADD")
    nodes.set(total.inputs[0], (cell[0], 0))
    nodes.set(total.inputs[1], (cell[1], 0))
    half = nodes.add("Math", operation="MULTIPLY")
    nodes.set(half.inputs[0], (total, 0))
    half.inputs[1].default_value = 0.5
    ramp = nodes.add("ValToRGB", Fac=(half, 0))
    ramp.color_ramp.interpolation = "CONSTANT"
    stops = [(0.0, accent), (0.14, base), (0.22, motif), (0.3, base), (0.47, motif), (0.53, base),
             (0.7, motif), (0.78, base), (0.86, accent)]  # fmt: skip
    elements = ramp.color_ramp.elements
    while len(elements) < len(stops):
        elements.new(0.5)
    for element, (position, colour) in zip(elements, stops, strict=True):
        element.position, element.color = position, linear(colour)
    return ramp


def bedspread(tone: Colour, quilt: bool = False, seed: int = 0) -> bpy.types.Object:
    """A cloth over a mattress: soft folds, optionally quilted in diamonds."""
    rng = np.random.default_rng(seed)
    side, n = 3.0, 420
    axis = np.linspace(-side / 2, side / 2, n)
    x, y = np.meshgrid(axis, axis)
    z = np.zeros_like(x)
    for _ in range(26):  # long shallow creases, each running along a wandering line
        angle, offset, width = rng.uniform(0, np.pi), rng.uniform(-1, 1), rng.uniform(0.012, 0.035)
        across = np.cos(angle) * x + np.sin(angle) * y - offset
        along = -np.sin(angle) * x + np.cos(angle) * y
        across = across + 0.05 * np.sin(along * rng.uniform(2, 6) + rng.uniform(0, 6))
        fading = np.exp(-(((along - rng.uniform(-1, 1)) / rng.uniform(0.2, 0.6)) ** 2))
        z += rng.uniform(0.002, 0.008) * np.exp(-((across / width) ** 2)) * fading
    if quilt:
        for sign in (1, -1):
            phase = np.pi * (x + sign * y) / 0.16
            z += 0.006 * np.sqrt(np.abs(np.sin(phase)))
    canvas = Canvas((-side / 2, -side / 2, side / 2, side / 2), tone, seed)
    canvas.height += canvas.noise(0.002, 0.12)
    canvas.shade(canvas.noise(0.3, 0.015))
    vertices = np.column_stack([x.ravel(), y.ravel(), (z - z.max()).ravel()])
    item = grid_object("bedspread", vertices, n, n)
    item.data.materials.append(cloth("bedspread", canvas, fuzz=0.2))
    return item


def grid_object(name: str, vertices: np.ndarray, rows: int, columns: int, closed: bool = False) -> bpy.types.Object:
    """A smooth mesh from a (rows * columns, 3) lattice of vertices; ``closed`` joins the last column to the first.

    The UV map runs along columns (u) and rows (v).
    """
    faces, uv = [], []
    for i in range(rows - 1):
        for j in range(columns if closed else columns - 1):
            k = (j + 1) % columns
            faces.append((i * columns + j, i * columns + k, (i + 1) * columns + k, (i + 1) * columns + j))
            u0, u1 = j / (columns - 1 + closed), (j + 1) / (columns - 1 + closed)
            v0, v1 = i / (rows - 1), (i + 1) / (rows - 1)
            uv += [(u0, v0), (u1, v0), (u1, v1), (u0, v1)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    layer = mesh.uv_layers.new(name="grid")
    layer.data.foreach_set("uv", np.array(uv).ravel())
    item = bpy.data.objects.new(name, mesh)
    bpy.context.collection.objects.link(item)
    return item
