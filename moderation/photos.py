"""Photo moderation: NudeNet looks at every photo, a policy kept as data decides.

The detector is the package's own ``NudeDetector`` (https://github.com/notAI-tech/NudeNet, AGPL-3.0): 320n, a YOLOv8n
shipped in the wheel, or 640m, a YOLOv8m to be downloaded. It reports at most one class per place, from a score of 0.25.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PIL import Image

from models.photo import Photo, computed_once
from models.photo_files import PhotoError, read_photo
from moderation.verdict import Bilingual, Verdict

if TYPE_CHECKING:
    import numpy as np

POLICY = Path(__file__).with_name("photo_policy.json")
BATCH = 8
FILES_AT_ONCE = 16
BLURRED_SIDE = 20
WEIGHTS_URL = "https://github.com/notAI-tech/NudeNet/releases/download/v3.4-weights/640m.onnx"


@dataclass(frozen=True)
class PhotoPolicy:
    """Which classes reject from which score, which only warn; classes in neither are of no interest.

    Attributes:
        rejects: lowest rejecting score by class.
        warns: classes that are reported and never reject.
        names: what each of these classes is called on the page.
        warns_from: lowest score that is reported, also of a rejecting class below its threshold.
    """

    rejects: Mapping[str, float]
    warns: frozenset[str]
    names: Mapping[str, Bilingual]
    warns_from: float

    @classmethod
    def read(cls, path: Path = POLICY) -> PhotoPolicy:
        """Read a policy; raises ValueError for a rejecting class outside the detector's scores or without a reason."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        for name, rule in stored["rejects"].items():
            if not 0 < rule["from"] <= 1 or not rule["reason"]:
                raise ValueError(f"{path}: {name} needs a score between 0 and 1 and a reason")
        rules = {**stored["rejects"], **stored["warns"]}
        return cls(
            rejects={name: rule["from"] for name, rule in stored["rejects"].items()},
            warns=frozenset(stored["warns"]),
            names={name: Bilingual(rule["ru"], rule["en"]) for name, rule in rules.items()},
            warns_from=stored["warns_from"],
        )

    def rejecting(self, detection: Mapping[str, Any]) -> bool:
        return detection["score"] >= self.rejects.get(detection["class"], float("inf"))

    def warning(self, detection: Mapping[str, Any]) -> bool:
        known = detection["class"] in self.names
        return known and detection["score"] >= self.warns_from and not self.rejecting(detection)


class Detector(Protocol):
    """What is used of ``nudenet.NudeDetector``: BGR pixels in, ``{"class", "score", "box": [x, y, w, h]}`` out."""

    def detect_batch(self, image_paths: list[np.ndarray], batch_size: int) -> list[list[dict[str, Any]]]: ...


class PhotoModerator:
    """Judges every photo of an ad, and of an animation every sampled frame.

    Args:
        model: ``320n`` of the wheel, or the path of a NudeNet ONNX file (``640m.onnx``).
        policy: what rejects and what warns.

    Raises:
        FileNotFoundError: the ONNX file is not there; the message says where to get it.
        ValueError: the file is not a NudeNet model.
    """

    def __init__(self, model: str | Path = "320n", policy: PhotoPolicy | None = None) -> None:
        self.policy = policy or PhotoPolicy.read()
        self.detector: Detector = load_detector(None if model == "320n" else Path(model))
        self._key = f"nudity/{model}"

    def judge(self, photos: Sequence[Photo]) -> list[Verdict]:
        """Return one verdict a photo, in their order; the worst frame counts.

        ``score`` is the highest score of a rejecting class (0 where there is none); ``details`` holds all
        ``detections`` (class, score, box in pixels of ``photo.image``; ``frame`` from 1 for further frames of an
        animation), highest score first, and those of them that are ``warnings``.
        """
        found = computed_once(self._key, photos, self._detect)
        pairs = zip(photos, found, strict=True)
        return [self._verdict(photo, index, detections) for index, (photo, detections) in enumerate(pairs)]

    def _detect(self, photos: list[Photo]) -> list[list[dict[str, Any]]]:
        pictures = [(photo.image, *photo.frames) for photo in photos]
        found = iter(self.detector.detect_batch([_bgr(image) for images in pictures for image in images], BATCH))
        return [_on_first(images, [next(found) for _ in images]) for images in pictures]

    def _verdict(self, photo: Photo, index: int, detections: list[dict[str, Any]]) -> Verdict:
        policy = self.policy
        rejecting = [detection for detection in detections if policy.rejecting(detection)]
        warnings = [detection for detection in detections if policy.warning(detection)]
        score = max((d["score"] for d in detections if d["class"] in policy.rejects), default=0.0)
        return Verdict(
            check="photos",
            passed=not rejecting,
            score=score,
            message=self._message(photo.name, rejecting, warnings),
            photo=photo.name,
            index=index,
            details={"warnings": warnings, "detections": detections},
        )

    def _message(self, photo: str, rejecting: list[dict[str, Any]], warnings: list[dict[str, Any]]) -> Bilingual:
        if rejecting:
            seen = self._named(rejecting)
            return Bilingual(
                f"На фото «{photo}» видно: {seen.ru}. Так публиковать нельзя: замените фото снимком самого товара",
                f"The photo “{photo}” shows {seen.en}. This cannot be published: replace it with a photo of the item",
            )
        if warnings:
            seen = self._named(warnings)
            return Bilingual(
                f"Фото «{photo}» принято; возможно, на нём видно: {seen.ru}",
                f"The photo “{photo}” is accepted; it may show {seen.en}",
            )
        return Bilingual(f"Фото «{photo}» принято", f"The photo “{photo}” is accepted")

    def _named(self, detections: list[dict[str, Any]]) -> Bilingual:
        """Name each thing once, with its highest score: detections come highest first."""
        best: dict[Bilingual, float] = {}
        for detection in detections:
            best.setdefault(self.policy.names[detection["class"]], detection["score"])
        russian, english = (", ".join(f"{name[k]} ({score:.2f})" for name, score in best.items()) for k in range(2))
        return Bilingual(russian, english)


def load_detector(path: Path | None = None) -> Detector:
    """Load the detector of the wheel or of an ONNX file, at the resolution the file was exported for."""
    from nudenet import NudeDetector

    if path is None:
        return NudeDetector()
    if not path.is_file():
        raise FileNotFoundError(f"there is no NudeNet model at {path}: download {WEIGHTS_URL} and give its path")
    try:
        detector = NudeDetector(str(path))
        side, _ = json.loads(detector.onnx_session.get_modelmeta().custom_metadata_map["imgsz"])
    except Exception as error:  # ONNX Runtime raises its own kinds for files that are no model
        raise ValueError(f"{path} is not a NudeNet ONNX model: {error}") from error
    detector.input_width = detector.input_height = side
    return detector


def _bgr(image: Image.Image) -> np.ndarray:
    """(H, W, 3) bytes as OpenCV reads them from a file, which is what the detector expects."""
    import numpy as np

    return np.ascontiguousarray(np.asarray(image)[:, :, ::-1])


def _on_first(images: Sequence[Image.Image], found: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Join the detections of an animation's frames, boxes scaled to the first one, highest score first."""
    joined = []
    for frame, (image, detections) in enumerate(zip(images, found, strict=True)):
        scale = images[0].width / image.width
        for detection in detections:
            box = [round(side * scale) for side in detection["box"]]
            joined.append({**detection, "box": box} | ({"frame": frame} if frame else {}))
    return sorted(joined, key=lambda detection: -detection["score"])


def blurred(photo: Photo) -> Image.Image:
    """Return the copy of a rejected photo that may be shown: the same size, its detail gone for good."""
    image = photo.image
    scale = BLURRED_SIDE / max(image.size)
    tiny = image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.BOX)
    return tiny.resize(image.size, Image.Resampling.BICUBIC)


def judge_paths(moderator: PhotoModerator, paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield ``path, rejected, warnings, detections`` for each file; ``rejected`` is None beside an ``error``."""
    rest = iter(paths)
    while batch := list(islice(rest, FILES_AT_ONCE)):
        read = [_photo_or_error(path) for path in batch]
        verdicts = iter(moderator.judge([photo for photo in read if isinstance(photo, Photo)]))
        for path, photo in zip(batch, read, strict=True):
            if isinstance(photo, Photo):
                verdict = next(verdicts)
                yield {"path": str(path), "rejected": not verdict.passed, **verdict.details}
            else:
                yield {"path": str(path), "rejected": None, "warnings": [], "detections": [], "error": str(photo)}


def _photo_or_error(path: Path) -> Photo | PhotoError:
    try:
        return read_photo(path)
    except PhotoError as error:
        return error
