from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2, ks_2samp

from alert_quality.drifts import DRIFTS, Drift
from alert_quality.features import NumericFeature, features_of
from alert_quality.simulation import Hours, counted_profiles, freeze, profiles_of, raw_batches
from driftgauge.model.bins import BinLayout, FloatArray
from driftgauge.model.profile import MAXIMUM, MINIMUM, MISSING, SQUARES, ModelProfile, NumericProfile
from driftgauge.profiling.counting import profile_batch

FEATURES = features_of(10)  # each numeric shape, and two categorical features
ROWS = 5_000
COUNT = 200


def hours(count: int, drift: Drift | None = None, rows: int = ROWS) -> Hours:
    strength = None if drift is None else drift.course(np.arange(count))
    levels = np.full((count, len(FEATURES)), 0.1)
    return Hours(features=FEATURES, rows=rows, levels=levels, drift=drift, strength=strength)


@pytest.fixture(scope="module")
def layout() -> BinLayout:
    return freeze(hours(20, rows=500), np.random.default_rng(5))[0]


def both(layout: BinLayout, of: Hours) -> tuple[list[ModelProfile], list[ModelProfile]]:
    raw = [profile_batch(layout, batch) for batch in raw_batches(of, np.random.default_rng(6))]
    return raw, counted_profiles(layout, of, np.random.default_rng(7))


def stacked(profiles: list[ModelProfile], what: str) -> FloatArray:
    return np.stack([np.asarray(getattr(profile, what), dtype=np.float64) for profile in profiles])


steady = [replace(drift, course=DRIFTS[0].course) for drift in DRIFTS[:5]]


@pytest.mark.parametrize("drift", [None, *steady], ids=lambda drift: drift.name if drift else "stationary")
def test_drawn_counts_have_the_shares_of_raw_rows(layout: BinLayout, drift: Drift | None) -> None:
    raw, drawn = (ModelProfile.merged(layout, profiles) for profiles in both(layout, hours(COUNT // 4, drift)))
    for name, slots in layout.offsets.items():
        pair = np.stack([raw.counts[slots], drawn.counts[slots]]).astype(np.float64)
        pair = pair[:, pair.sum(axis=0) > 10]
        expected = np.outer(pair.sum(axis=1), pair.sum(axis=0)) / pair.sum()
        statistic = float(((pair - expected) ** 2 / expected).sum())
        assert chi2.sf(statistic, pair.shape[1] - 1) > 1e-4, name
    missing = raw.gaps[:, MISSING], drawn.gaps[:, MISSING]
    assert (np.abs(missing[0] - missing[1]) <= 5 * np.sqrt(missing[0] + 1)).all()
    assert raw.rows == drawn.rows


def test_drawn_sums_squares_and_extremes_have_the_law_of_raw_rows(layout: BinLayout) -> None:
    raw, drawn = both(layout, hours(COUNT))
    for feature in FEATURES:
        if isinstance(feature, NumericFeature):
            row, slots = layout.rows[feature.name], layout.offsets[feature.name]
            sums = [stacked(found, "sums")[:, slots].sum(axis=1) for found in (raw, drawn)]
            moments = [stacked(found, "moments")[:, row] for found in (raw, drawn)]
            assert ks_2samp(*sums).pvalue > 1e-4, feature.name
            for column in (SQUARES, MINIMUM, MAXIMUM):
                found = ks_2samp(moments[0][:, column], moments[1][:, column])
                assert found.pvalue > 1e-4, (feature.name, column)


def test_drawn_sums_lie_in_their_slots(layout: BinLayout) -> None:
    [profile] = counted_profiles(layout, hours(1), np.random.default_rng(8))
    for feature in FEATURES:
        found = profile.feature(feature.name)
        if isinstance(found, NumericProfile):
            held = np.flatnonzero(found.counts[1:-1]) + 1
            means: FloatArray = found.sums[held] / found.counts[held]
            assert np.all(means >= found.bins.edges[held - 1] - 1e-9)
            assert np.all(means <= found.bins.edges[held] + 1e-9)


def test_sums_of_one_slot_vary_as_those_of_raw_rows(layout: BinLayout) -> None:
    raw, drawn = both(layout, hours(COUNT))
    slots = layout.offsets["number_000"]
    for place in (1, 2, 128, -3, -2):
        spread = [stacked(found, "sums")[:, slots][:, place].std() for found in (raw, drawn)]
        assert spread[1] == pytest.approx(spread[0], rel=0.25)


def test_levels_move_means_by_deviations(layout: BinLayout) -> None:
    levels = np.array([[0.0] * len(FEATURES), [0.5] * len(FEATURES)])
    still, moved = counted_profiles(layout, replace(hours(2, rows=200_000), levels=levels), np.random.default_rng(9))
    for feature in FEATURES:
        before, after = still.feature(feature.name), moved.feature(feature.name)
        if isinstance(feature, NumericFeature) and isinstance(before, NumericProfile):
            assert isinstance(after, NumericProfile)
            assert (after.mean - before.mean) / feature.scale == pytest.approx(0.5, abs=0.02)


def test_a_reference_of_many_rows_leaves_its_tails_empty_and_keeps_every_row() -> None:
    layout, profiles = freeze(hours(10), np.random.default_rng(10))
    assert [profile.rows for profile in profiles] == [ROWS] * 10
    reference = ModelProfile.merged(layout, profiles)
    assert reference.rows == 10 * ROWS
    for feature in FEATURES:
        found = reference.feature(feature.name)
        assert found.n == 10 * ROWS
        if isinstance(feature, NumericFeature):
            assert found.counts[0] == found.counts[-1] == 0
    assert layout.features.keys() == {feature.name for feature in FEATURES}


def test_few_rows_are_counted_from_raw_values(layout: BinLayout) -> None:
    found = list(profiles_of(layout, hours(3, rows=500), np.random.default_rng(11)))
    batches = raw_batches(hours(3, rows=500), np.random.default_rng(11))
    expected = [profile_batch(layout, batch) for batch in batches]
    assert all((left.counts == right.counts).all() for left, right in zip(found, expected, strict=True))


def test_a_drift_changes_five_features_at_most_and_only_while_it_lasts() -> None:
    back = DRIFTS[-1]
    assert back.again == 72
    assert back.course(np.arange(-2, 96)).tolist() == [0, 0] + [1] * 24 + [0] * 48 + [1] * 24
    assert DRIFTS[5].course(np.array([-1, 0, 9])).tolist() == [0, 1, 10]
    assert len(DRIFTS[0].touched(features_of(200))) == 5
    assert DRIFTS[3].touched(features_of(25)) == {f"category_{place:03}" for place in range(5)}
