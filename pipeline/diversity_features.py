"""What the diversity judge looks at: signs of a list or a lot in the text, likeness of the photos."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from models.words import lemma, lemmas, morphology

_CUES = {
    "set": r"\bнабор\w*|\bкомплект\w*",
    "lot": r"\bлот(?:а|ом|ы|у|е)?\b|\bпартия\b",
    "various": r"\bразн(?:ое|ого|ые|ых|ая|ыми|ом)\b|\bвсяк\w+|\bразличн",
    "much": r"\bмног[оие]\w*|\bкуч[аиуей]+\b|\bмасса\b|\bполно\b",
    "bag": r"\b(?:пакет|мешок|мешк|коробк|сумк|ящик|баул|чемодан|сундук|корзин|рюкзак)\w*\s+(?:с|со|вещ|одежд|обув|для|игруш|книг)",
    "container": r"\b(?:пакет|мешок|мешк|коробк|баул|ящик)\w*",
    "together": r"\bвс[её]\s+(?:вместе|за|сразу|разом|целиком|одн|на|это)\b|\bза\s+вс[её]\b|\bразом\b|\bоптом\b|\bвместе\b",
    "wardrobe": r"\b(?:гардероб|шкаф|разбира|чист(?:ка|ку|им)|ревизи|распрода|освобожда|ликвидац|остатк|расхламл|переезд|уезжа)\w*",
    "identical": r"\bодинаков\w*|\bодн(?:ой|ого|от)\s+(?:марк|модел|парти|вид|сорт|цвет|размер|фирм|сери)\w*|\bшт(?:ук[иа]?)?\b",
    "packs": r"\b(?:упаковк|дюжин|паллет|поддон|пач[ек]|блок|рулон)\w*",
    "pair": r"\bпар[аыу]\b|\bпарн\w+|\bдв[ае]\b",
    "single": r"\b(?:один|одна|одно|одну|единственн\w+|последн\w+)\b",
    "function": r"\bв одном\b|\bподойд\w*|\bподход\w*|\bуниверсальн\w*|\bтрансформер\w*|\bвместит\w*|\bскладн\w*|\bотделени\w*|\bнасад\w*",
    "kept": r"\bне\s+(?:прода|отда|прилага)\w*|\bоставл\w+|\bне идёт\b",
    "plus": r"\bплюс\b|\+|\bв придачу\b|\bи ещё\b",
    "from_to": r"\bот\s+\w+\s+до\b",
    "things": r"\b(?:вещи|вещей|одежд\w*|товар\w*|мелоч\w*|барахл\w*|имуществ\w*|хлам\w*)\b",
    "colon": r":",
    "dash": r"[—–]| - ",
}
CUES = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _CUES.values())
_WORD = re.compile(r"[а-яё]+(?:-[а-яё]+)*", re.IGNORECASE)
_SPLIT = re.compile(r"[,;:.!?()\n—–]| и | плюс |\+")
# How much the three parts of a text's features weigh in the distances between texts.
SIGNS, SENTENCE, PHRASES = 0.5, 6.0, 4.0


# Fields of a form that say nothing of how many things there are; they are left out before a text is judged.
_SILENT_FIELD = re.compile(
    r"(?:^|(?<=[.!?\n] ))(?:размер|рост|цена|стоимость|состояние|бренд|марка|цвет|сезон|материал|состав|пол|возраст|адрес)"
    r"[^:.!?\n]{0,25}:[^\n]*?(?:\. |\n|$)",
    re.IGNORECASE,
)


def telling(text: str) -> str:
    """An ad's text without the fields of the form that do not tell one thing from several («Размер: 44. »)."""
    return _SILENT_FIELD.sub("", text).strip()


def phrases(text: str) -> list[str]:
    """Lemmas of a text and their pairs."""
    words = lemmas(text)
    return [*words, *(f"{one} {other}" for one, other in pairwise(words))]


def phrase_weights(text: str, known: Mapping[str, int], rarity: np.ndarray) -> np.ndarray:
    """(P,) unit vector of the known phrases of a text, each (1 + log count) times its ``rarity`` (P,)."""
    vector = np.zeros(len(rarity), np.float32)
    for phrase, count in Counter(phrases(text)).items():
        if phrase in known:
            vector[known[phrase]] = (1 + np.log(count)) * rarity[known[phrase]]
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


def signs(text: str) -> np.ndarray:
    """(F,) signs of a list or a lot."""
    heads = [head for part in _SPLIT.split(text) if (head := _head(part))]
    nouns = list(dict.fromkeys(noun for noun, _ in heads))
    counts = [
        min(len(nouns), 10) / 3,
        float(len(nouns) >= 3),
        min(len(heads), 12) / 4,
        sum(plural for _, plural in heads) / max(1, len(heads)),
        min(_longest_list(text), 10) / 3,
        len(text) / 150,
    ]
    return np.array([*counts, *(float(bool(cue.search(text))) for cue in CUES)], np.float32)


def _head(part: str) -> tuple[str, bool] | None:
    """The first noun in the nominative or accusative of a clause without a verb, and whether it is plural."""
    found = None
    for word in _WORD.findall(part)[:6]:
        tag = morphology().parse(word)[0].tag
        if "VERB" in tag or "PREP" in tag:
            break
        if "NOUN" in tag and tag.case in ("nomn", "accs"):
            found = (lemma(word), tag.number == "plur")
            break
    return found


def _longest_list(text: str) -> int:
    """Most members of a list that begin with a thing: «самовар, утюг на углях, прялка»."""
    longest = 0
    for sentence in re.split(r"[.!?\n]", text):
        run = 0
        for part in re.split(r"[,;:]| и ", sentence):
            run = run + 1 if _head(part) else 0
            longest = max(longest, run)
    return longest


def photo_features(pooled: np.ndarray, embedded: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """(F,) numbers about the photos of an ad.

    Args:
        pooled: (N, D) averaged features of the backbone.
        embedded: (N, E) embeddings of the image-text encoder.
        contrast: (N,) nearness of each photo to the words for many things above that to the words for one.
    """
    count = min(len(pooled), 10) / 5
    return np.array([count, *_likeness(pooled), *_likeness(embedded), contrast.mean(), contrast.max()], np.float32)


def _likeness(features: np.ndarray) -> list[float]:
    """Mean, least, greatest and spread of the cosines between photos; those of equal ones for a single photo."""
    if len(features) < 2:
        return [1.0, 1.0, 1.0, 0.0]
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosines = (unit @ unit.T)[np.triu_indices(len(unit), 1)]
    return [float(cosines.mean()), float(cosines.min()), float(cosines.max()), float(cosines.std())]
