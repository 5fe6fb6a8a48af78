"""What is said of a statistic, word by word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from driftgauge.drift.findings import Correction, Finding, duration, finding_reason, too_little
from driftgauge.drift.policy import severity
from driftgauge.model.bins import CategoricalBins, FeatureKind
from driftgauge.model.profile import CategoricalProfile
from driftgauge.model.verdict import FeatureVerdict, Verdict
from driftgauge.model.window import TimeWindow

END = datetime(2026, 3, 1, tzinfo=UTC)
NEWEST, WHOLE = (TimeWindow(start=END - timedelta(hours=hours), end=END) for hours in (1, 24))
CORRECTION = Correction(alpha=1 / 720, statistics=52, alarms_per_30_days=1)
FOUND = Finding(
    feature="age",
    name="location_shift",
    part=None,
    effect=-0.34567,
    floor=0.1,
    statistic=-8.5,
    p_value=2e-9,
    window=NEWEST,
    windows=336,
    season="the hour of the day",
)


def profile(values: int, missing: int = 0) -> CategoricalProfile:
    bins = CategoricalBins(categories=("a",))
    return CategoricalProfile(bins=bins, counts=np.array([values, 0, 0]), missing=missing, invalid=0)


def reason(*findings: Finding) -> str:
    return finding_reason(findings, profile(5000), profile(480, 20), CORRECTION)


def test_a_drifted_statistic_is_told_with_its_floor_its_p_value_and_what_was_expected() -> None:
    assert reason(FOUND.corrected(100, CORRECTION.alpha)) == (
        "location_shift -0.346 in the last 1 h ≥ 0.1 and p = 2e-07 < 0.0014 "
        "(corrected over 52 statistics; false alarms: at most 1 in 30 days; "
        "expected from 336 windows of the reference, with the hour of the day), 500 rows against 5000"
    )


def test_a_stable_statistic_is_told_alike() -> None:
    small = replace(FOUND, effect=0.0123, p_value=0.004, window=WHOLE, windows=51, season="no season")
    assert reason(small.corrected(100, CORRECTION.alpha)) == (
        "location_shift +0.0123 in the last 24 h < 0.1 and p = 0.4 ≥ 0.0014 "
        "(corrected over 52 statistics; false alarms: at most 1 in 30 days; "
        "expected from 51 windows of the reference, with no season), 500 rows against 5000"
    )


def test_what_was_assumed_is_called_so() -> None:
    assumed = replace(FOUND, name="share_shift", part="gold", effect=0.2, floor=0.03, p_value=0.2, windows=0)
    assert reason(assumed.corrected(1, CORRECTION.alpha)) == (
        "share_shift +0.2 of 'gold' in the last 1 h ≥ 0.03 but p = 0.2 ≥ 0.0014 "
        "(corrected over 52 statistics; false alarms: at most 1 in 30 days; the reference does not tell how its "
        "windows differ, so a tenth of a standard deviation is assumed), 500 rows against 5000"
    )


def test_a_sure_shift_below_its_floor_is_told_with_a_but() -> None:
    below = replace(FOUND, effect=0.05).corrected(10, CORRECTION.alpha)
    assert not below.drifted
    assert reason(below).startswith("location_shift +0.05 in the last 1 h < 0.1 but p = 2e-08 < 0.0014 ")


def test_the_surest_is_told_first_and_the_others_that_drifted_are_named() -> None:
    surest, second, steady = (
        replace(FOUND, name=name, p_value=p_value).corrected(1, CORRECTION.alpha)
        for name, p_value in (("tail_shift", 1e-9), ("scale_shift", 1e-5), ("missing_share", 0.5))
    )
    told = reason(second, steady, surest)
    assert told.startswith("tail_shift ")
    assert told.endswith("500 rows against 5000; also scale_shift")


def test_a_corrected_p_value_is_at_most_one() -> None:
    assert FOUND.corrected(1e12, 0.05).adjusted == 1.0
    assert FOUND.corrected(10, 0.05).adjusted == pytest.approx(2e-8)


@pytest.mark.parametrize(
    ("effect", "p_value", "drifted"), [(0.1, 1e-5, True), (-0.1, 1e-5, True), (0.099, 1e-5, False), (0.5, 0.001, False)]
)
def test_drift_needs_both_the_floor_and_the_budget(effect: float, p_value: float, drifted: bool) -> None:  # noqa: FBT001
    found = replace(FOUND, effect=effect, p_value=p_value).corrected(1, 0.001)
    assert found.drifted is drifted


def test_a_result_has_the_size_of_the_effect_and_both_p_values() -> None:
    result = FOUND.corrected(100, CORRECTION.alpha).result()
    assert (result.test, result.score, result.threshold, result.statistic) == ("location_shift", 0.34567, 0.1, -8.5)
    assert (result.p_value, result.adjusted_p_value) == (2e-9, pytest.approx(2e-7))
    assert result.drifted


def test_drift_outranks_what_is_stable_in_any_window() -> None:
    for first, second in ((NEWEST, WHOLE), (WHOLE, NEWEST), (WHOLE, WHOLE)):
        drifted = replace(FOUND, drifted=True, adjusted=0.9, window=first)
        stable = replace(FOUND, drifted=False, adjusted=0.1, window=second)
        assert drifted.outranks(stable)
        assert not stable.outranks(drifted)


def test_of_stable_findings_the_later_window_outranks_the_earlier() -> None:
    newest, whole = replace(FOUND, window=NEWEST, adjusted=0.2), replace(FOUND, window=WHOLE, adjusted=0.7)
    assert whole.outranks(newest)


@pytest.mark.parametrize("drifted", [True, False])
def test_of_findings_alike_the_surer_outranks(drifted: bool) -> None:  # noqa: FBT001
    sure, unsure = (replace(FOUND, drifted=drifted, adjusted=adjusted) for adjusted in (0.01, 0.02))
    assert sure.outranks(unsure)
    assert not unsure.outranks(sure)
    if drifted:
        assert replace(sure, window=NEWEST).outranks(replace(unsure, window=WHOLE))


def test_too_few_rows_or_values_are_counted() -> None:
    assert too_little(profile(5000), profile(20, 9), 30) == "29 rows against 5000; both need 30"
    assert too_little(profile(5, 3), profile(200), 30) == "200 rows against 8; both need 30"
    assert too_little(profile(5000), profile(20, 400), 30) == "20 values in 420 rows against 5000 in 5000; both need 30"


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (timedelta(days=7), "7 d"),
        (timedelta(days=2), "2 d"),
        (timedelta(days=1), "24 h"),
        (timedelta(hours=30), "30 h"),
        (timedelta(minutes=90), "90 min"),
        (timedelta(seconds=61), "61 s"),
    ],
)
def test_a_width_is_told_in_the_largest_unit_that_fits(width: timedelta, words: str) -> None:
    assert duration(width) == words


@pytest.mark.parametrize(("effect", "expected"), [(0.4, "high"), (0.375, "high"), (0.37, "medium"), (-0.4, "high")])
def test_an_effect_of_three_floors_is_grave(effect: float, expected: str) -> None:
    drifted = replace(FOUND, effect=effect, floor=0.125).corrected(1, CORRECTION.alpha)
    stable = replace(FOUND, name="tail_shift", effect=0.9, p_value=0.5).corrected(1, CORRECTION.alpha)
    verdict = FeatureVerdict(
        feature="age",
        kind=FeatureKind.NUMERIC,
        verdict=Verdict.DRIFTED,
        reason="",
        rows=500,
        tests=(drifted.result(), stable.result()),
    )
    assert severity(verdict) == expected
