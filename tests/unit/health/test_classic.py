"""The classic score is the success rate, lowered by each fault, and never leaves [0, 1]."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.health.classic import classic_score


@pytest.mark.parametrize(
    ("latency", "data", "concept", "score"),
    [
        (None, False, False, 1.0),
        (200.0, False, False, 1.0),
        (200.001, False, False, 0.8),
        (10.0, True, False, 0.7),
        (10.0, False, True, 0.6),
        (10.0, True, True, 0.42),
        (999.0, True, True, 0.336),
    ],
)
def test_each_fault_multiplies(latency: float | None, *, data: bool, concept: bool, score: float) -> None:
    found = classic_score(success_rate=1.0, mean_latency_ms=latency, data_drift=data, concept_drift=concept)
    assert found == pytest.approx(score)


def test_without_predictions_there_is_none() -> None:
    assert classic_score(success_rate=None, mean_latency_ms=900.0, data_drift=True, concept_drift=True) is None


@given(
    rate=st.floats(-1, 2),
    latency=st.none() | st.floats(allow_nan=False),
    data=st.booleans(),
    concept=st.booleans(),
)
def test_it_stays_within_0_and_1_and_no_fault_raises_it(
    rate: float, latency: float | None, *, data: bool, concept: bool
) -> None:
    found = classic_score(success_rate=rate, mean_latency_ms=latency, data_drift=data, concept_drift=concept)
    best = classic_score(success_rate=rate, mean_latency_ms=None, data_drift=False, concept_drift=False)
    assert found is not None
    assert best is not None
    assert 0 <= found <= best <= 1
    assert math.isclose(best, min(max(rate, 0.0), 1.0))
