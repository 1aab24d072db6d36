import re

import pytest
from PIL import Image

from models.photo import Photo
from pipeline.ad import Ad
from pipeline.result import Bilingual, Problem, Result, Verdict
from tests.ui.fake import FakeService
from ui import report, texts
from ui.markup import data_uri, number, percent

NASTY = "<img src=x onerror=alert(1)>\"'`${alert(1)}`{{value}}"


def plain(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture
def result(fake_parts, pictures):
    return FakeService().describe(Ad({"Размер": "44"}, "платье", tuple(pictures("a.png", "b.png"))))


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_good_result_shows_all_its_proof(result, language):
    html = report.finished(result, language)
    shown = plain(html)
    for title, meaning in texts.SCORES.values():
        assert title.to(language) in shown and meaning.to(language) in shown
    for step in texts.STEPS.values():
        assert step.to(language) in shown
    assert html.count("<figure") == 2
    assert number(0.71, language) in shown and number(result.timings["total"], language) in shown
    for model in result.models.values():
        assert model in shown
    assert shown.count(texts.PASSED.to(language)) == 3
    assert "clothes" in shown and "один товар" in plain(report.finished(result, "ru"))


def test_numbers_are_written_as_the_language_does(result):
    assert number(1.5, "ru") == "1,50" and number(1.5, "en") == "1.50"
    assert percent(0.933) == "93\N{NO-BREAK SPACE}%"


def test_scores_that_do_not_apply_say_so(fake_parts):
    result = FakeService().describe(Ad(text="только текст"))
    shown = plain(report.finished(result, "ru"))
    assert shown.count(texts.NO_SCORE.ru) == 4
    assert shown.count(texts.NOT_APPLICABLE.ru) == 2
    assert "<figure" not in report.finished(result, "ru")


def test_an_ad_without_photos_says_who_wrote_and_why(fake_parts, pictures):
    written = plain(report.finished(FakeService().describe(Ad(text="платье")), "ru"))
    assert "clothes" in written and texts.TEXT_ONLY.ru in written
    with_photo = FakeService().describe(Ad(text="платье", photos=tuple(pictures("a.png"))))
    assert texts.TEXT_ONLY.ru not in plain(report.finished(with_photo, "ru"))


def test_a_rejection_says_which_check_and_why_and_hides_the_photo(fake_parts, pictures):
    result = FakeService().describe(Ad(text="плохо", photos=tuple(pictures("a.png", "nude.png"))))
    html = report.finished(result, "ru")
    shown = plain(html)
    assert texts.STATUS["rejected"].ru in shown and texts.STATUS_HINT["rejected"].ru in shown
    assert "nude.png" in shown and "Грубое слово: «плохо»." in shown
    assert html.count("<figure") == 2 and html.count(texts.BLURRED.ru + "</span>") == 1
    sharp = data_uri(result.photos[1].image)
    assert sharp not in html and data_uri(result.photos[0].image) in html


def test_a_rejected_generated_text_outweighs_the_passed_input():
    good, bad = (Verdict("text", ok, 0.5, Bilingual(word, word)) for ok, word in ((True, "ввод"), (False, "описание")))
    shown = plain(report.finished(Result(status="rejected", verdicts=[good, bad]), "ru"))
    assert texts.REJECTED.ru in shown and texts.PASSED.ru not in shown


def test_all_problems_stand_together():
    problems = [
        Problem("a", Bilingual("Больше 10 фото.", "More than 10.")),
        Problem("b", Bilingual("пуст", "empty"), "x.jpg"),
    ]
    shown = plain(report.finished(Result(status="invalid", problems=problems), "ru"))
    assert "Больше 10 фото." in shown and "x.jpg: пуст" in shown


def test_an_empty_form_is_reminded_of_the_examples():
    html = report.finished(Result(status="empty"), "ru")
    assert "banner warn" in html and "примера" in html


def test_whatever_was_typed_is_escaped():
    image = Image.new("RGB", (9, 9))
    nasty = Bilingual(NASTY, NASTY)
    result = Result(
        status="rejected",
        text=NASTY,
        masked_text=NASTY,
        checkpoint=NASTY,
        diversity={"token": NASTY, "score": 0.5},
        verdicts=[Verdict("text", False, 0.5, nasty, NASTY, 0), Verdict("match", False, 0.5, nasty)],
        models={"text": NASTY, "scores": NASTY, "clipscore_mean": NASTY},
        scores={"clipscore_mean": 0.5, "clipscore_per_photo": [0.5]},
        problems=[Problem("r", nasty, NASTY)],
        photos=[Photo(NASTY, image)],
        timings={"text": 0.1},
    )
    for status in ("rejected", "ok", "invalid"):
        result.status = status
        html = report.finished(result, "ru")
        assert "onerror" in html
        assert "<img src=x" not in html
    assert "<img src=x" not in report.failed(ValueError(NASTY), "ru")


def test_progress_marks_what_is_done_what_goes_on_and_what_waits():
    html = report.running({"validate": 0.1, "photos": 0.2}, "text", "en")
    states = re.findall(r'<li class="(\w+)">', html)
    assert states == ["done", "done", "running"] + ["pending"] * 6
    assert texts.STEPS["text"].en in plain(html)


def test_the_picture_on_the_page_is_small():
    from base64 import b64decode
    from io import BytesIO

    uri = data_uri(Image.effect_noise((3000, 2000), 90).convert("RGB"))
    assert Image.open(BytesIO(b64decode(uri.split(",")[1]))).size == (320, 213)
