"""The exporter's own figures, as rules ask of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.alerting.own_metrics import OWN_METRICS, latency_quantile, traffic_metrics
from driftgauge.health.facts import TrafficFacts
from driftgauge.model.traffic import LATENCY_BOUNDS


@given(st.lists(st.floats(0, 20), min_size=1, max_size=200), st.sampled_from([0.5, 0.9, 0.95, 1.0]))
def test_a_quantile_lies_in_the_bucket_of_the_true_one(latencies: list[float], share: float) -> None:
    places = np.searchsorted(LATENCY_BOUNDS, latencies)
    buckets = tuple(int(count) for count in np.bincount(places, minlength=len(LATENCY_BOUNDS) + 1))
    found = latency_quantile(buckets, share)
    true = float(np.quantile(latencies, share, method="inverted_cdf"))
    place = int(np.searchsorted(LATENCY_BOUNDS, true))
    if place == len(LATENCY_BOUNDS):
        assert found == LATENCY_BOUNDS[-1]
    else:
        assert (LATENCY_BOUNDS[place - 1] if place else 0) <= found <= LATENCY_BOUNDS[place]


def test_predictions_without_latencies_have_no_latency() -> None:
    silent = TrafficFacts(hours=1, predictions=10, successes=9, latency_buckets=(0,) * 14, latency_sum=0)
    found = dict(traffic_metrics(silent))
    assert found == {"ml_predictions": 10, "ml_error_ratio": pytest.approx(0.1)}
    assert found.keys() <= OWN_METRICS.keys()


def test_every_figure_is_documented_in_the_same_words() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alert-rules.md").read_text(encoding="utf-8")
    for name, meaning in OWN_METRICS.items():
        assert f"| `{name}` | {meaning} |" in page
