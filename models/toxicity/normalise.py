"""Several readings of a text, so that a disguised word meets the classifier in its plain form.

Sellers who want to be rude anyway write «cyкa», «д е б и л», «тва.рь», «пи3дец», «х*йня» or «pidor». None of these can be
undone with certainty («top» may be English or «тор»), so a text is read in up to four ways and the judge takes the worst:

1. cleaned: invisible and combining characters dropped, compatibility forms folded, letters repeated three times or more
   reduced to one;
2. undisguised: spaced-out words joined, separators inside words dropped, masked letters of rude words guessed, letters and
   digits of another script inside a word read as the letters they look like;
3. and 4. the two before with words left in Latin letters spelled in Cyrillic by sound.
"""

from __future__ import annotations

import re
import unicodedata

from models.toxicity.lexicon import lexicon

# Letters of other alphabets by the Cyrillic letter they look (or, failing that, sound) like.
_LOOKS = str.maketrans(
    {latin: cyrillic for pair in (
        "aа bб cс dд eе fф gг hн iи jй kк lл mм nп oо pр qк rр sс tт uи vв wш xх yу zз @а $с €е ×х "
        "үу ұу қк ҳх іи їи єе јй ѕс αа βв εе ιи κк οо νв ρр τт υу χх ωо µм λл πп"
    ).split() for latin, cyrillic in [pair]}
)  # fmt: skip
_LATIN_LOOKS = str.maketrans("аесорхукмтвнё", "aecopxykmtbhe")
_DIGITS = {"0": "о", "1": "и", "4": "ч", "6": "б", "7": "т", "8": "в", "9": "я"}
_LATIN_DIGITS = str.maketrans("013457@$!", "oieastasi")
# Latin words made only of these can be Cyrillic in disguise («cyka», «xep»).
_TWINS = re.compile(r"[acekmopxytbh@$036]+")
_SOUNDS = [
    ("shch", "щ"), ("sch", "щ"), ("yo", "ё"), ("jo", "ё"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"),
    ("sh", "ш"), ("uy", "уй"), ("uj", "уй"), ("oy", "ой"), ("iy", "ий"), ("ey", "ей"), ("yu", "ю"), ("ju", "ю"),
    ("iu", "ю"), ("ya", "я"), ("ja", "я"), ("ia", "я"), ("ck", "к"), ("x", "х"),
    ("a", "а"), ("b", "б"), ("c", "ц"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"), ("h", "х"), ("i", "и"),
    ("j", "й"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"), ("q", "к"), ("r", "р"),
    ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("w", "в"), ("y", "ы"), ("z", "з"), ("'", "ь"),
]  # fmt: skip
_SOUND = re.compile("|".join(re.escape(latin) for latin, _ in _SOUNDS))
_BY_SOUND = dict(_SOUNDS)

_LONE = r"(?:[^\W\d_]|[@$03461])(?![^\W\d_])"
_SPACED = re.compile(rf"(?<![^\W\d_]){_LONE}([ .\-_·•~|/\\+=*]{{1,2}}){_LONE}(?:\1{_LONE})+")
LONGEST_SPACED = 60
_SEPARATORS = r"._·•~|/\\'’`^=♥★☆,"
_SEPARATED = [re.compile(rf"(?<![^\W_])[^\W_]++(?:[{marks}][^\W_]++)+") for marks in (_SEPARATORS, "-")]
_TO_HELL = re.compile(r"(?<!\w)(на|в|по|до)\s+([хпж])(?:\*{2,}|\.{2,3})(?!\w)")
_HELL = {"х": "хуй", "п": "пизду", "ж": "жопу"}
_MASK = r"*#@$%?×"
_MASKED = re.compile(rf"(?<!\w)[^\W\d_](?:[^\W\d_]|[{_MASK}]|\.{{2,4}})*(?:[{_MASK}]|\.{{2,4}})(?:[^\W\d_]|[{_MASK}])*")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}", re.I)
_TOKEN = re.compile(r"[\w@$€!×]+(?:'(?!\w))?")
_CONSONANTS = frozenset("бвгджзклмнпрстфхцчшщ")


def clean(text: str) -> str:
    """Fold compatibility forms, drop invisible and combining characters, shorten long repeats; case is kept."""
    dotted = text.replace("…", "...").replace("№", " ")
    folded = unicodedata.normalize("NFKC", dotted)
    seen = "".join(c for c in folded if unicodedata.category(c) not in ("Cf", "Mn", "Me", "Cc") or c in "\n\t")
    return _REPEATED.sub(r"\1", seen)


def undisguise(text: str) -> str:
    """Join spaced-out words, guess masked letters and read look-alikes as letters; the result is lower case."""
    low = text.lower().replace("3,14", "пи").replace("3.14", "пи")
    joined = _SPACED.sub(lambda m: _split_joined(_drop_spaces(m[0])), low)
    for separated in _SEPARATED:
        joined = separated.sub(lambda m: _join(m[0]), joined)
    joined = _TO_HELL.sub(lambda m: f"{m[1]} {_HELL[m[2]]}", joined)
    unmasked = _MASKED.sub(lambda m: _unmask(m[0]), joined)
    return _REPEATED.sub(r"\1", _TOKEN.sub(lambda m: _read_token(m[0]), unmasked))


def transliterate(text: str) -> str:
    """Spell Latin words in Cyrillic by sound; the result is lower case."""
    return re.sub(r"[a-z][a-z']*", lambda m: _SOUND.sub(lambda s: _BY_SOUND[s.group()], m.group()), text.lower())


def readings(text: str) -> list[str]:
    """Return one to four different readings of ``text``, the cleaned one first."""
    plain = clean(text)
    undisguised = undisguise(plain)
    candidates = [plain, undisguised, transliterate(undisguised), transliterate(plain)]
    distinct: dict[str, str] = {}
    for candidate in candidates:
        distinct.setdefault(_letters(candidate), candidate)
    return list(distinct.values())


def _letters(text: str) -> str:
    return re.sub(r"\W+", " ", text.lower()).strip()


def _drop_spaces(spaced: str) -> str:
    return re.sub(r"[ .\-_·•~|/\\+=*]+", "", spaced)


def _split_joined(joined: str) -> str:
    """«пошёлтынахер», spaced out with equal gaps, as «пошёлты нахер»: the rude end must stand alone to be known."""
    word = _read_token(joined)
    if len(word) > LONGEST_SPACED:
        return word
    for disguised in (lexicon().is_rude, lexicon().is_suspect):
        begin = next((i for i in range(len(word) - 3) if disguised(word[i:])), None)
        if begin is not None:
            return f"{word[:begin]} {word[begin:]}".strip()
    return word


def _join(separated: str) -> str:
    """«тва.рь» and «г-н-и-д-а» are one word, «гаишник-козёл» is two, «и/или» and «из-за» stay."""
    parts = re.split(rf"[-{_SEPARATORS}]", separated)
    whole = "".join(parts)
    if len(parts) > 2 and max(map(len, parts)) == 1 and not whole.isdigit():
        return _split_joined(whole)
    if any(lexicon().is_rude(_plain(part)) for part in parts):
        return " ".join(parts)
    return whole if lexicon().categories(_plain(whole)) else separated


def _plain(token: str) -> str:
    return _read_token(token).replace("ё", "е")


def _unmask(masked: str) -> str:
    """The rude word that «п*здец», «х@й» or «за..бали» hides, or the same again."""
    if lexicon().categories(_plain(masked)):
        return masked
    stars = re.sub(rf"[{_MASK}]", "*", masked.replace("ё", "е"))
    if re.search("[а-я]", stars):
        stars = stars.translate(_LOOKS)
    return lexicon().unmask(stars) or masked


def _read_token(token: str) -> str:
    core = token.rstrip("!")
    tail = token[len(core) :]
    letters = re.sub(r"[^a-zа-яё]", "", core)
    if not letters:
        return token
    latin = re.sub("[^a-z]", "", letters)
    if 2 * len(latin) > len(letters) > len(latin) and not _TWINS.fullmatch(latin):
        return core.translate(_LATIN_LOOKS).translate(_LATIN_DIGITS) + tail
    if len(latin) < len(letters) or (len(core) > 2 and _TWINS.fullmatch(core)):
        return _digits_as_letters(core.translate(_LOOKS)) + tail
    english = core.translate(_LATIN_DIGITS)
    if re.fullmatch(r"[a-z]+[\d@$!]+[a-z\d@$!]*|[@$][a-z]+", core) or lexicon().is_suspect(english):
        return english + tail
    return token


def _digits_as_letters(token: str) -> str:
    """Digits with letters on both sides, or before (after) at least two letters at the start (end), become letters."""
    read = list(token)
    for i, char in enumerate(token):
        before, after = "".join(read[max(0, i - 2) : i]), token[i + 1 : i + 3]
        if char == "!":
            read[i] = "и"
        if not char.isdigit():
            continue
        inside = before[-1:].isalpha() and re.match(r"\d?[^\W\d_]", after)
        at_start = i == 0 and re.fullmatch(r"[^\W\d_]{2}", after)
        at_end = i == len(token) - 1 and re.fullmatch(r"[^\W\d_]{2}", before)
        if inside or at_start or at_end:
            read[i] = _letter(char, before[-1:] in _CONSONANTS, after[:1] in _CONSONANTS)
    return "".join(read)


def _letter(digit: str, after_consonant: bool, before_consonant: bool) -> str:
    """«п3» is «пе» but «а3» is «аз», «м4к» is «мак» but «а4» is «ач»."""
    if digit == "3":
        return "е" if after_consonant else "з"
    if digit == "4" and after_consonant and before_consonant:
        return "а"
    return _DIGITS.get(digit, digit)
