"""Textures painted on a flat pattern: cloth colour, prints, stripes, ribs and stitches, with a height map for bumps."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from training.renders.outline import Pattern, distance, resample

Colour = tuple[float, float, float]  # sRGB, 0 to 1
PIXELS_PER_METRE = 1200
REACH = 0.06  # metres: nothing sewn is wider, so distances further away are not worked out


class Canvas:
    """One panel's colour and height, addressed in the pattern's metres.

    Attributes:
        colour: (H, W, 3) sRGB, row 0 at the top.
        height: (H, W) millimetres above the cloth.
    """

    def __init__(self, bounds: tuple[float, float, float, float], base: Colour, seed: int = 0) -> None:
        self.left, self.bottom, right, self.top = bounds
        self.size = (
            max(8, int((right - self.left) * PIXELS_PER_METRE)),
            max(8, int((self.top - self.bottom) * PIXELS_PER_METRE)),
        )
        width, height = self.size
        self.rng = np.random.default_rng(seed)
        x = self.left + (np.arange(width) + 0.5) / PIXELS_PER_METRE
        y = self.top - (np.arange(height) + 0.5) / PIXELS_PER_METRE
        self.x, self.y = np.meshgrid(x, y)
        self.colour = np.ones((height, width, 3)) * np.array(base)
        self.height = np.zeros((height, width))

    @classmethod
    def over(cls, pattern: Pattern, base: Colour, seed: int = 0) -> Canvas:
        return cls(pattern.bounds, base, seed)

    def blend(self, mask: np.ndarray, colour: Colour, opacity: float = 1.0) -> None:
        """Paint where the (H, W) mask (0 to 1) says."""
        weight = (np.clip(mask, 0, 1) * opacity)[..., None]
        self.colour = self.colour * (1 - weight) + np.array(colour) * weight

    def noise(self, length: float, amount: float, stretch: float = 1.0) -> np.ndarray:
        """Smooth noise (H, W) around zero, ``length`` metres large, ``stretch`` times longer along y."""
        width, height = self.size
        small = self.rng.normal(
            0,
            1,
            (
                max(2, int(height / (length * stretch * PIXELS_PER_METRE))),
                max(2, int(width / (length * PIXELS_PER_METRE))),
            ),
        )
        return amount * np.asarray(
            Image.fromarray(small.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC)
        )

    def shade(self, values: np.ndarray) -> None:
        """Lighten (positive) or darken (negative) by an (H, W) fraction."""
        self.colour = np.clip(self.colour * (1 + values[..., None]), 0, 1)

    def along(self, line: np.ndarray, reach: float = REACH) -> tuple[np.ndarray, np.ndarray]:
        """Distance from a polyline (infinite beyond ``reach``) and place along it, both (H, W) in metres."""
        (x0, y0), (x1, y1) = line.min(axis=0) - reach, line.max(axis=0) + reach
        columns = slice(*np.searchsorted(self.x[0], (x0, x1)))
        rows = slice(*np.searchsorted(-self.y[:, 0], (-y1, -y0)))
        x, y = self.x[rows, columns], self.y[rows, columns]
        d, place = np.full(self.x.shape, np.inf), np.zeros(self.x.shape)
        near, where = distance(np.column_stack([x.ravel(), y.ravel()]), resample(line, 0.02))
        d[rows, columns], place[rows, columns] = near.reshape(x.shape), where.reshape(x.shape)
        return d, place

    def band(self, line: np.ndarray, width: float, colour: Colour | None = None, rib: float = 0.0) -> None:
        """A sewn-on band along an edge (collar, cuff, waistband), ribbed across every ``rib`` metres."""
        d, place = self.along(line)
        within = d < width
        if colour is not None:
            self.blend(within.astype(float), colour)
        self.height[within] += 0.7
        if rib:
            self.height[within] += 0.45 * np.sin(2 * np.pi * place[within] / rib)
            self.shade(np.where(within, 0.07 * np.sin(2 * np.pi * place / rib) - 0.03, 0))
        self._groove(np.abs(d - width), 0.0012)

    def seam(self, line: np.ndarray) -> None:
        """A plain seam: a thin groove."""
        self._groove(self.along(line)[0], 0.0012)

    def _groove(self, d: np.ndarray, width: float) -> None:
        dip = np.exp(-((d / width) ** 2))
        self.height -= 0.9 * dip
        self.shade(-0.28 * dip)

    def stitch(self, line: np.ndarray, offset: float, colour: Colour, length: float = 0.004) -> None:
        """A dashed thread line at a distance from an edge, with the pucker it makes."""
        d, place = self.along(line)
        near = np.abs(d - offset)
        thread = np.clip(1.6 - near / 0.0006, 0, 1) * (np.mod(place, length) < length * 0.72)
        self.blend(thread, colour, 0.9)
        self.height += -0.6 * np.exp(-((near / 0.0025) ** 2)) + 0.5 * thread
        self.height += 0.35 * np.exp(-((near / 0.007) ** 2)) * np.sin(2 * np.pi * place / 0.017)

    def stripes(self, period: float, colour: Colour, share: float = 0.5, start: float = 0.0) -> None:
        """Horizontal stripes."""
        phase = np.mod(self.y + start, period) / period
        edge = 0.0008 / period
        self.blend(np.clip((share - np.abs(phase - 0.5) * 2) / (2 * edge) * 0.5 + 0.5, 0, 1), colour)

    def check(self, period: float, colours: tuple[Colour, Colour]) -> None:
        """Tartan: broad bands both ways with thin lines over them."""
        broad, thin = colours
        for axis in (self.x, self.y):
            phase = np.mod(axis, period) / period
            self.blend((np.abs(phase - 0.5) < 0.22).astype(float), broad, 0.5)
            self.blend((np.abs(phase - 0.02) < 0.02).astype(float), thin, 0.75)

    def denim(self, wear: float = 0.25) -> None:
        """Twill with slub, and fading by smooth noise."""
        slub = self.noise(0.0012, 0.05, stretch=14) + self.noise(0.004, 0.02, stretch=3)
        twill = 0.05 * np.sin(2 * np.pi * (self.x + self.y) / 0.0026)
        self.shade(slub + twill + self.noise(0.06, 0.03))
        self.height += 0.12 * np.sin(2 * np.pi * (self.x + self.y) / 0.0026)
        if wear:
            self.shade(self.noise(0.12, wear * 0.25, stretch=2))

    def fade(self, centre: tuple[float, float], size: tuple[float, float], colour: Colour, opacity: float) -> None:
        """A soft worn patch."""
        d = ((self.x - centre[0]) / size[0]) ** 2 + ((self.y - centre[1]) / size[1]) ** 2
        self.blend(np.exp(-d * 1.5) * (1 + self.noise(0.02, 0.25)), colour, opacity)

    def picture(self, centre: tuple[float, float], height: float, image: Image.Image) -> None:
        """A print: an RGBA picture of the given height in metres, slightly cracked, laid on the cloth."""
        tall = int(height * PIXELS_PER_METRE)
        scaled = image.resize((max(1, tall * image.width // image.height), tall), Image.Resampling.LANCZOS)
        layer = Image.new("RGBA", self.size)
        x = int((centre[0] - self.left) * PIXELS_PER_METRE) - scaled.width // 2
        y = int((self.top - centre[1]) * PIXELS_PER_METRE) - scaled.height // 2
        layer.paste(scaled, (x, y))
        data = np.asarray(layer, dtype=float) / 255
        weight = data[..., 3:] * (0.94 + 0.05 * np.sign(self.noise(0.0016, 1.0)))[..., None]
        self.colour = self.colour * (1 - weight) + data[..., :3] * weight

    def patch(self, corners: list[tuple[float, float]], thread: Colour, colour: Colour | None = None) -> None:
        """A pocket sewn on: raised, outlined by a groove and a stitch line."""
        mask = Image.new("L", self.size)
        pixels = [((x - self.left) * PIXELS_PER_METRE, (self.top - y) * PIXELS_PER_METRE) for x, y in corners]
        ImageDraw.Draw(mask).polygon(pixels, fill=255)
        area = np.asarray(mask.filter(ImageFilter.GaussianBlur(1.5)), dtype=float) / 255
        if colour is not None:
            self.blend(area, colour)
        self.height += 1.2 * area
        line = np.array([*corners, corners[0]])
        self.seam(line)
        inner = np.array(corners).mean(axis=0) + (line - np.array(corners).mean(axis=0)) * 0.93
        self.stitch(inner, 0.0, thread)
