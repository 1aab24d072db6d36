"""Every folder of test_cases/ through the real service, compared with what it expects."""

import re
from functools import cache

import pytest
from PIL import Image

from models.words import possible_lemmas, words
from pipeline import Service, read_cases
from pipeline.test_cases import TEST_CASES

CASES = read_cases()
NUMBER = re.compile(r"\d+")
EXPECTATIONS = {"expected_outcome", "expected_check", "expected_token", "words"}

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def describe():
    """The service's answer to a case, worked out once."""
    service = Service()
    by_name = {case.name: case for case in CASES}
    return cache(lambda name: service.describe(by_name[name].ad))


@every_case
def test_a_case_ends_as_it_expects(describe, case):
    result = describe(case.name)
    assert result.status == case.expected["expected_outcome"], [v.message.en for v in result.verdicts]
    failed = [v.check for v in result.verdicts if v.passed is False and v.photo is None]
    assert failed == [check for check in [case.expected["expected_check"]] if check]
    if (token := case.expected["expected_token"]) not in (None, "either"):
        assert result.diversity["token"] == token, result.diversity


@every_case
def test_a_description_says_what_the_ad_is_about(describe, case):
    text = describe(case.name).text
    assert bool(text) == (case.expected["expected_outcome"] == "ok")
    said = {lemma for word in words(text) for part in (word, *word.split("-")) for lemma in possible_lemmas(part)}
    for line in case.expected["words"]:
        assert {lemma for word in line for lemma in possible_lemmas(word)} & said, (line, text)


@every_case
def test_a_description_holds_no_number_the_seller_did_not_type(describe, case):
    text = describe(case.name).text
    assert set(NUMBER.findall(text)) <= set(NUMBER.findall(case.ad.full_text)), text


def test_a_photo_that_does_not_fit_is_named_with_a_reason(describe):
    foreign = [case for case in CASES if case.expected["expected_check"] == "match"]
    assert len(foreign) >= 2
    for case in foreign:
        named = [v.photo for v in describe(case.name).verdicts if v.check == "match" and v.passed is False and v.photo]
        assert named == [path.name for path in case.ad.photos]


def test_every_folder_is_a_whole_case():
    folders = {path.name for path in TEST_CASES.iterdir() if path.is_dir()}
    assert {case.name for case in CASES} == folders and len(folders) >= 11
    assert all(case.expected.keys() == EXPECTATIONS for case in CASES)


def test_the_pictures_are_many_and_different():
    pictures = [photo for case in CASES for photo in case.ad.photos]
    assert len(pictures) >= 15
    assert sorted(pictures) == sorted(TEST_CASES.resolve().glob("*/*.jpg")), "a picture no case shows"
    thumbnails = set()
    for path in pictures:
        assert path.stat().st_size < 120_000
        with Image.open(path) as picture:
            thumbnails.add(picture.convert("L").resize((8, 8)).tobytes())
    assert len(thumbnails) == len(pictures)
