"""Every real test case on the real service: its button in Chromium, its endpoint over HTTP."""

import pytest
from gradio_client import Client, handle_file

from pipeline.test_cases import TEST_CASES
from ui import texts
from ui.cases import endpoint


def check(case, result):
    """Compare a JSON result with what the case expects."""
    assert result["status"] == case.expected["expected_outcome"], case.name
    if result["status"] == "ok":
        assert result["text"].strip(), case.name


def test_every_folder_is_a_case(real):
    folders = {path.parent.name for path in TEST_CASES.glob("*/case.json")}
    assert {case.name for case in real.cases} == folders
    assert len(folders) >= 11


@pytest.mark.browser
def test_every_button_gives_what_its_case_expects(real, visit):
    tab = visit(real.address)
    buttons = tab.locator("#cases button")
    assert buttons.all_inner_texts() == [case.title.ru for case in real.cases]
    for number, case in enumerate(real.cases):
        before = len(real.service.results)
        buttons.nth(number).click()
        while len(real.service.results) == before:
            tab.wait_for_timeout(50)
        tab.wait_for_selector("#generate:not([disabled])")
        result = real.service.results[-1]
        check(case, result.to_json())
        banner = tab.locator("#report .banner")
        assert texts.STATUS[result.status].ru in banner.inner_text()
        assert tab.input_value("#description textarea") == result.text
        assert tab.locator("#photos .tiles li").count() == len(case.ad.photos) == tab.locator("#report figure").count()
    assert tab.external == [] and tab.errors == []


@pytest.mark.browser
def test_every_case_over_http_gives_what_it_expects(real, tmp_path):
    client = Client(real.address, verbose=False, download_files=tmp_path)
    for case in real.cases:
        rows, text, photos, seed = client.predict(api_name=f"/{endpoint(case)}")
        description, _, result = client.predict(
            attributes=rows, text=text, photos=[handle_file(p) for p in photos], seed=seed, api_name="/describe"
        )
        check(case, result)
        assert result["text"] == description
