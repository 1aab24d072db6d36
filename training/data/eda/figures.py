"""Charts and rows of photos."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from PIL import Image

from training.data.eda.blocks import Figure, Pictures

BLUE, ORANGE, GREEN = COLOURS = ("#3b6fb6", "#d9822b", "#4f9d69")
_THUMB = 112
_A_ROW = 8


def bars(name: str, counts: Mapping[object, float], xlabel: str, caption: str = "", mark: object = None) -> Figure:
    """A bar a key, in the order given; ``mark`` is drawn in another colour."""
    axes, keys = _axes(), list(counts)
    colours = [ORANGE if key == mark else BLUE for key in keys]
    axes.bar([str(key) for key in keys], list(counts.values()), color=colours)
    axes.set_xlabel(xlabel)
    axes.set_ylabel("ads")
    if len(keys) > 12:
        axes.tick_params(axis="x", rotation=60)
    return _figure(name, axes, caption)


def lying_bars(name: str, counts: Mapping[str, float], xlabel: str, caption: str = "") -> Figure:
    """Bars to the right, the first one on top: for names that need room."""
    axes = _axes(height=max(1.5, 0.28 * len(counts) + 0.6))
    axes.barh(list(counts)[::-1], list(counts.values())[::-1], color=BLUE)
    axes.set_xlabel(xlabel)
    return _figure(name, axes, caption)


def histogram(
    name: str, groups: Mapping[str, Mapping[float, int]], xlabel: str, ylabel: str, bins: int = 40, caption: str = ""
) -> Figure:
    """Shares of each group by value; values come counted, so nothing is held one by one."""
    axes = _axes()
    known = [value for counts in groups.values() for value in counts]
    limits = (min(known), max(known)) if known else (0, 1)
    for colour, (label, counts) in zip(COLOURS * len(groups), groups.items(), strict=False):
        if counts:
            weights = [n / sum(counts.values()) for n in counts.values()]
            options = {"bins": bins, "range": limits, "weights": weights, "color": colour, "label": label}
            axes.hist(list(counts), histtype="stepfilled", alpha=0.25, **options)
            axes.hist(list(counts), histtype="step", **{**options, "label": None})
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    if len(groups) > 1:
        axes.legend(frameon=False)
    return _figure(name, axes, caption)


def photo_row(name: str, images: Sequence[Image.Image], caption: str) -> Pictures:
    """Thumbnails side by side, each whole on a grey square."""
    columns = min(len(images), _A_ROW) or 1
    rows = -(-len(images) // columns) or 1
    sheet = Image.new("RGB", (columns * (_THUMB + 4), rows * (_THUMB + 4)), "white")
    for k, image in enumerate(images):
        small = image.convert("RGB")
        small.thumbnail((_THUMB, _THUMB))
        square = Image.new("RGB", (_THUMB, _THUMB), "#eeeeee")
        square.paste(small, ((_THUMB - small.width) // 2, (_THUMB - small.height) // 2))
        sheet.paste(square, (k % columns * (_THUMB + 4), k // columns * (_THUMB + 4)))
    data = io.BytesIO()
    sheet.save(data, "JPEG", quality=80)
    return Pictures(name, data.getvalue(), caption)


def _axes(height: float = 2.6) -> object:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(7.2, height), layout="constrained")
    FigureCanvasAgg(drawing)
    axes = drawing.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="both", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)
    return axes


def _figure(name: str, axes: object, caption: str) -> Figure:
    import matplotlib

    svg, png = io.StringIO(), io.BytesIO()
    # Fixed ids and no date: the same data set gives the same report.
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        axes.figure.savefig(svg, format="svg", metadata={"Date": None})
    axes.figure.savefig(png, format="png", dpi=90, metadata={"Software": None})
    return Figure(name, svg.getvalue()[svg.getvalue().index("<svg") :], png.getvalue(), caption)
