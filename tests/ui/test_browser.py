"""What a person does on the page, in Chromium, on the stand-in service."""

import json

import pytest

from pipeline.test_cases import read_cases
from tests.ui.conftest import serve
from tests.ui.fake import FakeService
from ui import texts

pytestmark = pytest.mark.browser


def finish(tab, status="ok"):
    """Wait for the end of a run with this status."""
    tab.wait_for_selector(f"#report .banner >> text={texts.STATUS[status].ru}")
    tab.wait_for_selector("#generate:not([disabled])")


def names(tab):
    return tab.eval_on_selector_all("#photos .tiles li", "tiles => tiles.map(tile => tile.title)")


def upload(tab, paths, count):
    tab.set_input_files("#photos input[type=file]", [str(path) for path in paths])
    tab.wait_for_function(
        f"document.querySelectorAll('#photos .tiles li:not(.uploading)').length === {count}"
        " && !document.querySelector('#photos .uploading')"
    )


def type_text(tab, text):
    tab.fill("#seller-text textarea", text)


def test_a_seller_fills_the_form_and_reads_the_description(served, visit, pictures):
    tab = visit(served.address)
    tab.get_by_label("Размер", exact=True).fill("44-46 (M)")
    tab.click(f"#attributes >> text={texts.ADD_FIELD.ru}")
    tab.keyboard.type("Длина")
    tab.keyboard.press("Tab")
    tab.keyboard.type("90 см")
    type_text(tab, "платье")
    upload(tab, pictures("a.png", "b.png"), 2)
    tab.click("#generate")
    finish(tab)
    ad, checkpoint, seed, blanks = served.service.ads[-1]
    assert ad.attributes == {"Размер": "44-46 (M)", "Длина": "90 см"}
    assert (ad.text, [p.name for p in ad.photos]) == ("платье", ["a.png", "b.png"])
    assert (checkpoint, seed, blanks) == (None, 0, False)
    assert tab.input_value("#description textarea") == "Продаю вещь, вариант 0. Размер 44. Цена 1500 ₽"
    assert tab.locator("#report figure").count() == 2
    assert tab.locator("#report .scores dd").count() == 6
    tab.click(f"#json >> text={texts.AS_JSON.ru}")
    tab.wait_for_selector("#json >> text=masked_text")
    assert tab.external == [] and tab.errors == []


def test_every_case_button_fills_the_form_and_runs(served, visit):
    tab = visit(served.address)
    outcomes = {"1.1_dress": "ok", "6_text": "ok", "10_rude": "rejected"}
    assert tab.locator("#cases button").all_inner_texts() == [case.title.ru for case in served.cases]
    for number, case in enumerate(served.cases, start=1):
        tab.click(f"#cases button >> text={case.title.ru}")
        tab.wait_for_function(f"document.querySelector('#seller-text textarea').value === {json.dumps(case.ad.text)}")
        while len(served.service.ads) < number:
            tab.wait_for_timeout(50)
        finish(tab, outcomes[case.name])
        assert served.service.ads[-1][0].text == case.ad.text
        assert names(tab) == [photo.name for photo in case.ad.photos]
    assert tab.locator("#report figure .veil").count() == 1
    assert tab.errors == [], "the text of a case was run as code"


def test_photos_are_reordered_and_removed_from_the_keyboard(served, visit, pictures):
    tab = visit(served.address)
    upload(tab, pictures("a.png", "b.png", "c.png"), 3)
    assert tab.inner_text("#photos .counter") == "3/10"
    tab.get_by_label(f"{texts.PHOTO_WORDS['later'].ru}: 1").focus()
    tab.keyboard.press("Enter")
    assert names(tab) == ["b.png", "a.png", "c.png"]
    tab.get_by_label(f"{texts.PHOTO_WORDS['earlier'].ru}: 3").click()
    assert names(tab) == ["b.png", "c.png", "a.png"]
    tab.get_by_label(f"{texts.PHOTO_WORDS['remove'].ru}: 2").click()
    tab.drag_and_drop("#photos .tiles li:nth-child(2) img", "#photos .tiles li:nth-child(1) img")
    assert names(tab) == ["a.png", "b.png"]
    tab.click("#generate")
    finish(tab)
    assert [path.name for path in served.service.ads[-1][0].photos] == ["a.png", "b.png"]


def test_files_are_dropped_and_pasted(served, visit):
    tab = visit(served.address)
    for kind, target in (("drop", "#photos .add"), ("paste", "body")):
        tab.evaluate(
            """async ([kind, target]) => {
                const canvas = document.createElement("canvas");
                const blob = await new Promise(done => canvas.toBlob(done));
                const data = new DataTransfer();
                data.items.add(new File([blob], kind + ".png", {type: "image/png"}));
                const options = {bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data};
                const event = kind === "drop" ? new DragEvent(kind, options) : new ClipboardEvent(kind, options);
                document.querySelector(target).dispatchEvent(event);
            }""",
            [kind, target],
        )
        tab.wait_for_selector(f"#photos li[title='{kind}.png']")
    assert names(tab) == ["drop.png", "paste.png"]


def test_too_many_photos_and_no_photo_at_all_are_told_together_and_the_form_keeps_them(
    served, visit, pictures, tmp_path
):
    fake_photo = tmp_path / "text.png"
    fake_photo.write_text("это текст")
    by_content = tmp_path / "photo.bin"
    by_content.write_bytes(pictures("x.png")[0].read_bytes())
    tab = visit(served.address)
    upload(tab, [*pictures(*(f"{i}.png" for i in range(9))), by_content, fake_photo], 11)
    assert tab.inner_text("#photos .counter") == "11/10"
    assert texts.PHOTO_WORDS["too_many"].ru in tab.inner_text("#photos .photo-notes")
    tab.click("#generate")
    finish(tab, "invalid")
    told = tab.inner_text("#report .banner")
    assert "Больше 10 фото." in told and "text.png: это не фото." in told and "photo.bin" not in told
    assert len(names(tab)) == 11


def test_a_file_that_is_too_large_is_named_and_the_others_are_kept(served, visit, pictures, tmp_path):
    large = tmp_path / "large.png"
    large.write_bytes(bytes(25 * 2**20 + 1))
    tab = visit(served.address)
    upload(tab, [large, *pictures("a.png")], 1)
    assert tab.inner_text("#photos .photo-notes") == f"large.png: {texts.PHOTO_WORDS['too_big'].ru}"


def test_an_empty_form_gets_a_reminder(served, visit):
    tab = visit(served.address)
    tab.click("#generate")
    finish(tab, "empty")
    assert texts.STATUS_HINT["empty"].ru in tab.inner_text("#report .banner.warn")


def test_the_switch_of_blanks_needs_no_new_run(served, visit):
    tab = visit(served.address)
    type_text(tab, "платье")
    tab.click("#generate")
    finish(tab)
    tab.get_by_label(texts.BLANKS.ru).check()
    tab.wait_for_function("document.querySelector('#description textarea').value.includes('Размер __')")
    tab.get_by_label(texts.BLANKS.ru).uncheck()
    tab.wait_for_function("document.querySelector('#description textarea').value.includes('Размер 44')")
    assert len(served.service.ads) == 1


def test_the_description_is_edited_and_copied(served, visit):
    tab = visit(served.address, permissions=["clipboard-read", "clipboard-write"])
    type_text(tab, "платье")
    tab.click("#generate")
    finish(tab)
    tab.fill("#description textarea", "Моё описание")
    tab.click("#copy")
    tab.wait_for_selector("#copy.copied")
    assert tab.evaluate("navigator.clipboard.readText()") == "Моё описание"


def test_another_variant_takes_the_next_seed(served, visit):
    tab = visit(served.address)
    type_text(tab, "платье")
    for seed in (1, 2):
        tab.click("#another")
        tab.wait_for_function(f"document.querySelector('#description textarea').value.includes('вариант {seed}')")
        finish(tab)
    assert tab.input_value("#seed input") == "2"
    assert [seed for _, _, seed, _ in served.service.ads] == [1, 2]


def test_cancel_stops_the_service_and_frees_the_form(served, visit):
    served.service.pause = 0.5
    tab = visit(served.address)
    type_text(tab, "платье")
    tab.click("#generate")
    tab.wait_for_selector("#report .banner.busy")
    tab.click("#cancel")
    tab.wait_for_selector(f"#report >> text={texts.CANCELLED.ru}")
    tab.wait_for_selector("#generate:not([disabled])")
    assert tab.is_disabled("#cancel")
    tab.wait_for_timeout(2000)
    assert served.service.closed == 1
    assert texts.CANCELLED.ru in tab.inner_text("#report")
    assert tab.input_value("#seller-text textarea") == "платье"
    served.service.pause = 0.0
    tab.click("#generate")
    finish(tab)


def test_a_failure_is_told_and_the_form_can_be_run_again(served, visit):
    tab = visit(served.address)
    type_text(tab, "сломайся")
    tab.click("#generate")
    tab.wait_for_selector("#report .banner.bad >> text=нет памяти")
    tab.wait_for_selector("#generate:not([disabled])")
    type_text(tab, "платье")
    tab.click("#generate")
    finish(tab)


def test_clear_empties_the_form(served, visit, pictures):
    tab = visit(served.address)
    type_text(tab, "платье")
    tab.get_by_label("Цвет", exact=True).fill("синий")
    upload(tab, pictures("a.png"), 1)
    tab.click("#clear")
    tab.wait_for_function("document.querySelectorAll('#photos .tiles li').length === 0")
    assert tab.get_by_label("Цвет", exact=True).input_value() == ""
    assert tab.input_value("#seller-text textarea") == ""


def test_an_unready_checkpoint_says_why(served, visit):
    tab = visit(served.address)
    tab.click("#checkpoint input")
    options = tab.locator("ul[role=listbox] li").all_inner_texts()
    assert any("нужна загрузка" in option for option in options)
    tab.locator("ul[role=listbox] li", has_text="vit-rugpt2").click()
    tab.wait_for_selector("#checkpoint-note >> text=Нет весов")


def test_an_english_browser_gets_english(served, visit):
    tab = visit(served.address, "en-US")
    assert tab.inner_text("#generate") == texts.GENERATE.en
    assert texts.PHOTOS_ADD.en in tab.inner_text("#photos")
    assert tab.locator("#cases button").first.inner_text() == served.cases[0].title.en
    tab.click("#cases button >> nth=1")
    tab.wait_for_selector(f"#report >> text={texts.STATUS['ok'].en}")
    shown = tab.inner_text("#report").lower()
    assert not any(step.ru.lower() in shown for step in texts.STEPS.values())


def test_the_language_can_be_forced(fake_parts, case_root, visit):
    running = serve(FakeService(), read_cases(case_root), "ru")
    try:
        tab = visit(running.address, "de-DE")
        assert tab.inner_text("#generate") == texts.GENERATE.ru
    finally:
        running.page.close()


@pytest.mark.parametrize("width", [390, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_at_any_width(served, visit, width, scheme):
    tab = visit(served.address, width=width, color_scheme=scheme)
    tab.click("#cases button >> nth=0")
    finish(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    outside = tab.evaluate(
        """() => [...document.querySelectorAll("#form *, #result *, #cases *")].filter(node => {
            const box = node.getBoundingClientRect();
            return box.width > 1 && (box.right > innerWidth + 1 || box.left < -1);
        }).map(node => node.outerHTML.slice(0, 80))"""
    )
    assert outside == []


def test_two_sellers_at_once_get_their_own_descriptions(served, visit):
    served.service.pause = 0.1
    tabs = [visit(served.address), visit(served.address)]
    for number, tab in enumerate(tabs):
        type_text(tab, f"платье {number}")
        tab.fill("#seed input", str(number + 5))
    for tab in tabs:
        tab.click("#generate")
    for number, tab in enumerate(tabs):
        finish(tab)
        assert f"вариант {number + 5}" in tab.input_value("#description textarea")
