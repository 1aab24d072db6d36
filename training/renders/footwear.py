"""Kinds of footwear put together from the parts in ``shoes``: one right shoe each, standing on z = 0."""

from __future__ import annotations

import bpy
import numpy as np

from training.renders.loft import flat_cap, loop, shrunk, surface, through, tube
from training.renders.materials import cloth, stuff
from training.renders.paint import Canvas, Colour
from training.renders.shoes import (
    Last,
    canvas_upper,
    copy,
    footbed,
    gather,
    laces,
    lining,
    padded_rim,
    sole,
    tongue,
    topline,
)  # fmt: skip


def skin(colour: Colour, seed: int = 0, woven: bool = True) -> Canvas:
    """An empty texture for an upper: x runs around from the heel (0) over the toe (0.5), y from sole (0) to rim (1)."""
    canvas = Canvas((0.0, 0.0, 1.0, 0.6), colour, seed)
    if woven:
        grid = np.sin(canvas.x * 2 * np.pi * 170) * np.sin(canvas.y / 0.6 * 2 * np.pi * 60)
        canvas.shade(0.05 * grid)
        canvas.height += 0.12 * grid
    return canvas


def sneaker(last: Last, upper: Colour, rubber: Colour, inside: Colour, stripe: Colour | None) -> bpy.types.Object:
    """A low canvas sneaker (кеды): rubber toe cap, white laces, a stripe round the sole."""
    height, throat = 0.27 * last.length, 0.70
    white = stuff("rubber", rubber, roughness=0.55)
    painted = skin(upper)
    around = np.abs(painted.x - 0.5)
    v = painted.y / 0.6
    cap = np.clip((0.15 - np.hypot(around, v * 0.19)) / 0.004, 0, 1)
    painted.blend(cap, rubber)
    painted.height += 1.2 * cap
    heel = np.clip((0.03 - np.minimum(painted.x, 1 - painted.x)) / 0.002, 0, 1)
    painted.blend(heel, tuple(c * 0.7 for c in upper))
    for offset in (0.0, 0.012):
        for sign in (1, -1):
            line = np.array(
                [
                    [0.5 + sign * 0.28, 0.6],
                    [0.5 + sign * 0.26, 0.36],
                    [0.5 + sign * 0.17, 0.24],
                    [0.5 + sign * (0.155 - offset), 0.0],
                ]
            )
            painted.stitch(line + [sign * offset, 0], 0.0, (0.9, 0.9, 0.88), 0.008)
    fabric = cloth("upper", painted, fuzz=0.15)
    rim = topline(last, height, throat, 0.016 * last.length / 0.28)
    lace = stuff("lace", (0.93, 0.92, 0.89), roughness=0.9, grain=0.0008, scale=900)
    parts = [
        *sole(last, white, stripe=stuff("stripe", stripe) if stripe else None),
        surface("upper", canvas_upper(last, height, throat, 0.016 * last.length / 0.28), fabric),
        lining(last, rim, stuff("lining", inside, roughness=0.95, grain=0.0006, scale=700)),
        footbed(last, last.sole + 0.006, stuff("footbed", inside, roughness=0.95)),
        padded_rim(rim, 0.0017, stuff("piping", tuple(c * 0.85 for c in upper), roughness=0.9)),
        tongue(last, height, throat, fabric),
        *laces(rim, 6, lace, stuff("eyelet", (0.75, 0.75, 0.76), roughness=0.3, Metallic=0.9)),
    ]
    return gather(parts, "sneaker")


def rubber_boot(last: Last, colour: Colour, trim: Colour, inside: Colour, shaft: float = 0.155) -> bpy.types.Object:
    """A child's wellington: a glossy foot and shaft, a band round the top, a darker sole."""
    n, t = last.length, last.sole
    gloss = stuff("rubber", colour, roughness=0.22, Coat_Weight=0.4, Coat_Roughness=0.15)
    edge = stuff("trim", trim, roughness=0.35)
    lifted = lambda values: [(u, z * n + t) for u, z in values]  # noqa: E731
    ankle = loop((0.02 * n, 0.52 * n), 0.155 * n, lifted([(0, 0.42), (0.5, 0.40), (1, 0.46)]), blunt=0.8)
    instep = loop((0.005 * n, 0.80 * n), [(0, 0.13 * n), (0.4, 0.15 * n), (1, 0.13 * n)],
                  lifted([(0, 0.27), (0.45, 0.27), (1, 0.30)]), blunt=0.7)  # fmt: skip
    top = loop((-0.01 * n, 0.56 * n), 0.185 * n, t + shaft, blunt=0.9)
    middle = loop((0.0, 0.53 * n), 0.17 * n, t + 0.42 * n + 0.5 * (shaft - 0.42 * n), blunt=0.88)
    foot = [
        last.ring(0.003, t - 0.003), last.ring(-0.002, [(0, t + 0.1 * n), (0.6, t + 0.10 * n), (1, t + 0.07 * n)]),
        last.ring(0.008, lifted([(0, 0.2), (0.55, 0.2), (0.8, 0.165), (1, 0.13)]), (0.0, 0.955)),
    ]  # fmt: skip
    inner = [top, shrunk(top, 0.004, -0.001), shrunk(middle, 0.006), shrunk(ankle, 0.010)]
    parts = [
        *sole(last, edge, flare=0.003),
        surface("boot", through([*foot, instep, ankle, middle, top], 10), gloss),
        surface("boot lining", through(inner, 6), stuff("lining", inside, roughness=0.95, grain=0.0006)),
        surface("boot bottom", np.concatenate([inner[-1][None], flat_cap(inner[-1], -0.01)]), stuff("deep", inside)),
    ]
    for z, radius in ((0.0, 0.0036), (-0.012, 0.0022)):
        parts.append(tube("band", top + [0, 0, z], radius, edge, closed=True))
    return gather(parts, "boot")


def slipper(last: Last, colour: Colour, rubber: Colour, bed: Colour) -> bpy.types.Object:
    """A backless house slipper: footbed, and a band over the toes."""
    n, t = last.length, last.sole
    rim = last.ring(0.004, t + 0.004)
    u = rim[:, 0] / n
    covered = np.clip((u - 0.38) / 0.16, 0, 1)[:, None]
    covered = covered * covered * (3 - 2 * covered)
    mouth = loop((0.06 * n, 0.60 * n), 0.115 * n, 0.0, 0.008 * n, blunt=0.75)
    mouth[:, 2] = t + 0.235 * n
    back = shrunk(rim, 0.006, 0.002)
    opening = back * (1 - covered) + mouth * covered
    body = canvas_upper(last, 0.22 * n, 0.62, None)
    low = body[0]
    lattice = [low]
    for k in (8, 16, 24):
        lattice.append((low + [0, 0, 0.006]) * (1 - covered) + body[k] * covered)
    lattice.append(opening)
    felt = skin(colour, woven=False)
    felt.shade(felt.noise(0.01, 0.05) + felt.noise(0.004, 0.05))
    felt.height += felt.noise(0.004, 0.25)
    fabric = cloth("felt", felt, fuzz=0.5)
    return gather(
        [
            *sole(last, stuff("sole", rubber, roughness=0.8)),
            surface("upper", through(lattice, 8), fabric, thickness=0.004),
            footbed(last, t + 0.004, stuff("bed", bed, roughness=1.0, grain=0.0012, scale=500)),
            padded_rim(opening, 0.0028, stuff("piping", rubber, roughness=0.8)),
        ],
        "slipper",
    )


def pair(right: bpy.types.Object, last: Last, gap: float) -> bpy.types.Object:
    """The shoe and its mirror image beside it, toes along +x, their middle lines ``gap`` metres apart, centred."""
    left = copy(right)
    left.scale = (1, -1, 1)
    left.location = (0.006 - last.length / 2, gap / 2, 0)
    right.location = (-last.length / 2, -gap / 2, 0)
    left.rotation_euler = (0, 0, 0.07)
    right.rotation_euler = (0, 0, -0.05)
    both = bpy.data.objects.new("pair", None)
    bpy.context.collection.objects.link(both)
    left.parent = right.parent = both
    return both
