"""One user: how fast the page is there, how long an ad takes, what the app holds when nobody uses it."""

import time
from statistics import median

import pytest

from tests.long.conftest import client, describe, measured

pytestmark = pytest.mark.long


def test_the_page_is_there_within_20_seconds(app):
    measured("start of the page", seconds=app.seconds_to_start)
    assert app.seconds_to_start < 20


def test_an_ad_with_three_photos_takes_3_seconds(app, three_photos, tmp_path):
    """Every step of the road; over HTTP the upload of the photos comes on top."""
    user = client(app, tmp_path)
    describe(user, three_photos)
    results, over_http = [], []
    for _ in range(10):
        begun = time.perf_counter()
        results.append(describe(user, three_photos))
        over_http.append(time.perf_counter() - begun)
    assert all(result["status"] == "ok" and result["text"] for result in results)
    totals = [result["timings"]["total"] for result in results]
    steps = {name: median(result["timings"][name] for result in results) for name in results[0]["timings"]}
    measured("ad with 3 photos and text, warm", median=median(totals), worst=max(totals), over_http=median(over_http))
    measured("seconds by step, median", **{name: float(seconds) for name, seconds in steps.items()})
    assert median(totals) <= 3


def test_idle_memory(app, three_photos, tmp_path):
    describe(client(app, tmp_path), three_photos)
    time.sleep(5)
    measured("idle memory", megabytes=app.megabytes)
    assert app.megabytes < 2048
