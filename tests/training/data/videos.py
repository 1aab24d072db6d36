"""Tiny videos, written with PyAV."""

import csv
from pathlib import Path

import av
import numpy as np

RED, GREEN, BLUE, YELLOW, CYAN, PINK, WHITE, BROWN = COLOURS = (
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 0),
    (0, 255, 255),
    (255, 0, 255),
    (230, 230, 230),
    (90, 60, 30),
)
BLACK = (0, 0, 0)


def write_video(path, colours=COLOURS, seconds=1.0, fps=10, size=(64, 48), rotation=0, corner=None, noise=None):
    """Show each colour for ``seconds``; ``corner`` is the colour of the top left tenth, ``noise`` a generator."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", options={"movflags": "faststart"} if path.suffix == ".mp4" else {}) as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for colour in colours:
            pixels = np.full((size[1], size[0], 3), colour, np.uint8)
            if corner:
                pixels[: size[1] // 3, : size[0] // 3] = corner
            for _ in range(int(seconds * fps)):
                if noise is not None:
                    pixels = noise.integers(0, 255, pixels.shape, dtype=np.uint8)
                out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode())
    return path


def write_webvid(folder: Path, count: int, colours=COLOURS, **options) -> Path:
    """``folder/list.csv`` and ``folder/videos``; every video shows the colours in another order."""
    for k in range(count):
        turned = colours[k % len(colours) :] + colours[: k % len(colours)]
        write_video(folder / "videos" / f"{1000 + k}.mp4", turned, **options)
    with (folder / "list.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["videoid", "contentUrl", "duration", "page_dir", "name"])
        for k in range(count):
            rows.writerow([1000 + k, f"videos/{k}.mp4", "PT00H00M08S", "000001_000050", f"Coats, and more coats {k}"])
    return folder / "list.csv"
