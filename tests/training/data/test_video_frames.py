import numpy as np
import pytest

from tests.training.data.videos import BLACK, BLUE, COLOURS, CYAN, GREEN, PINK, RED, write_video
from training.data.frames import FrameRule, VideoError, read_frames


def shown(frames):
    """The nearest of the test colours in the middle of each frame."""
    pixels = [frame.image.getpixel((frame.image.width // 2, frame.image.height // 2)) for frame in frames]
    return [
        min((*COLOURS, BLACK), key=lambda c, p=p: sum(abs(a - b) for a, b in zip(c, p, strict=True))) for p in pixels
    ]


def test_frames_are_spread_evenly_and_keep_their_order(tmp_path):
    video = write_video(tmp_path / "v.mp4")
    frames = read_frames(video, FrameRule(count=8))
    assert shown(frames) == list(COLOURS)
    assert [frame.time for frame in frames] == pytest.approx([k + 0.5 for k in range(8)], abs=0.11)


@pytest.mark.parametrize(("every", "count"), [(100.0, 5), (1.0, 8), (0.1, 10)])
def test_one_frame_every_so_many_seconds_stays_between_five_and_ten(every, count):
    assert len(FrameRule(every=every).stretches(8.0)) == count


@pytest.mark.parametrize("options", [{"count": 4}, {"count": 11}, {"every": 0}])
def test_rules_outside_the_range_are_refused(options):
    with pytest.raises(ValueError, match=r"must be above|not between"):
        FrameRule(**options)


def test_black_and_repeated_frames_are_skipped(tmp_path):
    video = write_video(tmp_path / "v.mp4", [BLACK, RED, BLACK, RED, GREEN, RED, BLUE, BLACK])
    assert shown(read_frames(video, FrameRule(count=8))) == [RED, GREEN, BLUE]


def test_a_stretch_that_begins_black_gives_a_later_frame(tmp_path):
    colours = [c for colour in (RED, GREEN, BLUE, CYAN, PINK) for c in (BLACK, BLACK, BLACK, colour)]
    frames = read_frames(write_video(tmp_path / "v.mp4", colours, seconds=0.5), FrameRule(count=5))
    assert shown(frames) == [RED, GREEN, BLUE, CYAN, PINK]


def test_a_video_of_one_picture_is_refused(tmp_path):
    with pytest.raises(VideoError, match="only 1 different"):
        read_frames(write_video(tmp_path / "v.mp4", [RED] * 8), FrameRule())


def test_long_videos_are_sought_through_and_give_the_same_frames(tmp_path):
    frames = read_frames(write_video(tmp_path / "v.mp4", seconds=20, fps=5), FrameRule(count=8))
    assert shown(frames) == list(COLOURS)
    assert [frame.time for frame in frames] == pytest.approx([20 * k + 10 for k in range(8)], abs=0.21)


def test_a_phone_video_is_turned_upright(tmp_path):
    upright = write_video(tmp_path / "v.mp4", corner=(128, 128, 128), rotation=90)
    frame = read_frames(upright, FrameRule())[0].image
    assert frame.size == (48, 64)
    # A quarter turn counterclockwise brings the top left corner to the bottom left.
    assert np.allclose(frame.getpixel((3, 60)), 128, atol=16)


def test_frames_are_no_larger_than_asked(tmp_path):
    video = write_video(tmp_path / "v.mp4", size=(320, 180))
    assert {frame.image.size for frame in read_frames(video, FrameRule(side=160))} == {(160, 90)}


def test_a_video_without_a_length_in_its_header_is_measured(tmp_path):
    assert len(read_frames(write_video(tmp_path / "v.mkv"), FrameRule(count=8))) == 8


@pytest.mark.parametrize("harm", ["empty", "text", "half", "zeros", "ones"])
def test_corrupt_videos_are_told(tmp_path, harm):
    whole = write_video(tmp_path / "v.mp4", noise=np.random.default_rng(0)).read_bytes()
    middle = len(whole) // 2
    (tmp_path / "bad.mp4").write_bytes(
        {
            "empty": b"",
            "text": b"not a video " * 50,
            "half": whole[:middle],
            "zeros": whole[:middle] + bytes(4000) + whole[middle + 4000 :],
            "ones": whole[:middle] + b"\xff" * 4000 + whole[middle + 4000 :],
        }[harm]
    )
    with pytest.raises(VideoError, match=r"corrupt|ends at"):
        read_frames(tmp_path / "bad.mp4", FrameRule())


def test_a_missing_video_is_told(tmp_path):
    with pytest.raises(VideoError, match="no such file"):
        read_frames(tmp_path / "none.mp4", FrameRule())
