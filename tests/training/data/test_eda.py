"""The report on a small set with planted problems."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from masking import mask
from tests.training.data.ads import ITEMS, TEXTS, picture
from training.data.dataset import DatasetError, DatasetWriter, Draft
from training.data.eda.census import Census, quantiles, tallest
from training.data.eda.draws import independent
from training.data.eda.near import near_copies, near_pairs
from training.data.eda.report import main, make_report
from training.data.finish import find_masks
from training.data.record import AdRecord, Masks

ADS = 16


def ad(number, **fields):
    item = ITEMS[number % len(ITEMS)]
    size, price = 40 + number, 500 + 100 * number
    given = {
        "id": f"main:{number}",
        "attributes": {"Предмет одежды": item, "Размер": str(size), "Цена": f"{price} руб"},
        "text": TEXTS[item].format(size=size, price=price),
        "source": "MAIN",
        "split": "test" if number % 4 == 3 else "train",
        "diversity_score": number / ADS,
        "hidden_token": "<SINGLE>",
    }
    record = AdRecord(**given | fields)
    return record if "masks" in fields else record.model_copy(update={"masks": find_masks(record)})


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """16 ads of three photos with: a photo on both sides, a broken one, an English and a toxic text, an article number."""
    folder = tmp_path_factory.mktemp("planted")
    shots = [picture(folder / "raw" / f"{n}.jpg", n) for n in range(3 * ADS)]
    changes = {
        4: {"text": "A nice dress for sale, worn once, no stains at all"},
        6: {"text": "Отдам шапку только дебилам, пошёл на хуй, урод"},
        8: {"text": "Юбка, артикул 8054322, носила мало", "diversity_score": 0.99, "hidden_token": "<VARIATIVE>"},
    }
    with DatasetWriter(folder / "set", about="Planted problems.") as writer:
        for number in range(ADS):
            photos = list(shots[3 * number : 3 * number + 3])
            if number == 3:
                photos[0] = shots[0]  # main:0 is in train, main:3 in test
            if number == 5:
                photos[1] = photos[1].read_bytes()[:400]
            writer.write(Draft(ad(number, **changes.get(number, {})), tuple(photos)))
    return folder / "set"


@pytest.fixture(scope="module")
def report(planted, tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    result = make_report(planted, out, workers=1, sample=ADS)
    return result, (out / "report.html").read_text("utf-8"), (out / "report.md").read_text("utf-8"), out


def finding(markdown, words):
    """The two numbers before a finding of the chapter on problems."""
    found = re.search(rf"- \*\*(\d+) of (\d+)\*\* [^\n]*{words}", markdown)
    assert found, words
    return int(found[1]), int(found[2])


def test_the_planted_problems_are_found(report):
    markdown = report[2]
    assert finding(markdown, "near-copy in another split") == (2, 47)
    assert finding(markdown, "photos that cannot be read") == (1, 48)
    assert finding(markdown, "not in Russian") == (1, ADS)
    assert finding(markdown, "with a toxic text") == (1, ADS)
    assert finding(markdown, "with a nude photo") == (0, ADS)
    assert finding(markdown, "a digit is left") == (0, ADS)
    assert finding(markdown, "UNK_VAL")[0] == 1
    assert "**8054322**" in markdown
    assert "main:5" in markdown and "truncated or corrupt" in markdown


def test_the_counts_are_those_of_the_set(report):
    result, _, markdown, _ = report
    assert (result["ads"], result["photos"]) == (ADS, 3 * ADS)
    assert "| MAIN | test | 4 | 12 | 3.000 |" in markdown
    assert "| MAIN | train | 12 | 36 | 3.000 |" in markdown
    assert "peak at 3: so has this one" in markdown
    assert "| Размер | 16 | 100.0 % | 16 |" in markdown
    assert "| &lt;VARIATIVE> | 1 | 6.2 % |" in markdown


def test_own_texts_beat_shuffled_ones(report):
    rows = dict(re.findall(r"^\| (\w+) \| ([\d.]+ \| [\d.]+) \|", report[2], re.M))
    for score in ("item", "source_output_clip"):
        floor, ceiling = map(float, rows[score].split(" | "))
        assert ceiling > floor, score
    floor, own = map(float, rows["invented_numbers"].split(" | "))
    assert own < floor


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.tags = [], set()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.found += [value for name, value in attributes if name in ("src", "href", "xlink:href") and value]


def test_the_page_needs_nothing_else_and_markdown_finds_its_pictures(report):
    _, page, markdown, out = report
    links = _Links()
    links.feed(page)
    assert {"svg", "img", "table", "nav"} <= links.tags
    assert all(link.startswith(("#", "data:")) for link in links.found)
    assert "script" not in links.tags
    pictures = re.findall(r"\]\((figures/[^)]+)\)", markdown)
    assert pictures and all((out / name).is_file() for name in pictures)


@pytest.mark.long
def test_the_same_set_gives_the_same_report(planted, report, tmp_path):
    make_report(planted, tmp_path, workers=1, sample=ADS)
    assert (tmp_path / "report.md").read_text("utf-8") == report[2]
    assert (tmp_path / "report.html").read_text("utf-8") == report[1]


def test_a_folder_without_ads_is_told(tmp_path):
    with pytest.raises(SystemExit, match="is not a folder"):
        main([str(tmp_path / "none")])
    with DatasetWriter(tmp_path / "empty"):
        pass
    with pytest.raises(DatasetError, match="no ad"):
        make_report(tmp_path / "empty", tmp_path / "out", workers=1)


def test_near_pairs_are_those_of_comparing_all_with_all():
    random = np.random.default_rng(0)
    hashes = random.integers(0, 2**63, 200, dtype=np.uint64)
    flipped = hashes[:60] ^ np.array(
        [sum(1 << int(b) for b in random.choice(64, k % 9, False)) for k in range(60)], np.uint64
    )
    every = np.concatenate([hashes, flipped])
    apart = np.bitwise_count(every[:, None] ^ every[None])
    expected = [(i, j) for i in range(len(every)) for j in range(i + 1, len(every)) if apart[i, j] <= 6]
    assert near_pairs(every, 6).tolist() == [list(pair) for pair in expected]
    assert len(expected) >= 40


def test_a_photo_counts_once_where_it_matters_most():
    hashes = np.array([1, 1, 1, 2**40 - 1, 2**40 - 1], np.uint64)
    near = near_copies(hashes, ads=np.array([0, 0, 1, 2, 2]), splits=np.array([0, 0, 2, 0, 0]))
    assert (near.across_splits, near.within_split, near.within_ad) == (3, 0, 2)
    assert near_copies(hashes[:0], hashes[:0], hashes[:0]).across_splits == 0


def test_second_references_are_of_another_thing_with_another_text():
    first = ad(0)
    assert independent(first, ad(8, text="Юбка в складку, почти новая"))
    assert not independent(first, first.model_copy(update={"id": "main:0~2"}))
    assert not independent(first, ad(8))  # the same words around other numbers
    assert not independent(first, ad(1, task="caption"))
    assert not independent(first, ad(1, hidden_token="<VARIATIVE>"))


def test_a_census_counts_masks_by_place():
    census = Census()
    text = "Пальто, размер 46, цена 1500 руб"
    assert len(mask(text).spans) == 2
    census.add(ad(0, text=text, attributes={"Размер": "46"}))
    census.add(ad(1, text=text, attributes={}, masks=None))
    assert census.masks == {("text", "SIZE"): 1, ("text", "PRICE"): 1, ("prompt", "SIZE"): 1}
    assert census.unmasked == 1
    assert census.repeated_texts() == 1
    census.add(ad(2, text=text, masks=Masks()))
    assert census.digits_left == 1


def test_phones_are_not_shown():
    census = Census()
    text = "Пальто, размер 46, звоните 8 912 345-67-89"
    census.add(ad(0, text=text, attributes={"Телефон": "8 912 345-67-89"}))
    assert census.masks["text", "PHONE"] == 1
    shown = [example for kept in census.examples.values() for example in kept.values()]
    assert any("46" in example for example in shown)
    assert not any("345" in example for example in [*shown, *census.values["Телефон"]])


def test_quantiles_and_peaks():
    census = Census()
    census.photos_per_ad.update({1: 5, 3: 7, 4: 7})
    assert tallest(census.photos_per_ad) == 3
    assert quantiles(census.photos_per_ad) == [1, 3, 4]
