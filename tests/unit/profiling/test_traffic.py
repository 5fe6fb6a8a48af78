"""Each group's summary is what a plain loop finds in it."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.model.traffic import LATENCY_BOUNDS
from driftgauge.profiling.traffic import summarise_traffic

bounds_ms = st.sampled_from([bound * 1000 for bound in LATENCY_BOUNDS])
latencies = st.one_of(bounds_ms, st.floats(-10, 1e5), st.floats(), st.sampled_from([5e-324, -0.0, 1e153, 1e154]))
confidences = st.one_of(st.none(), st.floats(0, 1), st.floats())
groups = st.lists(st.lists(st.tuples(latencies, confidences), min_size=1, max_size=8), max_size=6)


def usable(values: list[float]) -> list[float]:
    return [value for value in values if abs(value) <= 1e150]


@given(groups)
def test_every_group_is_summarised_as_if_alone(drawn: list[list[tuple[float, float | None]]]) -> None:
    summaries = summarise_traffic(
        [[latency for latency, _ in group] for group in drawn],
        [[confidence for _, confidence in group] for group in drawn],
    )
    for group, summary in zip(drawn, summaries, strict=True):
        seconds = usable([value for latency, _ in group if (value := latency / 1000) >= 0])
        sure = usable([confidence for _, confidence in group if confidence is not None])
        histogram = [0] * (len(LATENCY_BOUNDS) + 1)
        for value in seconds:
            histogram[bisect_left(LATENCY_BOUNDS, value)] += 1
        assert summary.predictions == len(group)
        assert summary.latency_buckets == tuple(histogram)
        assert summary.latency_sum == pytest.approx(math.fsum(seconds), rel=1e-9)
        assert summary.latency_squares == pytest.approx(math.fsum(value**2 for value in seconds), rel=1e-9)
        assert (summary.latency_min, summary.latency_max) == (min(seconds, default=None), max(seconds, default=None))
        assert summary.confidence_count == len(sure)
        size = math.fsum(map(abs, sure))
        assert summary.confidence_sum == pytest.approx(math.fsum(sure), rel=1e-9, abs=1e-9 * size)
        assert summary.confidence_squares == pytest.approx(math.fsum(value**2 for value in sure), rel=1e-9)
        assert (summary.confidence_min, summary.confidence_max) == (min(sure, default=None), max(sure, default=None))


@given(st.lists(st.tuples(latencies, confidences), min_size=2, max_size=8), st.integers(1, 7))
def test_two_summaries_add_up_to_that_of_both_groups(drawn: list[tuple[float, float | None]], place: int) -> None:
    parts = [part for part in (drawn[:place], drawn[place:]) if part]
    first, *others, whole = summarise_traffic(
        [[latency for latency, _ in group] for group in (*parts, drawn)],
        [[confidence for _, confidence in group] for group in (*parts, drawn)],
    )
    for other in others:
        first += other
    for added, asked in zip(asdict(first).values(), asdict(whole).values(), strict=True):
        assert added == (pytest.approx(asked, rel=1e-9, abs=1e-9) if isinstance(asked, float) else asked)


def test_no_groups_have_no_summaries() -> None:
    assert summarise_traffic([], []) == []


@pytest.mark.parametrize("slot", range(len(LATENCY_BOUNDS)))
def test_a_bound_belongs_to_its_own_bucket(slot: int) -> None:
    bound = LATENCY_BOUNDS[slot] * 1000
    [summary] = summarise_traffic([[bound, math.nextafter(bound, math.inf) * (1 + 1e-15)]], [[None, None]])
    assert summary.latency_buckets[slot : slot + 2] == (1, 1)
