"""What is said of a statistic, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from driftgauge.drift.findings import Correction, Finding, decide, duration, finding_reason, surest, too_little
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


def corrected(finding: Finding, times: float, alpha: float = CORRECTION.alpha) -> Finding:
    p_value, effect, floor, by = map(np.atleast_1d, (finding.p_value, finding.effect, finding.floor, times))
    adjusted, drifted = decide(p_value, effect, floor, times=by, alpha=alpha)
    return replace(finding, adjusted=float(adjusted[0]), drifted=bool(drifted[0]))


def reason(*findings: Finding) -> str:
    return finding_reason(findings, profile(5000), profile(480, 20), CORRECTION)


def test_a_drifted_statistic_is_told_with_its_floor_its_p_value_and_what_was_expected() -> None:
    assert reason(corrected(FOUND, 100)) == (
        "location_shift -0.346 in the last 1 h ≥ 0.1 and p = 2e-07 < 0.0014 "
        "(corrected over 52 statistics; false alarms: at most 1 in 30 days; "
        "expected from 336 windows of the reference, with the hour of the day), 500 rows against 5000"
    )


def test_a_stable_statistic_is_told_alike() -> None:
    small = replace(FOUND, effect=0.0123, p_value=0.004, window=WHOLE, windows=51, season="no season")
    assert reason(corrected(small, 100)) == (
        "location_shift +0.0123 in the last 24 h < 0.1 and p = 0.4 ≥ 0.0014 "
        "(corrected over 52 statistics; false alarms: at most 1 in 30 days; "
        "expected from 51 windows of the reference, with no season), 500 rows against 5000"
    )


def test_what_was_assumed_is_called_so() -> None:
    assumed = replace(FOUND, name="share_shift", part="gold", effect=0.2, floor=0.03, p_value=0.2, windows=0)
    assert reason(corrected(assumed, 1)) == (
        "share_shift +0.2 of 'gold' in the last 1 h ≥ 0.03 but p = 0.2 ≥ 0.0014 "
        "(corrected over 52 statistics; false alarms: at most 1 in 30 days; the reference does not tell how its "
        "windows differ, so a tenth of a standard deviation is assumed), 500 rows against 5000"
    )


def test_a_sure_shift_below_its_floor_is_told_with_a_but() -> None:
    below = corrected(replace(FOUND, effect=0.05), 10)
    assert not below.drifted
    assert reason(below).startswith("location_shift +0.05 in the last 1 h < 0.1 but p = 2e-08 < 0.0014 ")


def test_the_surest_is_told_first_and_the_others_that_drifted_are_named() -> None:
    surest, second, steady = (
        corrected(replace(FOUND, name=name, p_value=p_value), 1)
        for name, p_value in (("tail_shift", 1e-9), ("scale_shift", 1e-5), ("missing_share", 0.5))
    )
    told = reason(second, steady, surest)
    assert told.startswith("tail_shift ")
    assert told.endswith("500 rows against 5000; also scale_shift")


def test_a_corrected_p_value_is_at_most_one() -> None:
    assert corrected(FOUND, 1e12).adjusted == 1.0
    assert corrected(FOUND, 10).adjusted == pytest.approx(2e-8)


@pytest.mark.parametrize(
    ("effect", "p_value", "drifted"), [(0.1, 1e-5, True), (-0.1, 1e-5, True), (0.099, 1e-5, False), (0.5, 0.001, False)]
)
def test_drift_needs_both_the_floor_and_the_budget(effect: float, p_value: float, drifted: bool) -> None:  # noqa: FBT001
    found = corrected(replace(FOUND, effect=effect, p_value=p_value), 1, 0.001)
    assert found.drifted is drifted


def test_a_result_has_the_size_of_the_effect_and_both_p_values() -> None:
    result = corrected(FOUND, 100).result()
    assert (result.test, result.score, result.threshold, result.statistic) == ("location_shift", 0.34567, 0.1, -8.5)
    assert (result.p_value, result.adjusted_p_value) == (2e-9, pytest.approx(2e-7))
    assert result.drifted


def told(*windows: Sequence[tuple[float, bool]], sorts: Sequence[int]) -> list[tuple[int, int]]:
    """Return the window and the subject of what is told, of p-values and whether they drifted, window by window."""
    adjusted, drifted = (np.array(column) for column in np.moveaxis(np.array(windows), -1, 0))
    places = surest(np.array(sorts), adjusted, drifted.astype(np.bool_))
    return [divmod(int(place), len(sorts)) for place in places]


@pytest.mark.parametrize("newest", [True, False])
def test_drift_is_told_rather_than_what_is_stable_in_any_window(newest: bool) -> None:  # noqa: FBT001
    assert told([(0.9, newest)], [(0.1, not newest)], sorts=[0]) == [(int(not newest), 0)]
    assert told([(0.1, newest), (0.9, not newest)], sorts=[0, 0]) == [(0, int(not newest))]


def test_of_what_is_stable_the_last_window_is_told() -> None:
    assert told([(0.2, False)], [(0.7, False)], sorts=[0]) == [(1, 0)]
    assert told([(0.2, False)], [(np.nan, False)], sorts=[0]) == [(0, 0)]


@pytest.mark.parametrize("drifted", [True, False])
def test_of_findings_alike_the_surer_is_told_and_of_equals_the_first(drifted: bool) -> None:  # noqa: FBT001
    assert told([(0.02, drifted), (0.01, drifted), (0.01, drifted)], sorts=[0, 0, 0]) == [(0, 1)]
    if drifted:
        assert told([(0.01, drifted)], [(0.02, drifted)], sorts=[0]) == [(0, 0)]


def test_sorts_are_told_in_the_order_in_which_they_are_first_found() -> None:
    first = [(np.nan, False), (0.5, False), (np.nan, False)]
    assert told(first, [(0.1, False), (0.2, False), (0.3, False)], sorts=[2, 1, 0]) == [(1, 1), (1, 0), (1, 2)]


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
    drifted = corrected(replace(FOUND, effect=effect, floor=0.125), 1)
    stable = corrected(replace(FOUND, name="tail_shift", effect=0.9, p_value=0.5), 1)
    verdict = FeatureVerdict(
        feature="age",
        kind=FeatureKind.NUMERIC,
        verdict=Verdict.DRIFTED,
        reason="",
        rows=500,
        tests=(drifted.result(), stable.result()),
    )
    assert severity(verdict) == expected
