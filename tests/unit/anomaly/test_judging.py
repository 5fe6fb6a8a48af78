from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.anomaly.finding import AnomalyVerdict, Direction, Normality
from driftgauge.anomaly.judging import MetricHistory, judge, teaching
from driftgauge.anomaly.measure import ERROR_SHARE, MEAN_CONFIDENCE, MEAN_LATENCY, PREDICTIONS

if TYPE_CHECKING:
    from driftgauge.model.bins import FloatArray

HOURS = np.arange(28 * 24 + 1)
ALPHA = 0.05
SEEDS = st.integers(0, 20)


def found(
    metric: str,
    values: FloatArray,
    rows: FloatArray | float | None = None,
    *,
    fixed: float | None = None,
    error: float = 0.0,
) -> AnomalyVerdict:
    """Judge the last of the hours."""
    many = values if rows is None else np.broadcast_to(np.asarray(rows, dtype=np.float64), values.shape)
    hours = HOURS[HOURS.size - values.size :]
    history = MetricHistory(metric=metric, values=values, rows=many.copy(), hours_of_week=hours % 168, error=error)
    return judge(history, alpha=ALPHA, fixed=fixed)


def noise(seed: int = 1, size: int = HOURS.size) -> FloatArray:
    return np.random.default_rng(seed).normal(0, 1, size)


def with_last(values: FloatArray, last: float) -> FloatArray:
    changed = values.copy()
    changed[-1] = last
    return changed


def counts(level: float, seed: int = 1) -> FloatArray:
    return np.random.default_rng(seed).poisson(level, HOURS.size).astype(np.float64)


def test_accuracy_that_falls_is_found_though_bands_of_rows_would_hold_it() -> None:
    """Rows that are right or wrong stray by .27, so their mean ± 3 σ allows anything from .1 to 1."""
    accuracy = 0.92 + 0.019 * noise()
    for last, verdict in ((0.60, Normality.ANOMALOUS), (0.90, Normality.NORMAL)):
        judged = found("accuracy", with_last(accuracy, last), 1)
        assert judged.verdict is verdict
    judged = found("accuracy", with_last(accuracy, 0.60), 1)
    assert judged.direction is Direction.DOWN
    assert judged.lower is not None
    assert 0.80 < judged.lower < 0.90
    assert judged.score is not None
    assert judged.score > 2


def test_a_reason_has_words_and_numbers() -> None:
    judged = found(PREDICTIONS, with_last(np.full(HOURS.size, 1000.0), 400))
    assert judged.reason == (
        "400 predictions; usual is 1,000 at this hour of the week (of 4), 800 to 1,200 are allowed".replace("are", "is")
        .replace("800", f"{judged.lower:,.0f}")
        .replace("1,200", f"{judged.upper:,.0f}")
    )
    assert (judged.value, judged.expected, judged.rows) == (400, 1000, 400)


@pytest.mark.parametrize(
    ("last", "direction"), [(500, Direction.DOWN), (2000, Direction.UP), (1010, None), (850, None), (1150, None)]
)
def test_traffic_that_is_halved_or_doubled_is_found(last: float, direction: Direction | None) -> None:
    assert found(PREDICTIONS, with_last(counts(1000), last)).direction is direction


def test_few_predictions_have_their_own_noise() -> None:
    rare = counts(0.5)
    assert found(PREDICTIONS, with_last(rare, 3)).verdict is Normality.NORMAL
    silent = found(PREDICTIONS, with_last(rare, 0))
    assert (silent.verdict, silent.lower) == (Normality.NORMAL, None)
    assert silent.reason.endswith(" is allowed")
    assert " up to " in f" {silent.reason.rpartition(', ')[2]}"
    assert found(PREDICTIONS, with_last(rare, 40)).direction is Direction.UP


def test_a_constant_history_is_no_reason_to_tell_a_small_change() -> None:
    steady = np.full(HOURS.size, 0.92)
    assert found("accuracy", with_last(steady, 0.90), 1).verdict is Normality.NORMAL
    assert found("accuracy", with_last(steady, 0.60), 1).verdict is Normality.ANOMALOUS
    assert found("accuracy", steady, 1).score == 0.0


def test_a_metric_that_was_always_0_cannot_be_judged() -> None:
    zeros = np.zeros(HOURS.size)
    judged = found("queue", with_last(zeros, 3), 1)
    assert (judged.verdict, judged.reason) == (
        Normality.INSUFFICIENT_DATA,
        "it was always 0: nobody knows what a large value is",
    )
    assert (judged.value, judged.score, judged.expected) == (3, None, None)


def test_an_error_after_none_is_no_alarm_and_five_percent_are_one() -> None:
    rows = 10_000.0
    none = np.zeros(HOURS.size)
    for errors, verdict in ((0, Normality.NORMAL), (1, Normality.NORMAL), (50, Normality.NORMAL)):
        assert found(ERROR_SHARE, with_last(none, errors / rows), rows).verdict is verdict
    judged = found(ERROR_SHARE, with_last(none, 0.05), rows)
    assert (judged.direction, judged.lower) == (Direction.UP, None)
    assert judged.reason == (
        "5.00% of the predictions failed; usual is 0.00% at this hour of the week (of 4), "
        f"up to {judged.upper:.2%} is allowed"
    )


def test_a_share_of_few_rows_has_their_noise() -> None:
    shares = np.random.default_rng(1).binomial(100, 0.01, HOURS.size) / 100
    assert found(ERROR_SHARE, with_last(shares, 0.05), 100).verdict is Normality.NORMAL
    assert found(ERROR_SHARE, with_last(shares, 0.2), 100).verdict is Normality.ANOMALOUS
    many = np.random.default_rng(1).binomial(5_000, 0.01, HOURS.size) / 5_000
    assert found(ERROR_SHARE, with_last(many, 0.05), 5_000).direction is Direction.UP


def test_errors_that_cease_are_found_too() -> None:
    shares = np.random.default_rng(1).binomial(5_000, 0.3, HOURS.size) / 5_000
    assert found(ERROR_SHARE, with_last(shares, 0.0), 5_000).direction is Direction.DOWN
    all_failed = with_last(np.full(HOURS.size, 0.995), 0.9)
    assert found(ERROR_SHARE, all_failed, 5_000).upper is None


def test_anything_may_be_allowed() -> None:
    halves = np.tile([0.0, 1.0], HOURS.size)[: HOURS.size]
    judged = found(ERROR_SHARE, np.random.default_rng(1).permuted(halves), 40)
    assert judged.verdict is Normality.NORMAL
    assert judged.reason.endswith("anything is allowed")


@pytest.mark.parametrize(("factor", "direction"), [(2, Direction.UP), (0.5, Direction.DOWN), (1.15, None)])
def test_latency_is_judged_by_factors(factor: float, direction: Direction | None) -> None:
    latency = 0.05 * np.exp(0.03 * noise())
    judged = found(MEAN_LATENCY, with_last(latency, 0.05 * factor), 500)
    assert judged.direction is direction
    assert judged.lower is not None
    assert judged.upper is not None
    assert judged.lower * judged.upper == pytest.approx((judged.expected or 0) ** 2)


def test_one_huge_row_among_many_is_no_anomaly() -> None:
    """It moves the mean of an hour as far as the error of that mean."""
    latency = with_last(0.05 * np.exp(0.03 * noise()), 0.25)
    assert found(MEAN_LATENCY, latency, 500).direction is Direction.UP
    assert found(MEAN_LATENCY, latency, 500, error=0.002).direction is Direction.UP
    judged = found(MEAN_LATENCY, latency, 500, error=0.2)
    assert (judged.verdict, judged.lower) == (Normality.NORMAL, None)
    assert found(MEAN_LATENCY, with_last(latency, 0.001), 500, error=0.2).score == 0.0


def test_what_happens_now_and_then_is_no_anomaly() -> None:
    right = np.where(np.arange(HOURS.size) % 97 == 5, 0.0, 1.0)
    assert found("accuracy", with_last(right, 0.0), 1).verdict is Normality.NORMAL
    assert found("accuracy", with_last(right, -9.0), 1).verdict is Normality.ANOMALOUS


def test_a_mean_of_few_rows_may_stray_farther() -> None:
    rows = np.where(HOURS % 24 < 12, 30.0, 3000.0)
    confidence = 0.8 + 0.4 * noise() / np.sqrt(rows)
    few = with_last(confidence, 0.95)
    assert found(MEAN_CONFIDENCE, few, rows).verdict is Normality.NORMAL
    assert found(MEAN_CONFIDENCE, few, with_last(rows, 3000.0)).verdict is Normality.ANOMALOUS


def test_latencies_of_any_size_are_told() -> None:
    latency = np.exp(np.random.default_rng(1).choice([-600.0, 0.0, 600.0], HOURS.size))
    judged = found(MEAN_LATENCY, with_last(latency, 1.0), 500)
    assert (judged.verdict, judged.lower, judged.upper) == (Normality.NORMAL, None, None)


@pytest.mark.parametrize(
    ("values", "rows", "reason"),
    [
        (np.full(7 * 24 + 1, 5.0), 40, "7.0 days of history, at least 8 are needed"),
        (np.append(np.full(300, np.nan), 5.0), 40, "0.0 days of history, at least 8 are needed"),
        (np.append(np.full(300, 0.05), 0.0), 40, "nothing is a part or a multiple of 0"),
        (np.full(300, 0.05), 20, "20 rows, at least 30 are needed"),
        (
            np.concatenate([np.full(20, 5.0), np.full(279, np.nan), [5.0]]),
            40,
            "too few hours like this one before it, or too few in the last week",
        ),
        (
            np.where(np.arange(601) >= 400, np.nan, 5.0),
            40,
            "too few hours like this one before it, or too few in the last week",
        ),
    ],
)
def test_where_nobody_can_tell_nothing_is_said(values: FloatArray, rows: float, reason: str) -> None:
    values = values.copy()
    values[-1] = 5.0 if math.isnan(values[-1]) else values[-1]
    judged = found(MEAN_LATENCY, values, rows)
    assert (judged.verdict, judged.reason) == (Normality.INSUFFICIENT_DATA, reason)
    assert (judged.score, judged.direction, judged.lower, judged.upper) == (None, None, None, None)


def test_a_metric_that_is_logged_each_night_needs_days_to_learn_from() -> None:
    nightly = np.full(HOURS.size, np.nan)
    nightly[-1 - 9 * 24 :: 24] = 0.9 + 0.01 * noise(size=10)
    assert found("auc", nightly, 1).reason == "6 hours to learn from, at least 12 are needed"
    nightly[0::24] = 0.9 + 0.01 * noise(size=29)
    assert found("auc", nightly, 1).verdict is Normality.NORMAL
    assert found("auc", with_last(nightly, 0.6), 1).verdict is Normality.ANOMALOUS


def test_so_many_deviations_as_somebody_chose_are_allowed() -> None:
    values = with_last(10 + noise(), 14.5)
    assert found("load", values, 1).verdict is Normality.NORMAL
    assert found("load", values, 1, fixed=3).verdict is Normality.ANOMALOUS


def test_the_budget_decides_how_far_is_too_far() -> None:
    values = with_last(10 + noise(), 14.5)
    history = MetricHistory(metric="load", values=values, rows=np.ones(HOURS.size), hours_of_week=HOURS % 168)
    limits = [judge(history, alpha=alpha).upper or 0 for alpha in (0.01, 0.1, 1.0, 1e6)]
    assert limits == sorted(limits, reverse=True)
    assert limits[0] > limits[-1] > 10


def test_an_incident_hides_neither_itself_nor_the_next() -> None:
    traffic = counts(1000)
    traffic[-12:] = 400
    assert found(PREDICTIONS, traffic).direction is Direction.DOWN
    traffic = counts(1000)
    traffic[-240:-200] = 0
    assert found(PREDICTIONS, with_last(traffic, 600)).direction is Direction.DOWN


@given(st.floats(0.01, 1e3), SEEDS, st.floats(-10, 10))
def test_the_unit_of_a_metric_does_not_matter(scale: float, seed: int, last: float) -> None:
    values = with_last(5 + noise(seed), last)
    one, other = found("load", values, 1), found("load", scale * values, 1)
    assert one.verdict is other.verdict
    assert other.score == pytest.approx(one.score)
    assert other.expected == pytest.approx(scale * (one.expected or 0))


@given(SEEDS, st.floats(-1e6, 1e6))
def test_up_and_down_are_alike(seed: int, last: float) -> None:
    values = with_last(noise(seed), last)
    one, other = found("load", values, 1), found("load", -values, 1)
    assert other.score == pytest.approx(one.score)
    assert {one.direction, other.direction} in ({None}, {Direction.UP, Direction.DOWN})


@given(
    st.lists(
        st.one_of(st.just(math.nan), st.just(0.0), st.floats(-1e150, 1e150), st.floats(0, 1)),
        min_size=1,
        max_size=HOURS.size,
    ),
    st.sampled_from([PREDICTIONS, ERROR_SHARE, MEAN_LATENCY, MEAN_CONFIDENCE, "anything"]),
    st.floats(0, 1e9),
)
def test_whatever_was_logged_there_is_a_verdict(values: list[float], metric: str, rows: float) -> None:
    given_values = np.resize(np.array(values), HOURS.size)
    if metric in {PREDICTIONS, MEAN_LATENCY}:
        given_values = np.abs(given_values) % 1e9
    if metric == ERROR_SHARE:
        given_values = np.abs(given_values) % 1
    judged = found(metric, with_last(given_values, 1.0), float(int(rows)))
    assert (judged.score is None) == (judged.verdict is Normality.INSUFFICIENT_DATA)
    assert (judged.direction is not None) == (judged.verdict is Normality.ANOMALOUS)
    for one in (judged.score, judged.expected, judged.lower, judged.upper):
        assert one is None or math.isfinite(one)


def test_the_newest_day_and_the_wildest_days_teach_nothing() -> None:
    residuals = np.ones(21 * 24)
    residuals[:48] = 100.0
    residuals[-24:] = 50.0
    assert teaching(residuals).tolist() == [1.0] * (18 * 24)
    assert teaching(np.full(48, np.nan)).size == 0
    assert teaching(np.append(np.full(30, np.nan), np.ones(24))).size == 0
