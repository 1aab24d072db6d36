"""The pictures of ``test_cases/``: what lies where, and how it was photographed.

``python -m training.renders.scenes [NAME …]`` (needs ``bpy``, see README.md here) writes them into their cases.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import bpy
import numpy as np
from PIL import Image, ImageDraw

from training.renders import floors, garments, studio
from training.renders.folds import Drape, Pull
from training.renders.footwear import pair, rubber_boot, slipper, sneaker
from training.renders.materials import cloth
from training.renders.outline import Pattern
from training.renders.paint import Canvas, Colour
from training.renders.sewing import flat_mesh, lay
from training.renders.shoes import Last
from training.renders.studio import Shot

CASES = Path(__file__).resolve().parents[2] / "test_cases"
SAMPLES, SCALE = 6, 0.6
Paint = Callable[[Canvas], None]

WHITE, NAVY, RED = (0.90, 0.90, 0.88), (0.07, 0.09, 0.20), (0.62, 0.05, 0.07)
JEANS, GREY, YELLOW = (0.20, 0.28, 0.40), (0.45, 0.46, 0.48), (0.88, 0.66, 0.10)
BLUE, BLACK = (0.08, 0.20, 0.52), (0.03, 0.03, 0.035)


def garment(pattern: Pattern, colour: Colour, paint: Paint | None = None, seed: int = 0) -> bpy.types.Object:
    """Sew, paint and lay one garment at the origin, its middle under the camera."""
    item = flat_mesh(pattern, "garment")
    pull = Pull((0.24, -0.24), (180, 250), 4, 0.25)
    lay(item, pattern, Drape(seed=seed, pulls=[pull, pull.mirrored()]))
    front, back = Canvas.over(pattern, colour, seed), Canvas.over(pattern, tuple(0.93 * c for c in colour), seed)
    front.shade(front.noise(0.05, 0.02))
    if paint:
        paint(front)
    item.data.materials.append(cloth("front", front))
    item.data.materials.append(cloth("back", back))
    smooth = item.modifiers.new("smooth", "SUBSURF")
    smooth.render_levels, smooth.use_limit_surface = 1, False  # the limit surface of loose triangles takes 20 s
    thick = item.modifiers.new("thick", "SOLIDIFY")
    thick.thickness, thick.offset = 0.0014, 0
    _, bottom, _, top = pattern.bounds
    item.location = (0, -(bottom + top) / 2, 0)
    return item


def tee(colour: Colour, paint: Paint | None = None, seed: int = 0, small: bool = False) -> bpy.types.Object:
    pattern = garments.tee(0.19, 0.50) if small else garments.tee()
    collar, hem = pattern.edges[0], pattern.edges[5]

    def sew(canvas: Canvas) -> None:
        if paint:
            paint(canvas)
        canvas.band(collar.front, 0.02, rib=0.0035)
        canvas.stitch(hem.front, 0.02, tuple(0.8 * c for c in colour))

    return garment(pattern, colour, sew, seed)


def jeans(colour: Colour, seed: int = 0) -> bpy.types.Object:
    pattern = garments.trousers()
    thread = (0.72, 0.50, 0.24)

    def sew(canvas: Canvas) -> None:
        canvas.denim()
        for side in (1, -1):
            canvas.fade((side * 0.13, -0.42), (0.06, 0.20), (0.50, 0.60, 0.74), 0.55)
            canvas.seam(np.array([[side * 0.09, -0.03], [side * 0.12, -0.10], [side * 0.22, -0.13]]))
            canvas.stitch(np.array([[side * 0.085, -0.03], [side * 0.115, -0.105], [side * 0.22, -0.137]]), 0.0, thread)
        canvas.band(pattern.edges[0].front, 0.038)
        canvas.seam(np.array([[0, -0.04], [0, -0.27]]))
        canvas.stitch(np.array([[0.03, -0.04], [0.03, -0.19], [0.0, -0.23]]), 0.0, thread)
        canvas.blend(np.hypot(canvas.x, canvas.y + 0.028) < 0.009, (0.72, 0.60, 0.40))

    return garment(pattern, colour, sew, seed)


def dress(colour: Colour, seed: int = 0) -> bpy.types.Object:
    pattern = garments.dress()

    def sew(canvas: Canvas) -> None:
        canvas.band(np.array([[-0.19, -0.385], [0, -0.40], [0.19, -0.385]]), 0.018, tuple(0.75 * c for c in colour))
        canvas.shade(0.10 * np.sin(2 * np.pi * canvas.x / 0.055) * np.clip((-canvas.y - 0.42) / 0.3, 0, 1))

    return garment(pattern, colour, sew, seed)


def hoodie(colour: Colour, seed: int = 0) -> bpy.types.Object:
    pattern = garments.hoodie()

    def sew(canvas: Canvas) -> None:
        canvas.patch([(-0.12, -0.42), (0.12, -0.42), (0.17, -0.58), (-0.17, -0.58)], tuple(0.8 * c for c in colour))
        canvas.band(pattern.edges[5].front, 0.05, rib=0.006)

    return garment(pattern, colour, sew, seed)


def longsleeve(colour: Colour, stripe: Colour, seed: int = 0) -> bpy.types.Object:
    pattern = garments.longsleeve()

    def sew(canvas: Canvas) -> None:
        canvas.stripes(0.052, stripe, 0.45)
        canvas.band(pattern.edges[0].front, 0.018, rib=0.0035)

    return garment(pattern, colour, sew, seed)


def skirt(colour: Colour, seed: int = 0) -> bpy.types.Object:
    pattern = garments.skirt()

    def sew(canvas: Canvas) -> None:
        canvas.check(0.075, ((0.10, 0.10, 0.13), (0.85, 0.82, 0.75)))
        canvas.band(pattern.edges[0].front, 0.032, tuple(0.5 * c for c in colour))

    return garment(pattern, colour, sew, seed)


def star(colour: tuple[int, int, int]) -> Image.Image:
    """A print: a five-pointed star in a ring."""
    picture = Image.new("RGBA", (400, 400))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((15, 15, 385, 385), outline=(*colour, 255), width=22)
    turns = np.pi * np.arange(10) / 5
    radius = np.where(np.arange(10) % 2, 65, 150)
    draw.polygon(
        [(200 + r * np.sin(t), 200 - r * np.cos(t)) for t, r in zip(turns, radius, strict=True)], (*colour, 255)
    )
    return picture


def put(item: bpy.types.Object, x: float, y: float, degrees: float = 0.0) -> None:
    """Move and turn about the vertical."""
    item.location = (item.location[0] + x, item.location[1] + y, item.location[2])
    item.rotation_euler = (0, 0, item.rotation_euler[2] + np.radians(degrees))


def sneakers(colour: Colour, length: float = 0.27, stripe: Colour | None = None) -> bpy.types.Object:
    last = Last(length)
    return pair(sneaker(last, colour, (0.9, 0.9, 0.87), (0.85, 0.84, 0.8), stripe), last, 0.44 * length)


def boots() -> bpy.types.Object:
    last = Last(0.19, 0.02)
    return pair(rubber_boot(last, YELLOW, (0.25, 0.22, 0.2), (0.8, 0.78, 0.7)), last, 0.095)


def slippers(at: Sequence[tuple[float, float]]) -> None:
    last = Last(0.26, 0.018)
    for x, y in at:
        shoe = slipper(last, (0.40, 0.42, 0.46), (0.12, 0.12, 0.13), (0.7, 0.68, 0.63))
        put(pair(shoe, last, 0.11), x, y, 90)


LANDSCAPE = (1200, 900)


def above(height: float, tilt: float = -0.2, roll: float = 2.0, **more: object) -> Shot:
    """A phone held over the thing."""
    return Shot(eye=(0.03, tilt, height), roll=roll, **more)


def beside(distance: float, height: float, aim: float = 0.04, **more: object) -> Shot:
    """A phone held low: shoes are seen from the side; ``aim`` is how high above the floor it looks."""
    return Shot(eye=(0.06, -distance, height), target=(0.0, 0.0, aim), **more)


def printed_tee() -> Shot:
    tee(WHITE, lambda c: c.picture((0, -0.28), 0.22, star((30, 60, 130))), seed=3)
    floors.laminate()
    return above(0.90, roll=-4)


def red_dress_front() -> Shot:
    dress(RED, seed=1)
    floors.laminate((0.72, 0.60, 0.45))
    return above(1.02)


def red_dress_top() -> Shot:
    dress(RED, seed=1)
    floors.laminate((0.72, 0.60, 0.45))
    return Shot(eye=(0.05, 0.05, 0.62), target=(0, 0.24, 0), roll=5, seed=1)


def red_dress_aside() -> Shot:
    put(dress(RED, seed=2), 0, 0, 14)
    floors.bedspread((0.80, 0.77, 0.70), quilt=True)
    return above(1.08, tilt=-0.4, roll=-3, seed=2)


def blue_sneakers() -> Shot:
    put(sneakers(BLUE, 0.20, RED), 0, 0, 84)
    floors.laminate((0.72, 0.60, 0.45))
    return above(0.42, tilt=-0.12, seed=3)


def blue_jeans() -> Shot:
    jeans(JEANS, seed=4)
    floors.laminate()
    return above(1.0)


def striped_longsleeve() -> Shot:
    longsleeve(WHITE, NAVY, seed=5)
    floors.bedspread((0.55, 0.50, 0.46))
    return above(0.95, size=LANDSCAPE)


def black_sneakers() -> Shot:
    put(sneakers(BLACK), 0, 0, -55)
    floors.laminate((0.60, 0.46, 0.32))
    return beside(0.38, 0.38, size=LANDSCAPE)


def two_tees() -> Shot:
    put(tee(NAVY, seed=6, small=True), -0.345, 0, 4)
    put(tee(YELLOW, seed=7, small=True), 0.345, 0.03, -5)
    floors.laminate((0.72, 0.60, 0.45))
    return above(1.18, size=LANDSCAPE)


def many_slippers() -> Shot:
    slippers([(x, y) for y in (-0.17, 0.17) for x in (-0.27, 0.0, 0.27)])
    floors.laminate()
    return above(0.84, tilt=-0.3, size=LANDSCAPE)


def few_slippers() -> Shot:
    slippers([(-0.27, 0), (0.0, 0.02), (0.27, -0.01)])
    floors.laminate()
    return above(0.66, tilt=-0.4, size=LANDSCAPE, seed=4)


def grey_hoodie() -> Shot:
    put(hoodie(GREY, seed=11), 0.04, -0.05)
    floors.bedspread((0.75, 0.70, 0.62))
    return above(1.15)


def yellow_boots() -> Shot:
    put(boots(), 0.025, 0, -12)
    floors.laminate((0.60, 0.46, 0.32))
    return beside(0.42, 0.19, 0.085, size=LANDSCAPE, seed=3)


def navy_tee() -> Shot:
    tee(NAVY, seed=13)
    floors.carpet((0.70, 0.60, 0.45), (0.52, 0.36, 0.26), (0.80, 0.74, 0.62))
    return above(0.95, roll=4)


def checked_skirt() -> Shot:
    skirt((0.55, 0.10, 0.12), seed=14)
    floors.laminate((0.66, 0.50, 0.34))
    return above(0.64, size=LANDSCAPE)


def checked_skirt_turned() -> Shot:
    put(skirt((0.55, 0.10, 0.12), seed=14), 0, 0, 24)
    floors.laminate((0.66, 0.50, 0.34))
    return above(0.72, roll=-6, seed=5)


PICTURES: dict[str, Callable[[], Shot]] = {
    "1.1_one_photo/tee.jpg": printed_tee,
    "1.2_several_photos/dress_1.jpg": red_dress_front,
    "1.2_several_photos/dress_2.jpg": red_dress_top,
    "1.2_several_photos/dress_3.jpg": red_dress_aside,
    "2.1_many_numbers/sneakers.jpg": blue_sneakers,
    "3.1_different_items/jeans.jpg": blue_jeans,
    "3.1_different_items/longsleeve.jpg": striped_longsleeve,
    "3.1_different_items/sneakers.jpg": black_sneakers,
    "3.2_one_kind/tees_1.jpg": two_tees,
    "3.3_identical/slippers_1.jpg": many_slippers,
    "3.3_identical/slippers_2.jpg": few_slippers,
    "4_foreign_photo/boots.jpg": yellow_boots,
    "5_foreign_text/hoodie.jpg": grey_hoodie,
    "7_one_photo_only/tee.jpg": navy_tee,
    "8_photos_only/skirt_1.jpg": checked_skirt,
    "8_photos_only/skirt_2.jpg": checked_skirt_turned,
}


def main(names: Sequence[str]) -> None:
    for name in names or PICTURES:
        studio.clear()
        shot = PICTURES[name]()
        (CASES / name).parent.mkdir(parents=True, exist_ok=True)
        studio.shoot(shot, CASES / name, samples=SAMPLES, scale=SCALE)
        print(f"wrote {name}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
