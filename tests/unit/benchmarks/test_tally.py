from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, chi2

from alert_quality.tally import Detections, FalseAlarms, binomial_interval, episodes, poisson_interval


@pytest.mark.parametrize("events", [0, 1, 7, 20_000])
def test_a_poisson_interval_is_that_of_chi_squared(events: int) -> None:
    low = chi2.ppf(0.025, 2 * events) / 2 if events else 0.0
    assert poisson_interval(events) == pytest.approx((low, chi2.ppf(0.975, 2 * events + 2) / 2))


@pytest.mark.parametrize(("hits", "trials"), [(0, 40), (1, 40), (39, 40), (40, 40)])
def test_a_binomial_interval_is_scipys_exact_one(hits: int, trials: int) -> None:
    expected = binomtest(hits, trials).proportion_ci(0.95, "exact")
    assert binomial_interval(hits, trials) == pytest.approx((expected.low, expected.high))


def flags(text: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([sign == "x" for sign in text])


@pytest.mark.parametrize(("text", "count"), [("....", 0), ("xxxx", 1), (".xx.x", 2), ("x..x", 2)])
def test_an_episode_is_a_run_of_alarms(text: str, count: int) -> None:
    assert episodes(flags(text)) == count


def test_months_are_counted_by_alarms_and_by_episodes() -> None:
    found = FalseAlarms.of([flags("...."), flags(".x.."), flags("xx.x")])
    assert found == FalseAlarms(months=3, alarms=4, episodes=3, months_above_one=1)


def test_a_delay_counts_from_the_first_judgement_after_the_onset() -> None:
    found = Detections.of([flags(".x..."), flags("x..x."), flags(".....")])
    assert found.delays == (1, 3, None)
    assert found.alarming_before == 1
    assert [found.within(windows) for windows in (1, 2, 24)] == [1, 1, 2]
    assert found.median_delay == 3


def test_a_drift_that_half_of_the_runs_miss_has_no_median_delay() -> None:
    assert Detections.of([flags(".x"), flags(".."), flags("..")]).median_delay is None
