"""What the photo-text match says, in words of both languages."""

from __future__ import annotations

from collections.abc import Sequence

from moderation.verdict import Bilingual, Verdict

NOTHING_TO_COMPARE = Bilingual(
    "Не применимо: чтобы сравнить текст с фотографиями, нужно и то и другое.",
    "Not applicable: it takes both a text and photos to compare them.",
)


def about_photo(name: str, index: int, probability: float, accepted: bool) -> Bilingual:
    """What the match says of one photo."""
    percent = round(100 * probability)
    if accepted and percent < 50:
        return Bilingual(
            f"Фото {index + 1} «{name}» не противоречит тексту (вероятность, что на нём описанная вещь, {percent} %).",
            f"Photo {index + 1} “{name}” does not contradict the text (probability that it shows the described thing: "
            f"{percent} %).",
        )
    if accepted:
        return Bilingual(
            f"Фото {index + 1} «{name}» подходит к тексту: вероятность {percent} %.",
            f"Photo {index + 1} “{name}” fits the text: probability {percent} %.",
        )
    return Bilingual(
        f"Фото {index + 1} «{name}» не подходит к тексту: вероятность, что на нём описанная вещь, {percent} %. "
        "Уберите или замените это фото либо назовите в тексте то, что на нём.",
        f"Photo {index + 1} “{name}” does not fit the text: the probability that it shows the described thing is "
        f"{percent} %. Remove or replace this photo, or name in the text what it shows.",
    )


def about_ad(rejected: Sequence[Verdict], photos: int) -> Bilingual:
    """What the match says of the whole ad."""
    if not rejected:
        return Bilingual("Фотографии и текст об одном.", "Photos and text speak of the same.")
    names = ", ".join(f"{verdict.index + 1} «{verdict.photo}»" for verdict in rejected if verdict.index is not None)
    names_en = ", ".join(f"{verdict.index + 1} “{verdict.photo}”" for verdict in rejected if verdict.index is not None)
    if len(rejected) == photos:
        return Bilingual(
            f"Текст и фотографии не об одном (фото {names}). Сервис описывает вещь по её фотографиям: "
            "проверьте, те ли фото загружены, и назовите в тексте, что на них.",
            f"The text and the photos do not speak of the same (photo {names_en}). The service describes a thing by "
            "its photos: check that these are the right ones and name in the text what they show.",
        )
    return Bilingual(
        f"К тексту не подходит фото {names}. Сервис описывает вещь по её фотографиям: "
        "уберите или замените это фото либо назовите в тексте то, что на нём.",
        f"Photo {names_en} does not fit the text. The service describes a thing by its photos: remove or replace this "
        "photo, or name in the text what it shows.",
    )
