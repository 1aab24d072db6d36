"""Photo files built to hurt, and the largest honest ones: what reading them costs in a fresh process."""

import json
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.photo_files import LIMITS
from tests.models import photo_bytes as make


def bombs() -> dict[str, tuple[bytes, str | None]]:
    """Hostile files by name with the rule that stops them; None: harmless once what is not the picture is left out."""
    rows = (b"\0" + bytes(240)) * 60
    zipped = b"name\0\0" + make.inflated(2**29)
    header = struct.pack(">IIBBBBB", 65_000, 65_000, 8, 6, 0, 0, 0)
    huge = make.PNG_SIGNATURE + make.chunk(b"IHDR", header) + make.chunk(b"IDAT", make.inflated(2**26))
    entries = b"".join(struct.pack("<HHII", tag, 7, 60_000, 8) for tag in range(5_000))
    forged = b"II*\0" + struct.pack("<IH", 8, 5_000) + entries
    gif = make.encoded(make.picture(), "GIF")
    jpeg = make.encoded(make.picture(), "JPEG")
    exif_block = b"\xff\xe1" + struct.pack(">H", 65_000) + (b"Exif\0\0" + forged).ljust(64_998, b"\0")
    return {
        "pixels.png": (huge + make.chunk(b"IEND", b""), "too_many_pixels"),
        "pixels.gif": (b"GIF89a\xff\xff\xff\xff" + gif[10:], "too_many_pixels"),
        "profile.png": (make.png(80, 60, rows, extra=make.chunk(b"iCCP", zipped)), None),
        "texts.png": (make.png(80, 60, rows, extra=make.chunk(b"zTXt", zipped) * 15), None),
        "exif.png": (make.png(80, 60, rows, extra=make.chunk(b"eXIf", forged)), None),
        "more-rows.png": (make.png(80, 60, rows + bytes(2**27)), None),
        "chunks.png": (make.png(80, 60, rows, extra=make.chunk(b"tEXt", b"") * 2**20), "too_complex"),
        "comment.gif": (gif[:-1] + make.gif_comment(24 * 2**20) + b";", None),
        "blocks.gif": (gif[:-1] + b"!\xfe" + b"\x01x" * 2**22 + b"\0" + b";", "too_complex"),
        "frames.gif": (gif[:-1] + gif_images(gif) * 3_000 + b";", "too_long_animation"),
        "scans.jpg": (make.jpeg_of_scans(3_000), "too_complex"),
        "exif.jpg": (jpeg[:2] + exif_block * 380 + jpeg[2:], None),
        "stuffing.jpg": (jpeg[:-2] + b"\xff\x00" * 2**23 + b"\xff\xd9", "damaged"),
        "fill.jpg": (jpeg[:-2] + b"\xff" * 2**24, "damaged"),
    }


def gif_images(gif: bytes) -> bytes:
    """The image block of a GIF without extensions, with the colour table it starts after."""
    return gif[gif.rindex(b",\0\0\0\0") : -1]


CHILD = """
import json, re, sys, time
from pathlib import Path
from models.photo_files import PhotoError, read_photo
found = {}
for path in map(Path, sys.argv[1:]):
    begun = time.process_time()
    try:
        read_photo(path)
        rule = None
    except PhotoError as error:
        rule = error.rule
    # Not ru_maxrss: a child starts with its parent's.
    peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024
    found[path.name] = rule, round(time.process_time() - begun, 2), peak
print(json.dumps(found))
"""


def measured(paths: list[Path]) -> dict[str, tuple[str | None, float, int]]:
    """Read files one after the other in a fresh process: rule, CPU seconds, peak MB so far of each."""
    run = subprocess.run(
        [sys.executable, "-c", CHILD, *map(str, paths)], capture_output=True, text=True, check=True, timeout=900
    )
    return json.loads(run.stdout)


def test_bombs_cost_little(tmp_path):
    made = bombs()
    assert all(len(data) <= LIMITS.file_bytes for data, _ in made.values()), "none is stopped by its size alone"
    for name, (data, _) in made.items():
        (tmp_path / name).write_bytes(data)
    found = measured([tmp_path / name for name in made])
    assert {name: rule for name, (rule, _, _) in found.items()} == {name: rule for name, (_, rule) in made.items()}
    assert max(seconds for _, seconds, _ in found.values()) < 5
    assert max(peak for _, _, peak in found.values()) < 300, found


@pytest.mark.long
def test_largest_legal_photos_fit_in_memory(tmp_path):
    """60 megapixels in every costly kind: each under 1 GB, none for more than 20 s of CPU."""
    ramp = Image.linear_gradient("L").resize((7745, 7745))
    transparent = ramp.convert("P")
    transparent.putpalette(bytes(range(256)) * 3)
    kinds = {
        "plain.jpg": (Image.merge("RGB", [ramp] * 3), {}),
        "progressive.jpg": (Image.merge("RGB", [ramp] * 3), {"progressive": True, "subsampling": 0}),
        "cmyk.jpg": (Image.merge("CMYK", [ramp] * 4), {"progressive": True}),
        "rgba.png": (Image.merge("RGBA", [ramp] * 4), {"compress_level": 1}),
        "la.png": (Image.merge("LA", [ramp] * 2), {"compress_level": 1}),
        "palette.png": (transparent, {"compress_level": 1, "transparency": bytes(range(256))}),
        "deep.png": (Image.fromarray(np.asarray(ramp).astype(np.uint16) * 257), {"compress_level": 1}),
        "tall.png": (Image.new("RGBA", (915, 65_535), (9, 9, 9, 9)), {"compress_level": 1}),
        "animation.gif": (
            ramp.convert("P"),
            {"save_all": True, "append_images": [ramp.transpose(1).convert("P")], "disposal": 3, "transparency": 3},
        ),
    }
    paths = []
    for name, (image, options) in kinds.items():
        image.save(tmp_path / name, **options)
        paths.append(tmp_path / name)
    found = measured(paths)
    print(found)
    assert {rule for rule, _, _ in found.values()} == {None}
    assert max(seconds for _, seconds, _ in found.values()) < 20
    assert max(peak for _, _, peak in found.values()) < 1000, found
