"""Photo moderation: the package's own detections, decided by the policy's data."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from models.photo import Photo
from models.photo_files import read_photo
from moderation.photos import POLICY, PhotoModerator, PhotoPolicy, blurred, judge_paths, load_detector
from training.photo_false_alarms import summary

CLOTHES = Path(__file__).parents[2].parent / "shared" / "data" / "clothes" / "photos"

SHIPPED = PhotoPolicy.read()


class Injected:
    """A detector that finds what it is told to, picture by picture."""

    def __init__(self, *found):
        self.found = list(found)
        self.shapes = []

    def detect_batch(self, image_paths, batch_size):
        self.shapes += [pixels.shape for pixels in image_paths]
        return [self.found.pop(0) for _ in image_paths]


def moderator(*found) -> PhotoModerator:
    judge = PhotoModerator(policy=SHIPPED)
    judge.detector = Injected(*found)
    return judge


def detection(name: str, score: float, box=(1, 2, 3, 4)) -> dict:
    return {"class": name, "score": score, "box": list(box)}


def photo(name: str = "a.jpg", frames=()) -> Photo:
    return Photo(name, Image.new("RGB", (80, 60)), tuple(frames))


@pytest.fixture(scope="module")
def real() -> PhotoModerator:
    return PhotoModerator()


# --- policy ---


def test_policy_names_classes_of_the_detector(real):
    known = set(real.detector.onnx_session.get_modelmeta().custom_metadata_map["names"].split("'")[1::2])
    assert set(SHIPPED.names) <= known
    assert set(SHIPPED.rejects) == {name for name in known if "EXPOSED" in name} - {
        "MALE_BREAST_EXPOSED",
        "BELLY_EXPOSED",
        "FEET_EXPOSED",
        "ARMPITS_EXPOSED",
    }


def test_policy_thresholds_and_reasons():
    rules = json.loads(POLICY.read_text(encoding="utf-8"))["rejects"]
    assert all(0.4 <= rule["from"] <= 0.8 for rule in rules.values())
    assert all(len(rule["reason"]) > 40 for rule in rules.values())
    assert not any("COVERED" in name for name in rules)


def test_policy_without_reason_is_refused(tmp_path):
    stored = json.loads(POLICY.read_text(encoding="utf-8"))
    stored["rejects"]["ANUS_EXPOSED"]["reason"] = ""
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(stored), encoding="utf-8")
    with pytest.raises(ValueError, match="ANUS_EXPOSED needs"):
        PhotoPolicy.read(path)


# --- decisions on injected detections ---


@pytest.mark.parametrize("name", SHIPPED.rejects)
def test_a_hundredth_above_and_below_each_threshold(name):
    threshold = SHIPPED.rejects[name]
    above, below = (moderator([detection(name, threshold + step)]).judge([photo()])[0] for step in (0.01, -0.01))
    assert (above.passed, below.passed) == (False, True)
    assert (above.score, below.score) == (pytest.approx(threshold + 0.01), pytest.approx(threshold - 0.01))
    assert SHIPPED.names[name].ru in above.message.ru and SHIPPED.names[name].en in above.message.en
    assert not above.details["warnings"]
    assert below.details["warnings"] == below.details["detections"], "just below the threshold is worth a warning"


@pytest.mark.parametrize("name", sorted(SHIPPED.warns))
def test_warning_classes_never_reject(name):
    verdict = moderator([detection(name, 0.99)]).judge([photo()])[0]
    assert verdict.passed is True and verdict.score == 0
    assert [found["class"] for found in verdict.details["warnings"]] == [name]


def test_faint_and_other_detections_do_not_warn():
    found = [detection("FEMALE_BREAST_COVERED", SHIPPED.warns_from - 0.01), detection("FACE_FEMALE", 0.9)]
    verdict = moderator(found).judge([photo()])[0]
    assert verdict.passed is True and verdict.details["warnings"] == []
    assert verdict.details["detections"] == found[::-1], "all are told, highest score first"


def test_one_verdict_a_photo_in_their_order():
    bad = detection("FEMALE_GENITALIA_EXPOSED", 0.8)
    judge = moderator([], [bad], [])
    verdicts = judge.judge([photo("a.jpg"), photo("b.jpg"), photo("c.jpg")])
    assert [(v.check, v.photo, v.index, v.passed) for v in verdicts] == [
        ("photos", "a.jpg", 0, True),
        ("photos", "b.jpg", 1, False),
        ("photos", "c.jpg", 2, True),
    ]
    assert "b.jpg" in verdicts[1].message.ru and "b.jpg" in verdicts[1].message.en
    assert moderator().judge([]) == []


def test_worst_frame_counts_and_its_box_lies_on_the_photo():
    frames = [Image.new("RGB", (40, 30)), Image.new("RGB", (40, 30))]
    judge = moderator([detection("BUTTOCKS_EXPOSED", 0.3)], [], [detection("BUTTOCKS_EXPOSED", 0.8, (4, 5, 6, 7))])
    verdict = judge.judge([photo(frames=frames)])[0]
    assert (verdict.passed, verdict.score) == (False, 0.8)
    assert verdict.details["detections"][0] == {
        "class": "BUTTOCKS_EXPOSED",
        "score": 0.8,
        "box": [8, 10, 12, 14],
        "frame": 2,
    }


def test_a_photo_is_looked_at_once():
    judge = moderator([])
    same = photo()
    assert judge.judge([same]) == judge.judge([same])
    assert judge.detector.shapes == [(60, 80, 3)]


# --- the real detector ---


def test_pixels_are_those_the_package_reads(real, tmp_path, monkeypatch):
    """Same bytes in the same order as ``cv2.imread``, so the package's own code sees the same photo."""
    pixels = np.random.default_rng(1).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    path = tmp_path / "a.jpg"
    Image.fromarray(pixels).save(path)
    seen = []
    monkeypatch.setattr(real.detector, "detect_batch", lambda images, batch_size: seen.extend(images) or [[]])
    real.judge([read_photo(path)])
    assert np.array_equal(seen[0], cv2.imread(str(path)))


def test_batch_equals_one_by_one(real, monkeypatch):
    """Noise makes the network answer differently for every photo; its raw outputs must not depend on the batch."""
    outputs = []
    session = real.detector.onnx_session

    class Recording:
        def run(self, names, inputs):
            outputs.append(session.run(names, inputs)[0])
            return [outputs[-1]]

    generator = np.random.default_rng(2)
    images = [Image.fromarray(generator.integers(0, 256, (50, 40 + k, 3), dtype=np.uint8)) for k in range(3)]
    monkeypatch.setattr(real.detector, "onnx_session", Recording())
    real.judge([Photo(f"{k}.png", image) for k, image in enumerate(images)])
    for k, image in enumerate(images):
        real.judge([Photo(f"{k}.png", image)])
    batched, *single = outputs
    assert batched.shape[0] == 3
    assert np.allclose(batched, np.concatenate(single), atol=1e-3)
    assert not np.allclose(batched[0], batched[1], atol=1e-3)


def test_a_model_by_path_keeps_its_resolution(tmp_path):
    import nudenet

    path = tmp_path / "copy.onnx"
    shutil.copy(Path(nudenet.__path__[0]) / "320n.onnx", path)
    judge = PhotoModerator(path)
    assert (judge.detector.input_width, judge.detector.input_height) == (320, 320)
    assert judge.judge([photo()])[0].passed is True


def test_missing_and_wrong_model_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"640m\.onnx: download https://.*640m\.onnx and give its path"):
        PhotoModerator(str(tmp_path / "640m.onnx"))
    wrong = tmp_path / "wrong.onnx"
    wrong.write_bytes(b"not a model")
    with pytest.raises(ValueError, match=r"wrong\.onnx is not a NudeNet ONNX model"):
        load_detector(wrong)


def test_blurred_copy_has_the_size_and_no_detail():
    board = (np.indices((300, 400)).sum(axis=0) // 4 % 2 * 255).astype(np.uint8)
    copy = blurred(Photo("a.jpg", Image.fromarray(board).convert("RGB")))
    assert copy.size == (400, 300) and copy.mode == "RGB"
    assert np.asarray(copy).std() < 20 < board.std()


def test_lines_for_files(tmp_path):
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.jpg"
    Image.new("RGB", (80, 60)).save(good)
    bad.write_text("no photo")
    found = detection("FEMALE_BREAST_EXPOSED", 0.79)
    lines = list(judge_paths(moderator([], [found]), [good, bad, good]))
    assert [line["path"] for line in lines] == [str(good), str(bad), str(good)]
    assert [line["rejected"] for line in lines] == [False, None, True]
    assert "error" not in lines[0] and "bad.jpg: the content is" in lines[1]["error"]
    assert lines[2]["detections"] == [found]


def test_command(tmp_path):
    path = tmp_path / "good.jpg"
    Image.new("RGB", (80, 60)).save(path)
    command = [sys.executable, "-m", "moderation", "photos", str(path), str(tmp_path / "absent.jpg")]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    good, absent = (json.loads(line) for line in run.stdout.splitlines())
    assert good == {"path": str(path), "rejected": False, "warnings": [], "detections": []}
    assert absent["rejected"] is None and "there is no such file" in absent["error"]


@pytest.mark.data
def test_same_detections_as_the_package_on_real_photos(real):
    """From the path, as a user of the package calls it; boxes may differ by the rounding of one pixel."""
    fired = 0
    for path in sorted(CLOTHES.glob("*.jpg"))[::3]:
        found = real.judge([read_photo(path)])[0].details["detections"]
        if not found:
            continue
        fired += 1
        expected = sorted(real.detector.detect(str(path)), key=lambda detection: -detection["score"])
        assert [d["class"] for d in found] == [d["class"] for d in expected], path.name
        assert np.allclose([d["score"] for d in found], [d["score"] for d in expected], atol=1e-4)
        assert all(np.abs(np.subtract(a["box"], b["box"])).max() <= 1 for a, b in zip(found, expected, strict=True))
    print(f"{fired} photos with detections")
    assert fired >= 50


@pytest.mark.data
@pytest.mark.long
def test_no_false_alarm_on_decent_photos(real):
    """``make test-data`` prints the counts and the warnings."""
    found = summary(judge_paths(real, sorted(CLOTHES.glob("*.jpg"))), SHIPPED)
    print(json.dumps(found))
    assert (found["photos"], found["unreadable"], found["rejected"]) == (4858, 0, 0)
