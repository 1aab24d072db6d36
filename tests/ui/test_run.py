from itertools import pairwise

import gradio as gr
import pytest

from pipeline.ad import Ad
from tests.ui.fake import FakeService
from ui import run, texts


def views(text, **kwargs):
    return list(run.describe(FakeService(), Ad(text=text), "ru", **kwargs))


def test_words_grow_and_the_result_comes_last(fake_parts):
    *progress, last = views("платье")
    written = [view.text for view in progress]
    assert all(later.startswith(earlier) for earlier, later in pairwise(written))
    assert all(view.result is None for view in progress)
    assert last.result["status"] == "ok" and last.text == last.result["text"]
    assert last.kept.masked_text and last.kept.photos == []


def test_every_step_is_seen_running(fake_parts):
    seen = " ".join(view.report for view in views("платье"))
    for step in texts.STEPS.values():
        assert f"<p>{step.ru}</p>" in seen


def test_choices_reach_the_service(fake_parts):
    service = FakeService()
    list(run.describe(service, Ad(text="а"), "ru", checkpoint="clothes", seed=3, blanks=True))
    assert service.ads[0][1:] == ("clothes", 3, True)


def test_stopping_closes_the_service(fake_parts):
    service = FakeService()
    running = run.describe(service, Ad(text="а"), "ru")
    next(running)
    running.close()
    assert service.closed == 1


def test_a_broken_service_is_told_and_raised(fake_parts):
    seen = []
    with pytest.raises(gr.Error, match="нет памяти"):
        for view in run.describe(FakeService(), Ad(text="сломайся"), "ru"):
            seen.append(view)
    assert texts.FAILED.ru in seen[-1].report and "нет памяти" in seen[-1].report
