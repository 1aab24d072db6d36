"""``make screenshot``: the page after the ready ad of three photos, as the READMEs show it (``docs/page.png``)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

FLAGS = ["--no-sandbox", "--disable-gpu"]
PATIENCE = 300_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", default="1.2_several_photos", help="folder in test_cases")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "page.png")
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--locale", default="ru-RU")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    arguments = parser.parse_args()

    from playwright.sync_api import sync_playwright

    from app import keep_private, launch

    keep_private()
    from pipeline import Service
    from pipeline.test_cases import TEST_CASES, read_case, read_cases
    from ui.cases import endpoint
    from ui.page import build

    case = read_case(TEST_CASES / arguments.case)
    service = Service()
    service.describe(case.ad)  # with the models loaded, so that the times are those of a running service
    page = build(service, read_cases())
    address, _ = launch(page, "127.0.0.1", None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=FLAGS)
        viewport = {"width": arguments.width, "height": 900}
        tab = browser.new_context(viewport=viewport, locale=arguments.locale).new_page()
        tab.set_default_timeout(PATIENCE)
        tab.goto(address)
        tab.click(f"#{endpoint(case)}")
        tab.wait_for_selector("#report .times .totals")
        tab.wait_for_selector("#generate:not([disabled])")
        tab.screenshot(path=arguments.out, full_page=True, animations="disabled")
        browser.close()
    page.close()


if __name__ == "__main__":
    main()
