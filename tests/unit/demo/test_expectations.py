from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from driftgauge.demo.expectations import Expectation
from driftgauge.demo.incidents import ERRORS, LATENCY, UNIT

OURS = 'model="flight-delay",version="2013.1",environment="production"'


def scrape(*lines: str) -> list[Sample]:
    text = "\n".join(lines).replace("OURS", OURS) + "\n"
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def test_a_gauge_is_held_against_its_bound() -> None:
    drifted = UNIT.expected[1]
    assert drifted.holds(since=[], now=scrape('ml_feature_drifted{OURS,feature="temp",test="ks"} 1'))
    assert not drifted.holds(since=[], now=scrape('ml_feature_drifted{OURS,feature="temp"} 0'))


@pytest.mark.parametrize(
    "line",
    [
        'ml_feature_drifted{OURS,feature="humid"} 1',
        'ml_feature_drifted{model="other",version="2013.1",environment="production",feature="temp"} 1',
        'ml_feature_drift_score{OURS,feature="temp"} 1',
    ],
)
def test_another_series_is_no_signal(line: str) -> None:
    assert UNIT.expected[1].value(since=[], now=scrape(line)) is None
    assert not UNIT.expected[1].holds(since=[], now=scrape(line))


def test_error_share_counts_from_the_earlier_scrape() -> None:
    (errors,) = ERRORS.expected
    before = scrape('ml_predictions_total{OURS,status="success"} 17000')
    after = scrape('ml_predictions_total{OURS,status="success"} 17800', 'ml_predictions_total{OURS,status="error"} 200')
    assert errors.value(since=before, now=after) == pytest.approx(0.2)
    assert errors.holds(since=before, now=after)
    assert errors.value(since=after, now=after) is None


def test_mean_latency_counts_from_the_earlier_scrape() -> None:
    (latency,) = LATENCY.expected
    before = scrape("ml_prediction_latency_seconds_sum{OURS} 680", "ml_prediction_latency_seconds_count{OURS} 17000")
    after = scrape("ml_prediction_latency_seconds_sum{OURS} 920", "ml_prediction_latency_seconds_count{OURS} 18000")
    assert latency.value(since=before, now=after) == pytest.approx(0.24)
    assert latency.holds(since=before, now=after)


def test_the_same_is_said_in_promql() -> None:
    gauge = Expectation(says="", metric="ml_feature_drifted", labels={"feature": "temp"}, above=0.5)
    assert gauge.promql() == f'ml_feature_drifted{{{OURS},feature="temp"}} > 0.5'
    (errors,) = ERRORS.expected
    assert errors.promql(over="10s") == (
        f'sum(increase(ml_predictions_total{{{OURS},status="error"}}[10s])) '
        f"/ sum(increase(ml_predictions_total{{{OURS}}}[10s])) > 0.1"
    )
