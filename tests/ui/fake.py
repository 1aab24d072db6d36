"""A stand-in for the service: the same interface, no models, and an outcome that follows from the ad itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from PIL import Image, ImageFilter

from models.photo import Photo
from moderation.verdict import Bilingual, Verdict
from pipeline.ad import Ad
from pipeline.result import Problem, Progress, Result

STEPS = ("validate", "photos", "text", "match", "mask", "diversity", "caption", "unmask", "scores")
CHECKPOINTS = [
    {
        "name": "clothes",
        "family": "clip_prefix",
        "title": {"ru": "Одежда, встроенная", "en": "Clothes, built in"},
        "photos": "many",
        "ready": True,
        "why": None,
    },
    {
        "name": "vit-rugpt2",
        "family": "vision_encoder_decoder",
        "title": {"ru": "ViT + ruGPT-2", "en": "ViT + ruGPT-2"},
        "photos": "single",
        "ready": False,
        "why": {"ru": "Нет весов: скачайте model.safetensors.", "en": "No weights: download model.safetensors."},
    },
]


class FakeService:
    """Says «Продаю …» about the ad; a text with «плохо» is rejected, a photo named ``nude*`` too."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause
        self.ads: list[tuple[Ad, str | None, int, bool]] = []
        self.closed = 0

    def checkpoints(self) -> list[dict]:
        return CHECKPOINTS

    def warm_up(self) -> None:
        pass

    def describe(self, ad: Ad, **kwargs) -> Result:
        return list(self.run(ad, **kwargs))[-1]

    def run(
        self, ad: Ad, checkpoint: str | None = None, seed: int = 0, blanks: bool = False
    ) -> Iterator[Progress | Result]:
        self.ads.append((ad, checkpoint, seed, blanks))
        try:
            yield from self._run(ad, checkpoint, seed, blanks)
        finally:
            self.closed += 1

    def _run(self, ad: Ad, checkpoint: str | None, seed: int, blanks: bool) -> Iterator[Progress | Result]:
        if ad.text == "сломайся":
            raise RuntimeError("нет памяти")
        if not (ad.text.strip() or ad.attributes or ad.photos):
            yield Result(status="empty")
            return
        yield Progress("validate")
        photos, problems = [], []
        for path in ad.photos:
            try:
                photos.append(Photo(path.name, Image.open(path).convert("RGB")))
            except OSError:
                message = Bilingual(f"{path.name}: это не фото.", f"{path.name}: not a photo.")
                problems.append(Problem("format", message, path.name))
        if len(ad.photos) > 10:
            problems.append(Problem("too_many_photos", Bilingual("Больше 10 фото.", "More than 10 photos.")))
        yield Progress("validate", 0.01)
        if problems:
            yield Result(status="invalid", problems=problems, timings={"validate": 0.01})
            return
        result = Result(checkpoint=checkpoint or "clothes", photos=photos, verdicts=_verdicts(ad, photos))
        result.status = "rejected" if any(v.passed is False for v in result.verdicts) else "ok"
        result.models = {"photos": "nudenet 320n", "text": "toxicity", "match": "clothes-clip", "diversity": "ads"}
        words = f"Продаю вещь, вариант {seed}. Размер <SIZE>. Цена <PRICE> ₽".split()
        for number, step in enumerate(STEPS):
            if step != "validate":
                if result.status == "rejected" and number > 3:
                    break
                yield Progress(step)
                if step == "caption":
                    for count in range(1, len(words) + 1):
                        time.sleep(self.pause / 10)
                        yield Progress("caption", text=" ".join(words[:count]))
                time.sleep(self.pause)
                yield Progress(step, 0.05 * number)
            result.timings[step] = 0.05 * number
        if result.status == "ok":
            result.masked_text = " ".join(words)
            result = replace(result, text=fill(result, blanks), **_proof(ad, photos))
        moderation = sum(result.timings[step] for step in STEPS[1:4])
        result.timings |= {"moderation": moderation, "generation": 0.3, "total": sum(result.timings.values())}
        yield result


def _verdicts(ad: Ad, photos: list[Photo]) -> list[Verdict]:
    """As the judges give them: one a photo, one about the text, one a photo and one about the ad for the match."""
    verdicts = [_about_photo(index, photo) for index, photo in enumerate(photos)]
    bad = "плохо" in ad.text
    message = Bilingual("Грубое слово: «плохо».", "Rude: «плохо».") if bad else Bilingual("Вежливо.", "Polite.")
    verdicts.append(Verdict("text", not bad if ad.full_text else None, 0.97 if bad else 0.02, message))
    if not (photos and ad.full_text):
        return [*verdicts, Verdict("match", None, None, Bilingual("Не с чем сравнить.", "Nothing to compare."))]
    agree = Bilingual("Об одном.", "They agree.")
    verdicts += [Verdict("match", True, 0.9, agree, photo.name, index) for index, photo in enumerate(photos)]
    return [*verdicts, Verdict("match", True, 0.9, agree)]


def _about_photo(index: int, photo: Photo) -> Verdict:
    if photo.name.startswith("nude"):
        message = Bilingual(f"На фото «{photo.name}» нагота.", f"Nudity in {photo.name}.")
        return Verdict("photos", False, 0.9, message, photo.name, index, {"detections": [{"box": [1, 2, 3, 4]}]})
    return Verdict("photos", True, 0.05, Bilingual("Принято.", "Accepted."), photo.name, index)


def _proof(ad: Ad, photos: list[Photo]) -> dict:
    per_photo = [0.71 - 0.05 * i for i in range(len(photos))]
    scores = {
        "clipscore_mean": sum(per_photo) / len(per_photo) if per_photo else None,
        "clipscore_max": max(per_photo, default=None),
        "clipscore_per_photo": per_photo,
        "photo_photo_mean": 0.64 if len(photos) > 1 else None,
        "photo_photo_max": 0.81 if len(photos) > 1 else None,
        "source_output_clip": 0.58 if ad.full_text else None,
        "source_output_bertscore": 0.77 if ad.full_text else None,
    }
    return {"scores": scores, "diversity": {"score": 0.12, "token": "<SINGLE>"}}


def fill(result: Result, blanks: bool) -> str:
    """Stands in for ``pipeline.fill``."""
    shown = "__" if blanks else "44"
    return result.masked_text.replace("<SIZE>", shown).replace("<PRICE>", "__" if blanks else "1500")


def blurred(photo: Photo) -> Image.Image:
    """Stands in for ``pipeline.blurred``."""
    return photo.image.filter(ImageFilter.GaussianBlur(40))
