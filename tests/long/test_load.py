"""Several users at once, and many ads one after the other."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from statistics import median

import pytest

from pipeline import Ad
from tests.long.conftest import client, describe, measured

pytestmark = pytest.mark.long

USERS, ADS_A_USER = 6, 5
SOAK_ADS, SETTLED = 200, 50
ALLOWED_GROWTH = 100


def test_users_at_once_get_their_own_descriptions(app, three_photos, tmp_path):
    """Six sellers press the button again and again; each has a price of their own, and nobody gets another's."""

    def sell(user: int) -> list[tuple[float, dict]]:
        mine = client(app, tmp_path / str(user))
        ad = Ad({"Предмет одежды": "платье", "Цена": f"{1000 + user} руб"}, three_photos.text, three_photos.photos)
        answers = []
        for seed in range(ADS_A_USER):
            begun = time.perf_counter()
            result = describe(mine, ad, seed=seed)
            answers.append((time.perf_counter() - begun, result))
        return answers

    for user in range(USERS):
        (tmp_path / str(user)).mkdir()
    begun = time.perf_counter()
    with ThreadPoolExecutor(USERS) as pool:
        answers = list(pool.map(sell, range(USERS)))
    took = time.perf_counter() - begun
    for user, own in enumerate(answers):
        assert [result["status"] for _, result in own] == ["ok"] * ADS_A_USER
        others = {str(1000 + other) for other in range(USERS) if other != user}
        assert not [result["text"] for _, result in own if any(price in result["text"] for price in others)]
    assert any(str(1000 + user) in result["text"] for user, own in enumerate(answers) for _, result in own)
    waited = sorted(seconds for own in answers for seconds, _ in own)
    measured(
        f"{USERS} users, {ADS_A_USER} ads each",
        ads_a_minute=60 * len(waited) / took,
        median_wait=median(waited),
        longest_wait=waited[-1],
        megabytes=app.megabytes,
    )
    assert waited[-1] < 3 * USERS * 1.5, "the queue is fair: nobody waits much longer than all others take"


def test_many_ads_leave_no_memory_behind(app, cases, tmp_path):
    """All test cases in turn, accepted and rejected ones; memory, threads and open files must settle."""
    user = client(app, tmp_path)
    before: dict[str, float] = {}
    for number, case in enumerate(islice(cycle(cases), SOAK_ADS)):
        if number == SETTLED:
            before = _holdings(app)
        result = describe(user, case.ad, seed=number)
        assert result["status"] in ("ok", "rejected"), (case.name, result["problems"])
    after = _holdings(app)
    measured(f"soak of {SOAK_ADS} ads", **{f"{name}_before": value for name, value in before.items()}, **after)
    assert after["megabytes"] - before["megabytes"] < ALLOWED_GROWTH
    assert after["threads"] <= before["threads"] + 5
    assert after["files"] <= before["files"] + 5


def _holdings(app) -> dict[str, float]:
    time.sleep(2)
    process = app.process
    return {"megabytes": app.megabytes, "threads": process.num_threads(), "files": process.num_fds()}
