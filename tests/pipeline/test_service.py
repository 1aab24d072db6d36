"""The whole road on the built-in models: routes, rejections, timings, and what comes back."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from moderation.verdict import Bilingual, Verdict
from pipeline import Ad, Progress, Service
from pipeline.service import GENERATION, MODERATION, STEPS
from pipeline.test_cases import TEST_CASES, read_case

SCORES = {
    "clipscore_mean",
    "clipscore_max",
    "clipscore_per_photo",
    "photo_photo_mean",
    "photo_photo_max",
    "source_output_clip",
    "source_output_bertscore",
}


@pytest.fixture(scope="module")
def service():
    return Service()


@pytest.fixture(scope="module")
def ad():
    """Two photos of one T-shirt with text and attributes, accepted by every check."""
    case = read_case(TEST_CASES / "1.1_one_photo")
    return replace(case.ad, photos=case.ad.photos * 2)


@pytest.fixture(scope="module")
def full(service, ad):
    return service.describe(ad)


def applied(result):
    return {name for name, value in result.scores.items() if value not in (None, [])}


# --- routes ---


def test_photos_and_text(full, ad):
    assert full.status == "ok" and full.text and full.checkpoint
    assert len(full.photos) == 2
    assert full.masked.text and full.masked.spans, "the numbers of the form are masked"
    assert applied(full) == SCORES
    assert len(full.scores["clipscore_per_photo"]) == 2
    assert full.scores["clipscore_max"] >= full.scores["clipscore_mean"]
    assert full.scores["photo_photo_max"] == pytest.approx(1, abs=1e-4), "twice the same photo"
    assert full.diversity["token"] == "<SINGLE>" and 0 <= full.diversity["score"] <= 1


def test_many_photos_without_text_are_described_without_masks(service, ad):
    result = service.describe(Ad(photos=ad.photos))
    assert result.status == "ok" and result.text
    assert not result.masked.spans
    assert applied(result) == SCORES - {"source_output_clip", "source_output_bertscore"}
    assert {v.check: v.passed for v in result.verdicts if v.check != "photos"} == {"text": None, "match": None}


def test_one_photo(service, ad):
    result = service.describe(Ad(photos=ad.photos[:1]))
    assert result.status == "ok" and result.text
    assert applied(result) == {"clipscore_mean", "clipscore_max", "clipscore_per_photo"}


def test_text_alone_goes_to_the_captioner_of_the_settings(ad):
    settings = Service().settings
    service = Service(settings.model_copy(update={"captioner": "not-there"}))
    result = service.describe(replace(ad, photos=()), checkpoint="not-there-either")
    assert result.status == "ok" and result.text
    assert result.checkpoint == settings.text_captioner
    assert applied(result) == {"source_output_clip", "source_output_bertscore"}
    assert [v.passed for v in result.verdicts if v.check == "match"] == [None]


def test_nothing_at_all_is_empty(service):
    result = service.describe(Ad({"Цена": " "}, "\n"))
    assert (result.status, result.text, result.verdicts, result.problems) == ("empty", "", [], [])
    assert set(result.timings) == {"validate", "moderation", "generation", "total"}


# --- rejections ---


def test_every_problem_of_the_input_is_told_at_once(service, ad, tmp_path):
    (tmp_path / "notes.jpg").write_text("no photo")
    wrong = Ad({"Цена": "1"}, "я" * 3000, (*ad.photos, tmp_path / "notes.jpg", tmp_path / "absent.gif"))
    result = service.describe(wrong, checkpoint="not-there")
    assert result.status == "invalid" and result.verdicts == [] and result.text == ""
    assert [p.rule for p in result.problems] == ["too_much_text", "wrong_format", "missing", "checkpoint"]
    assert "not-there" in result.problems[-1].message.ru


def test_all_checks_run_on_all_photos_even_after_a_rejection(service, ad, monkeypatch):
    detect = service.models.photo_moderator.detector.detect_batch
    indecent = {"class": "FEMALE_BREAST_EXPOSED", "score": 0.99, "box": [1, 2, 3, 4]}
    monkeypatch.setattr(
        service.models.photo_moderator.detector,
        "detect_batch",
        lambda images, size: [
            [*found, *([indecent] if k == 1 else [])] for k, found in enumerate(detect(images, size))
        ],
    )
    result = service.describe(replace(ad, text="Продаю, иди на хуй, урод"))
    assert result.status == "rejected" and result.text == result.masked_text == ""
    photos = [v for v in result.verdicts if v.check == "photos"]
    assert [(v.index, v.passed) for v in photos] == [(0, True), (1, False)]
    assert ad.photos[1].name in photos[1].message.ru and photos[1].details["detections"][0]["box"] == [1, 2, 3, 4]
    assert [check for check, _ in pairwise([*[v.check for v in result.verdicts], None])] == [
        "photos", "photos", "text", *["match"] * len([v for v in result.verdicts if v.check == "match"])
    ]  # fmt: skip
    assert any(v.check == "text" and v.passed is False for v in result.verdicts)
    assert set(result.timings) == {"validate", *MODERATION, "moderation", "generation", "total"}
    assert result.timings["generation"] == 0 and result.scores == {}


def test_text_about_something_else_is_rejected_by_the_match(service, ad):
    result = service.describe(Ad({}, "Холодильник двухкамерный, морозилка снизу, не шумит", ad.photos))
    assert result.status == "rejected"
    assert {v.check for v in result.verdicts if v.passed is False} == {"match"}
    whole = next(v for v in result.verdicts if v.check == "match" and v.photo is None)
    assert whole.passed is False and whole.message.ru and whole.message.en


@pytest.fixture
def strict(service, monkeypatch):
    """A text judge that objects to the first ``count`` generated texts; what was generated is kept."""

    def make(count):
        judge = service.models.text_moderator.judge
        seen = []

        def judging(fields):
            if "generated" not in fields:
                return judge(fields)
            seen.append(fields["generated"])
            passed = len(seen) > count
            return [Verdict("text", passed, 0.0 if passed else 1.0, Bilingual("Грубо.", "Rude."))]

        monkeypatch.setattr(service.models.text_moderator, "judge", judging)
        return seen

    return make


def test_a_generated_text_that_fails_is_written_once_more(service, ad, full, strict):
    seen = strict(1)
    result = service.describe(ad)
    assert result.status == "ok" and result.text
    assert len(seen) == 2 and seen[0] == full.masked_text, "the second try is sampled, not the likeliest text again"
    assert result.masked_text == seen[1]


def test_two_failures_reject_the_ad(service, ad, strict):
    seen = strict(2)
    result = service.describe(ad)
    assert len(seen) == 2
    assert (result.status, result.text, result.masked_text) == ("rejected", "", "")
    assert result.verdicts[-1].check == "text" and result.verdicts[-1].passed is False
    assert "caption" in result.timings and "scores" not in result.timings


# --- what comes back ---


def test_steps_come_in_order_with_their_seconds(service, ad):
    *progress, result = service.run(ad)
    assert all(isinstance(event, Progress) for event in progress)
    begun = [event.step for event in progress if event.seconds is None and not event.text]
    ended = [event.step for event in progress if event.seconds is not None]
    assert tuple(begun) == tuple(ended) == STEPS
    written = [event.text for event in progress if event.text]
    assert written and written[-1] == result.masked_text
    timings = result.timings
    assert {event.step: event.seconds for event in progress if event.seconds is not None}.items() <= timings.items()
    assert timings["moderation"] == pytest.approx(sum(timings[step] for step in MODERATION))
    assert timings["generation"] == pytest.approx(sum(timings[step] for step in GENERATION))
    assert timings["total"] >= sum(timings[step] for step in STEPS)


def test_a_run_that_is_closed_does_no_further_step(service, ad):
    running = service.run(ad)
    seen = [next(running).step for _ in range(3)]
    running.close()
    assert seen == ["validate", "validate", "photos"]
    assert list(running) == []


def test_json_holds_everything_and_no_pixels(full):
    data = json.loads(json.dumps(full.to_json("en"), ensure_ascii=False))
    assert set(data) == {
        "status", "text", "masked_text", "diversity", "verdicts", "timings", "scores", "models", "checkpoint",
        "problems",
    }  # fmt: skip
    assert set(data["scores"]) == SCORES
    for verdict in data["verdicts"]:
        assert {"check", "passed", "score", "message", "photo"} <= set(verdict)


def test_the_model_behind_every_check_and_score_is_named(full, service):
    settings = service.settings
    assert full.models["photos"] == "NudeNet 320n"
    assert full.models["text"] == f"toxicity/{settings.toxicity}"
    assert full.models["diversity"] == f"diversity/{settings.diversity}"
    assert full.models["source_output_bertscore"] == f"language/{settings.bertscore}"
    assert {full.models[name] for name in SCORES if name != "source_output_bertscore"} == {f"clip/{settings.clip}"}


def test_the_same_seed_writes_the_same_and_another_a_variant(service, ad, full):
    assert service.describe(ad).text == full.text
    variants = {service.describe(ad, seed=seed).masked_text for seed in (1, 2, 3)}
    assert service.describe(ad, seed=1).masked_text in variants
    assert len(variants | {full.masked_text}) >= 3


def test_every_digit_of_the_description_was_typed(service, ad):
    for seed in range(3):
        text = service.describe(ad, seed=seed).text
        assert not [c for c in text if c.isdigit() and c not in ad.full_text], text


def test_every_photo_goes_through_a_backbone_once(service, ad, monkeypatch):
    """Match, diversity, captioner and scores share the features of a photo."""
    from models.vision import EfficientNetEncoder

    computed: list[tuple[str, int]] = []
    compute = EfficientNetEncoder._compute

    def counting(encoder, photos):
        computed.extend((encoder.name, id(photo)) for photo in photos)
        return compute(encoder, photos)

    monkeypatch.setattr(EfficientNetEncoder, "_compute", counting)
    result = service.describe(ad)
    assert {photo for _, photo in computed} == {id(photo) for photo in result.photos}
    assert len(set(computed)) == len(computed)


def test_a_missing_model_is_named_and_the_others_are_loaded(caplog):
    lacking = Service(Service().settings.model_copy(update={"toxicity": "not-there"}))
    lacking.warm_up().join()
    assert "not-there" in caplog.text
    assert "match_judge" in vars(lacking.models) and "text_moderator" not in vars(lacking.models)


def test_models_are_loaded_once(service, full):
    for name in ("encoder", "text_moderator", "photo_moderator", "match_judge", "diversity_judge", "bert_scorer"):
        assert getattr(service.models, name) is getattr(service.models, name)
    assert service.models.captioner(full.checkpoint) is service.models.captioner(full.checkpoint)
