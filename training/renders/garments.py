"""Patterns of garments, about life size. All are drawn as they lie: neck or waist up, right half first."""

from __future__ import annotations

import numpy as np

from training.renders.outline import Edge, Pattern, curve, neck, symmetric


def _open(points: list[tuple[float, float]]) -> Edge:
    return Edge(curve(points), joined=False)


def _hem(half_width: float, y: float, sag: float = 0.012) -> Edge:
    return _open([(half_width, y), (0, y - sag), (-half_width, y)])


def tee(width: float = 0.25, length: float = 0.68) -> Pattern:
    """A short-sleeved T-shirt; ``width`` is half the chest."""
    w = width
    right = [
        Edge(curve([(0.085, 0), (w - 0.02, -0.045), (w + 0.07, -0.10), (w + 0.145, -0.175)])),
        _open([(w + 0.145, -0.175), (w + 0.075, -0.285)]),
        Edge(curve([(w + 0.075, -0.285), (w + 0.005, -0.235)])),
        Edge(curve([(w + 0.005, -0.235), (w - 0.003, -0.45), (w + 0.006, -length)])),
    ]
    top = neck(0.085, 0.0, 0.09, 0.02, power=2.2)
    return Pattern(symmetric(top, right, [_hem(w + 0.006, -length)]))


def longsleeve(width: float = 0.24, length: float = 0.66) -> Pattern:
    """Long sleeves spread a little away from the body."""
    w = width
    right = [
        Edge(curve([(0.09, 0), (w - 0.02, -0.05), (w + 0.09, -0.165), (w + 0.29, -0.56)])),
        _open([(w + 0.29, -0.56), (w + 0.205, -0.605)]),
        Edge(curve([(w + 0.205, -0.605), (w + 0.06, -0.34), (w, -0.235)])),
        Edge(curve([(w, -0.235), (w - 0.008, -0.45), (w, -length)])),
    ]
    return Pattern(symmetric(neck(0.09, 0.0, 0.08, 0.02, 2.4), right, [_hem(w, -length)]))


def hoodie(width: float = 0.27, length: float = 0.64) -> Pattern:
    """Hood laid up behind the neck, its opening towards the viewer."""
    w = width
    hood = Edge(curve([(-0.13, -0.005), (-0.155, 0.10), (-0.135, 0.21), (-0.06, 0.275), (0, 0.285), (0.06, 0.275),
                       (0.135, 0.21), (0.155, 0.10), (0.13, -0.005)]))  # fmt: skip
    right = [
        Edge(curve([(0.13, -0.005), (w - 0.01, -0.055), (w + 0.10, -0.18), (w + 0.25, -0.50)])),
        _open([(w + 0.25, -0.50), (w + 0.155, -0.555)]),
        Edge(curve([(w + 0.155, -0.555), (w + 0.06, -0.36), (w, -0.25)])),
        Edge(curve([(w, -0.25), (w + 0.005, -0.45), (w - 0.02, -length)])),
    ]
    return Pattern(symmetric(hood, right, [_hem(w - 0.02, -length)]), holes=[hood_opening()])


def hood_opening() -> np.ndarray:
    """The face opening of the hood: an egg, pointed at the throat."""
    t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return np.column_stack([0.088 * np.sin(t) * (1 + 0.18 * np.cos(t)), 0.085 + 0.135 * np.cos(t)])


def dress(bust: float = 0.215, length: float = 0.95, flare: float = 0.40) -> Pattern:
    """Sleeveless, waisted, with a flared skirt."""
    right = [
        Edge(curve([(0.085, 0), (0.145, -0.02)])),
        _open([(0.145, -0.02), (0.135, -0.11), (0.155, -0.18), (bust, -0.225)]),
        Edge(curve([(bust, -0.225), (0.185, -0.33), (0.175, -0.40)])),
        Edge(curve([(0.175, -0.40), (0.225, -0.50), (flare - 0.05, -0.80), (flare, -length)])),
    ]
    return Pattern(symmetric(neck(0.085, 0, 0.14, 0.05, 2.2), right, [_hem(flare, -length, 0.06)]))


def trousers(waist: float = 0.205, length: float = 1.0, leg: float = 0.105, inseam: float = 0.28) -> Pattern:
    """Jeans, or shorts when ``length`` is short; the legs stand a little apart."""
    w = waist
    hip, out = w + 0.04, 0.045 + 0.02 * length
    crotch = Edge(curve([(0.0, -inseam), (0.0, -inseam - 0.003)]))
    top = Edge(curve([(-w, 0), (0, -0.022), (w, 0)]), curve([(-w, 0), (0, 0.012), (w, 0)]), joined=False)
    cuff_out = (leg * 2 + out - 0.01, -length)
    cuff_in = (out - 0.01, -length - 0.004)
    right = [
        Edge(curve([(w, 0), (hip, -0.19), (0.5 * (hip + cuff_out[0]) + 0.01, -0.5 * (0.19 + length)), cuff_out])),
        _open([cuff_out, cuff_in]),
        Edge(curve([cuff_in, (0.6 * cuff_in[0] + 0.005, -0.5 * (inseam + length)), (0.008, -inseam)])),
    ]
    crotch = Edge(curve([(0.008, -inseam), (0, -inseam + 0.006), (-0.008, -inseam)]))
    return Pattern(symmetric(top, right, [crotch]))


def skirt(waist: float = 0.175, hem: float = 0.30, length: float = 0.42) -> Pattern:
    """A-line."""
    top = Edge(curve([(-waist, 0), (0, -0.02), (waist, 0)]), curve([(-waist, 0), (0, 0.012), (waist, 0)]), joined=False)
    right = [Edge(curve([(waist, 0), (0.5 * (waist + hem) + 0.012, -0.4 * length), (hem, -length)]))]
    return Pattern(symmetric(top, right, [_hem(hem, -length, 0.035)]))
