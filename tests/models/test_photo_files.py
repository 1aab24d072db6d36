"""Files become photos: every honest kind is shown as a viewer would show it."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from models.photo_files import LIMITS, read_photo
from tests.models import photo_bytes as make


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    assert image.mode == "RGB"
    return image.getpixel((x, y))


# --- honest files ---


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 2}])
def test_jpeg_equals_pillow(saved, options):
    path = saved(make.encoded(make.picture(), "JPEG", **options), "not-a-jpeg.png")
    with Image.open(path) as file:
        expected = np.asarray(file.convert("RGB"))
    photo = read_photo(path)
    assert photo.name == "not-a-jpeg.png"
    assert np.array_equal(np.asarray(photo.image), expected)


def test_grey_and_cmyk_jpeg(saved):
    grey = read_photo(saved(make.encoded(make.picture().convert("L"), "JPEG")))
    assert abs(pixel(grey.image, 79, 59)[0] - 240) < 5
    cmyk = read_photo(saved(make.encoded(make.picture().convert("CMYK"), "JPEG", quality=95)))
    difference = np.asarray(cmyk.image).astype(int) - np.asarray(make.picture())
    assert np.abs(difference).mean() < 4, "not inverted, not washed out"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_exif_orientation(saved, orientation, order, format):
    block = b"Exif\0\0" + make.exif(orientation, order)
    path = saved(make.encoded(make.picture(), format, exif=block))
    with Image.open(path) as file:
        expected = np.asarray(ImageOps.exif_transpose(file))
    assert np.array_equal(np.asarray(read_photo(path).image), expected)


@pytest.mark.parametrize("block", [b"II*\0\xff\xff\xff\xff", b"nonsense", make.exif(9), make.exif(6)[:12], b""])
def test_damaged_exif_changes_nothing(saved, block):
    path = saved(make.encoded(make.picture(), "JPEG", exif=b"Exif\0\0" + block))
    assert read_photo(path).image.size == (80, 60)


@pytest.mark.parametrize("depth", [0, 0x3FFF, 0x8000, 0xFFFF])
def test_sixteen_bits_are_scaled(saved, depth):
    grey = Image.fromarray(np.full((6, 8), depth, dtype=np.uint16))
    assert pixel(read_photo(saved(make.encoded(grey, "PNG"))).image, 3, 3) == (depth >> 8,) * 3
    row = b"\0" + struct.pack(">3H", depth, 0, 0xFFFF) * 8
    color = read_photo(saved(make.png(8, 6, row * 6, depth=16)))
    assert pixel(color.image, 3, 3) == (depth >> 8, 0, 255)


def test_transparent_grey_of_sixteen_bits_is_white(saved):
    rows = (b"\0" + struct.pack(">2H", 300, 5000)) * 2
    photo = read_photo(saved(make.png(2, 2, rows, depth=16, color=0, extra=make.chunk(b"tRNS", b"\x01\x2c"))))
    assert pixel(photo.image, 0, 0) == (255, 255, 255)
    assert pixel(photo.image, 1, 0) == (19, 19, 19)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA"])
@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_modes(saved, mode, format):
    image = Image.new("RGB", (40, 30), "black")
    image.paste("white", (20, 0, 40, 30))
    photo = read_photo(saved(make.encoded(image.convert(mode), format)))
    assert pixel(photo.image, 5, 5) == (0, 0, 0)
    assert pixel(photo.image, 35, 5) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["LA", "RGBA", "P"])
def test_alpha_lies_on_white(saved, mode):
    image = Image.new("RGBA", (40, 30), (255, 0, 0, 0))
    image.paste((0, 0, 0, 255), (20, 0, 40, 30))
    photo = read_photo(saved(make.encoded(image.convert(mode), "PNG")))
    assert pixel(photo.image, 5, 5) == (255, 255, 255)
    assert pixel(photo.image, 35, 5) == (0, 0, 0)


def test_half_transparent_and_shrunk(saved):
    photo = read_photo(saved(make.encoded(Image.new("RGBA", (3000, 1000), (0, 0, 0, 128)), "PNG")))
    assert photo.image.size == (1536, 512)
    assert pixel(photo.image, 700, 200) == (127, 127, 127)


def test_transparent_colour_of_a_true_colour_png(saved):
    rows = (b"\0" + bytes([9, 9, 9, 200, 0, 0])) * 2
    photo = read_photo(saved(make.png(2, 2, rows, extra=make.chunk(b"tRNS", struct.pack(">3H", 9, 9, 9)))))
    assert (pixel(photo.image, 0, 0), pixel(photo.image, 1, 0)) == ((255, 255, 255), (200, 0, 0))


def test_interlaced_png(saved):
    """Adam7 by hand: one pass of an 1 x 1 and the seven of an 8 x 8 picture carry the same grey."""
    rows = b"".join((b"\0" + bytes([77] * w)) * h for w, h in [(1, 1), (1, 1), (2, 1), (2, 2), (4, 2), (4, 4), (8, 4)])
    header = make.chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 1))
    data = make.PNG_SIGNATURE + header + make.chunk(b"IDAT", zlib.compress(rows)) + make.chunk(b"IEND", b"")
    photo = read_photo(saved(data))
    assert np.asarray(photo.image).tolist() == [[[77] * 3] * 8] * 8


def test_interlaced_gif(saved):
    path = saved(make.encoded(make.picture().convert("L"), "GIF", interlace=True))
    with Image.open(path) as file:
        assert np.array_equal(np.asarray(read_photo(path).image), np.asarray(file.convert("RGB")))


def test_large_photo_is_kept_small(saved):
    photo = read_photo(saved(make.encoded(make.picture(2000, 1000), "JPEG")))
    assert photo.image.size == (1536, 768)
    assert np.abs(np.asarray(photo.image).astype(int) - np.asarray(make.picture(1536, 768))).mean() < 3


def test_phone_multi_picture_file_is_its_first(saved):
    first, second = make.picture(), Image.new("RGB", (80, 60), "black")
    data = make.encoded(first, "MPO", save_all=True, append_images=[second])
    with Image.open(saved(data)) as file:
        assert file.format == "MPO"
        expected = np.asarray(file)
    photo = read_photo(saved(data))
    assert np.array_equal(np.asarray(photo.image), expected)
    assert not photo.frames


def test_bytes_after_the_end_and_between_blocks_are_ignored(saved):
    data = make.encoded(make.picture(), "JPEG")
    header = data.index(b"\xff\xdb")
    assert read_photo(saved(data[:header] + b"\0" * 11 + data[header:] + b"depth map")).image.size == (80, 60)


def test_padding_of_the_coded_data_is_accepted(saved):
    data = make.encoded(make.picture(), "JPEG")
    expected = np.asarray(read_photo(saved(data)).image)
    assert np.array_equal(np.asarray(read_photo(saved(data[:-2] + b"\0\0" + data[-2:])).image), expected)
    assert make.rule_of(saved(data[:-2] + b"\0" * 40 + data[-2:])) == "damaged"


@pytest.mark.parametrize("format", ["GIF", "PNG"])
def test_animation_is_its_first_frame_and_samples(saved, format):
    frames = [Image.new("RGB", (800, 400), (20 * k, 0, 0)) for k in range(12)]
    data = make.encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=40)
    photo = read_photo(saved(data))
    assert photo.image.size == (800, 400)
    assert pixel(photo.image, 9, 9) == (0, 0, 0)
    assert len(photo.frames) == LIMITS.sampled_frames
    assert all(max(frame.size) == LIMITS.frame_side for frame in photo.frames)
    reds = [pixel(frame, 9, 9)[0] for frame in photo.frames]
    assert reds == sorted(set(reds)) and reds[-1] == 220, "spread over the animation up to its last frame"


def test_partial_frames_are_composed(saved):
    base, patch = Image.new("RGB", (60, 60), "white"), Image.new("RGB", (60, 60), "white")
    patch.paste("red", (0, 0, 5, 5))
    photo = read_photo(saved(make.encoded(base, "GIF", save_all=True, append_images=[patch, base])))
    assert pixel(photo.frames[0], 50, 50) == (255, 255, 255)
    assert pixel(photo.frames[0], 2, 2) == (255, 0, 0)
