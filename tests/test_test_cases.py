"""Every folder of test_cases/ through the real service, compared with what it expects."""

import pytest
from PIL import Image

from models.words import possible_lemmas, words
from pipeline import Service, read_cases

CASES = read_cases()


@pytest.fixture(scope="module")
def service():
    return Service()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_ends_as_it_expects(service, case):
    result = service.describe(case.ad)
    assert result.status == case.expected["expected_outcome"], [v.message.en for v in result.verdicts]
    if check := case.expected.get("expected_check"):
        assert [v.check for v in result.verdicts if v.passed is False and v.photo is None] == [check]
    token = case.expected["expected_token"]
    if token not in (None, "either"):
        assert result.diversity["token"] == token
    said = {lemma for word in words(result.text) for lemma in possible_lemmas(word)}
    for line in case.expected["words"]:
        assert {lemma for word in line for lemma in possible_lemmas(word)} & said, (line, result.text)


def test_a_description_holds_no_number_the_seller_did_not_type(service):
    for case in CASES:
        text = service.describe(case.ad).text
        typed = case.ad.full_text
        assert not [c for c in text if c.isdigit() and c not in typed], (case.name, text)


def test_the_pictures_are_many_and_different():
    pictures = [photo for case in CASES for photo in case.ad.photos]
    assert len(pictures) >= 15
    thumbnails = set()
    for path in pictures:
        assert path.stat().st_size < 300_000
        with Image.open(path) as picture:
            thumbnails.add(picture.convert("L").resize((8, 8)).tobytes())
    assert len(thumbnails) == len(pictures)
