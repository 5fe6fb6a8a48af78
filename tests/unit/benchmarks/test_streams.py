from __future__ import annotations

import numpy as np
import pytest

from alert_quality.streams import Stream, levels_of
from driftgauge.model.bins import FloatArray

HOURS = 20_000


def levels(stream: Stream, features: int = 4) -> FloatArray:
    return levels_of(stream, HOURS, features, np.random.default_rng(3))


def test_independent_hours_have_one_level() -> None:
    assert not levels(Stream.IID).any()


def test_ar1_levels_have_the_deviation_and_autocorrelation_of_theory() -> None:
    found = levels(Stream.AR1)
    assert found.mean() == pytest.approx(0, abs=0.02)
    assert found.std() == pytest.approx(0.15, rel=0.05)
    for lag in (1, 2, 5):
        both = [float(np.corrcoef(column[:-lag], column[lag:]).ravel()[1]) for column in found.T]
        assert np.mean(both) == pytest.approx(0.9**lag, abs=0.03)


def test_ar1_is_stationary_from_its_first_hour() -> None:
    first = levels_of(Stream.AR1, 2, 20_000, np.random.default_rng(4))
    assert first.std(axis=1) == pytest.approx(np.array([0.15, 0.15]), rel=0.03)


def test_ar1_levels_of_two_features_are_independent() -> None:
    between: FloatArray = np.asarray(np.corrcoef(levels(Stream.AR1).T))
    assert np.abs(between[~np.eye(4, dtype=np.bool_)]).max() < 0.1


def test_a_season_repeats_by_the_week_and_moves_all_features_together() -> None:
    found = levels(Stream.SEASONAL)
    assert found[168:] == pytest.approx(found[:-168], abs=1e-9)
    assert found.var(axis=0) == pytest.approx(np.full(4, (0.5**2 + 0.25**2) / 2), rel=0.01)
    assert (found == found[:, :1]).all()


def test_a_season_is_a_daily_and_a_weekly_wave() -> None:
    week = levels(Stream.SEASONAL)[:168, 0]
    power = np.abs(np.fft.rfft(week)) / 84
    assert np.flatnonzero(power > 0.01).tolist() == [1, 7]
    assert power[[1, 7]] == pytest.approx(np.array([0.25, 0.5]), abs=1e-6)
