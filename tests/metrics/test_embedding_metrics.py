"""The ``evaluate`` side of the embedding scores, and what all metrics share."""

import evaluate
import pytest

from metrics import METRICS, load_metric

EAST, SIXTY = [1.0, 0.0], [0.5, 0.75**0.5]


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_local_and_says_range_and_source(name):
    metric = load_metric(name)
    assert isinstance(metric, evaluate.Metric)
    low, high = metric.range
    assert low < high
    assert "Range" in metric.description
    assert metric.citation


def test_unknown_metric_names_the_known_ones():
    with pytest.raises(KeyError, match="cider"):
        load_metric("spice")


def test_clipscore_over_ads():
    result = load_metric("clipscore").compute(predictions=[EAST, EAST], references=[[EAST, SIXTY], [SIXTY]])
    assert result["per_text"] == pytest.approx([0.75, 0.5])
    assert result["clipscore_mean"] == pytest.approx(0.625)
    assert result["clipscore_max"] == pytest.approx(0.75)
    assert result["hessel_mean"] == pytest.approx(2.5 * 0.625)


def test_photo_similarity_over_ads_skips_single_photos():
    result = load_metric("photo_similarity").compute(predictions=[[EAST, SIXTY], [EAST]])
    assert result["photo_photo_mean"] == pytest.approx(0.5)
    assert result["per_text"] == [pytest.approx(0.5), None]
    assert (result["ads"], result["ads_with_pairs"]) == (2, 1)


def test_source_output_over_ads():
    result = load_metric("source_output").compute(predictions=[EAST, SIXTY], references=[EAST, EAST])
    assert result["source_output_clip"] == pytest.approx(0.75)
