"""A value is judged by how far it is beyond its limits, given how sure one can be of it."""

from __future__ import annotations

import math

import orjson
import pytest

from driftgauge.performance.metric import Measured, undefined
from driftgauge.performance.registry import BINARY, REGRESSION
from driftgauge.performance.thresholds import (
    FixedLimits,
    Judgement,
    PerformanceVerdict,
    ReferenceBand,
    judge,
    reference_band,
)

ACCURACY, MAE, R2 = BINARY["accuracy"], REGRESSION["mae"], REGRESSION["r2"]
BAND = ReferenceBand(mean=0.9, deviation=0.01, error=0.01, chunks=10, greatest=1.0)


def found(value: float, error: float | None = 0.01, rows: int = 900) -> Measured:
    return Measured(value=value, error=error, rows=rows)


@pytest.mark.parametrize(
    ("value", "verdict", "words"),
    [
        (
            0.86,
            PerformanceVerdict.DEGRADED,
            "accuracy 0.86 is below 0.87: 0.9 ± 3 × 0.01 in 10 chunks",
        ),
        (0.88, PerformanceVerdict.STABLE, "accuracy 0.88 is within 0.87 to 0.93: 0.9 ± 3 × 0.01 in 10 chunks"),
        (0.95, PerformanceVerdict.IMPROVED, "accuracy 0.95 is above 0.93: 0.9 ± 3 × 0.01 in 10 chunks"),
    ],
)
def test_a_value_is_held_against_the_references_chunks(value: float, verdict: PerformanceVerdict, words: str) -> None:
    judgement = judge(ACCURACY, found(value), BAND)
    assert judgement.verdict is verdict
    assert words in judgement.reason
    assert (judgement.lower, judgement.upper) == (pytest.approx(0.87), pytest.approx(0.93))


def test_a_window_of_few_rows_gets_a_wider_band() -> None:
    assert judge(ACCURACY, found(0.85), BAND).verdict is PerformanceVerdict.DEGRADED
    few = judge(ACCURACY, found(0.85, error=0.04, rows=60), BAND)
    assert few.verdict is PerformanceVerdict.STABLE
    assert "widened for the sampling error (0.04, 60 rows)" in few.reason


def test_where_lower_is_better_the_sides_change_their_meaning() -> None:
    band = reference_band(MAE, [found(value, 0.1) for value in (1.9, 2.0, 2.1)])
    assert band is not None
    assert judge(MAE, found(2.5, 0.1), band).verdict is PerformanceVerdict.DEGRADED
    assert judge(MAE, found(1.5, 0.1), band).verdict is PerformanceVerdict.IMPROVED


@pytest.mark.parametrize(
    ("value", "error", "verdict"),
    [
        (0.88, 0.003, PerformanceVerdict.DEGRADED),
        (0.88, 0.03, PerformanceVerdict.STABLE),
        (0.95, 0.003, PerformanceVerdict.STABLE),
        (0.99, 0.003, PerformanceVerdict.IMPROVED),
    ],
)
def test_a_fixed_limit_must_be_surely_passed(value: float, error: float, verdict: PerformanceVerdict) -> None:
    judgement = judge(ACCURACY, found(value, error), FixedLimits(lower=0.9, upper=0.97))
    assert (judgement.verdict, judgement.lower, judgement.upper) == (verdict, 0.9, 0.97)


def test_the_reason_of_a_fixed_limit_has_the_numbers() -> None:
    limits = FixedLimits(lower=0.9)
    assert judge(ACCURACY, found(0.88, 0.003), limits).reason == (
        "accuracy 0.88 is below the limit 0.9, by more than 2 sampling errors of 0.003 (900 rows)"
    )
    assert judge(ACCURACY, found(0.92, 0.003), limits).reason == (
        "accuracy 0.92 is within its limits, with a sampling error of 0.003 (900 rows)"
    )
    assert judge(MAE, found(3.0), FixedLimits(upper=2.0)).verdict is PerformanceVerdict.DEGRADED


@pytest.mark.parametrize(
    ("measured", "limits", "reason"),
    [
        (undefined(4, "no positives in 4 rows"), BAND, "no positives in 4 rows"),
        (found(0.1, rows=20), BAND, "20 rows; 30 are needed"),
        (found(0.1, error=None, rows=30), BAND, "30 rows tell no sampling error"),
        (found(0.1), None, "fewer than 2 chunks of the reference have a value"),
    ],
)
def test_what_cannot_be_judged_says_why(measured: Measured, limits: ReferenceBand | None, reason: str) -> None:
    expected = Judgement(verdict=PerformanceVerdict.INSUFFICIENT_DATA, reason=reason)
    assert judge(ACCURACY, measured, limits, minimum_rows=30) == expected


def test_a_band_takes_two_chunks_with_a_value() -> None:
    assert reference_band(ACCURACY, [found(0.9), undefined(3, "no rows")]) is None


def test_a_band_stays_in_the_range_of_its_metric() -> None:
    band = reference_band(ACCURACY, [found(0.9), found(1.0)])
    assert band is not None
    assert (band.lower, band.upper) == (pytest.approx(0.8), 1.0)


def test_a_band_is_read_back_as_it_was_written() -> None:
    band = reference_band(R2, [found(0.3), found(0.5)])
    assert band is not None
    assert math.isinf(band.least)
    assert ReferenceBand.from_json(orjson.loads(orjson.dumps(band.to_json()))) == band
