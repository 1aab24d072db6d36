"""Step 0: is the input valid? Every broken rule is reported at once, and what the later steps read is cleaned."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.photo import Photo
from models.photo_files import LIMITS as PHOTO_LIMITS
from models.photo_files import PhotoError, PhotoLimits, Rule
from models.photo_files import read_photo as decode_photo
from moderation.verdict import Bilingual, Language
from pipeline.ad import Ad
from pipeline.result import Problem


@dataclass(frozen=True)
class Limits:
    """What one ad may hold.

    Attributes:
        photos: photos of an ad; ``checked_photos`` of a longer list are looked at, so that all problems are named.
        characters: of names and values of the filled attributes and of the free text together.
        attributes: filled attributes.
        photo: limits of a single photo.
    """

    photos: int = 10
    checked_photos: int = 30
    characters: int = 3000
    attributes: int = 50
    photo: PhotoLimits = field(default=PHOTO_LIMITS)


LIMITS = Limits()

# What ``models.photo_files.REASONS`` says in English.
RUSSIAN_REASONS: dict[Rule, str] = {
    "missing": "такого файла нет",
    "link": "ссылки не принимаются, нужен сам файл",
    "not_a_file": "папка или устройство — не фотография",
    "unreadable": "файл не читается",
    "empty_file": "файл пуст",
    "too_many_bytes": "файл больше {megabytes} МБ",
    "wrong_format": "внутри {found}: принимаются только JPEG, PNG и GIF, как бы файл ни назывался",
    "damaged": "изображение обрезано или повреждено",
    "too_many_pixels": "{width} × {height} пикселей — больше {megapixels} мегапикселей или {side} пикселей по стороне",
    "too_complex": "файл устроен так, как не пишут ни камеры, ни редакторы",
    "too_long_animation": "анимация слишком длинная для проверки: {frames} кадров {width} × {height} пикселей",
}
# What ``models.photo_files`` calls the content it does not take, where Russian has its own word.
RUSSIAN_FORMATS = {"unknown": "неизвестный формат", "a video": "видео"}


class InvalidPhotoError(ValueError):
    """A file that is not accepted as a photo; ``problem`` says so to the seller."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message.en)
        self.problem = problem


@dataclass(frozen=True)
class Checked:
    """An ad after step 0.

    Attributes:
        ad: with cleaned texts; only attributes that have a value.
        photos: the accepted photos, decoded, at most ``Limits.photos``, in their order.
        problems: every broken rule; the ad goes on only when there is none.
        empty: nothing was typed or uploaded, which calls for a hint, not for an error.
    """

    ad: Ad
    photos: list[Photo]
    problems: list[Problem]
    empty: bool


def validate(ad: Ad, limits: Limits = LIMITS) -> Checked:
    """Check a whole ad; photos are decoded one at a time."""
    clean = cleaned(ad)
    photos, photo_problems = _read_photos(ad.photos, limits)
    empty = not (clean.attributes or clean.text or clean.photos)
    return Checked(clean, photos, [*_text_problems(clean, limits), *photo_problems], empty)


def read_photo(path: Path, limits: PhotoLimits = PHOTO_LIMITS) -> Photo:
    """Decode one file; raises InvalidPhotoError with the problem in the seller's words."""
    try:
        return decode_photo(path, limits)
    except PhotoError as error:
        facts = {key: RUSSIAN_FORMATS.get(fact, fact) for key, fact in error.facts.items()}
        russian = f"{error.name}: {RUSSIAN_REASONS[error.rule].format(**facts)}"
        raise InvalidPhotoError(Problem(error.rule, Bilingual(russian, str(error)), error.name)) from error


def validate_paths(paths: Iterable[Path], language: Language = "en") -> Iterator[dict[str, Any]]:
    """Yield ``path, ok, reason, width, height`` for each file; the size is that of the decoded, upright photo.

    That photo is at most ``PhotoLimits.kept_side`` pixels; ``reason`` is None for an accepted file.
    """
    for path in paths:
        try:
            width, height = read_photo(Path(path)).image.size
            yield {"path": str(path), "ok": True, "reason": None, "width": width, "height": height}
        except InvalidPhotoError as error:
            reason = error.problem.message.to(language)
            yield {"path": str(path), "ok": False, "reason": reason, "width": None, "height": None}


def _read_photos(paths: tuple[Path, ...], limits: Limits) -> tuple[list[Photo], list[Problem]]:
    photos: list[Photo] = []
    problems: list[Problem] = []
    if len(paths) > limits.photos:
        message = Bilingual(
            f"Фотографий {len(paths)}, а можно не больше {limits.photos}: уберите лишние",
            f"{len(paths)} photos, at most {limits.photos} are accepted: remove some",
        )
        problems.append(Problem("too_many_photos", message))
    for path in paths[: limits.checked_photos]:
        try:
            photo = read_photo(Path(path), limits.photo)
        except InvalidPhotoError as error:
            problems.append(error.problem)
            continue
        if len(photos) < limits.photos:
            photos.append(photo)
    return photos, problems


def _text_problems(ad: Ad, limits: Limits) -> list[Problem]:
    problems = []
    characters = len(ad.text) + sum(len(key) + len(value) for key, value in ad.attributes.items())
    if characters > limits.characters:
        message = Bilingual(
            f"В тексте и характеристиках {characters} знаков, а можно не больше {limits.characters}: сократите",
            f"{characters} characters in text and attributes, at most {limits.characters} are accepted: shorten them",
        )
        problems.append(Problem("too_much_text", message))
    if len(ad.attributes) > limits.attributes:
        message = Bilingual(
            f"Характеристик {len(ad.attributes)}, а можно не больше {limits.attributes}: уберите лишние",
            f"{len(ad.attributes)} attributes, at most {limits.attributes} are accepted: remove some",
        )
        problems.append(Problem("too_many_attributes", message))
    return problems


def cleaned(ad: Ad) -> Ad:
    """Return the ad without invisible characters; attributes are single lines, those without a value are left out."""
    attributes: dict[str, str] = {}
    for raw_key, raw_value in ad.attributes.items():
        key, value = (" ".join(clean_text(part).split()) for part in (raw_key, raw_value))
        if value:  # two names may become one: nothing that was typed is lost
            attributes[key] = f"{attributes[key]}, {value}" if key in attributes else value
    return Ad(attributes, clean_text(ad.text).strip(), tuple(ad.photos))


_JOINED = "\N{ZERO WIDTH JOINER}"
_KEPT = {"\n", "\t"}
# Control, format (zero-width, direction) and surrogate characters: never typed, often pasted or hidden on purpose.
_DROPPED_CATEGORIES = {"Cc", "Cf", "Cs"}
# What may stand before a joiner inside one emoji: a symbol, a skin tone or the sign that asks for colour.
_EMOJI_CATEGORIES = {"So", "Sk", "Mn"}


def clean_text(text: str) -> str:
    """Unify line ends and drop control, zero-width and direction characters; joined emoji stay whole."""
    text = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    kept: list[str] = []
    for character in text:
        category = unicodedata.category(character)
        joins = character == _JOINED and kept and unicodedata.category(kept[-1]) in _EMOJI_CATEGORIES
        if category not in _DROPPED_CATEGORIES or character in _KEPT or joins:
            kept.append(character)
    return "".join(kept)
