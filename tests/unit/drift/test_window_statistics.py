"""Which statistics a feature has, and what they say of a window."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from driftgauge.drift.shifts import LOCATION, SCALE, SHARE, SKEWNESS, TAIL
from driftgauge.drift.window_statistics import FEW_VALUES, LEAST_EXPECTED, Statistics
from driftgauge.model.bins import FloatArray
from driftgauge.model.profile import ModelProfile
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import Column, batch_of

USUAL_ROWS = 100.0


class Judged:
    """The statistics of a reference, asked by feature."""

    def __init__(self, reference: Mapping[str, Column], usual_rows: float = USUAL_ROWS) -> None:
        self.layout = fit_layout([batch_of(reference)])
        self.total = self.profile(reference)
        self.statistics = Statistics.of(self.total, usual_rows)

    def profile(self, columns: Mapping[str, Column]) -> ModelProfile:
        return profile_batch(self.layout, batch_of(columns))

    def compute(self, *windows: Mapping[str, Column]) -> tuple[FloatArray, FloatArray]:
        profiles = [self.profile(columns) for columns in windows]
        return self.statistics.compute(
            np.stack([profile.counts for profile in profiles]), np.stack([profile.sums for profile in profiles])
        )

    def usual(self) -> FloatArray:
        values, _ = self.statistics.compute(self.total.counts[np.newaxis], self.total.sums[np.newaxis])
        return values[0]

    def parts(self, feature: str) -> list[str | None]:
        return [each.part for each in self.statistics.statistics if each.feature == feature]

    def effects(self, columns: Mapping[str, Column]) -> dict[tuple[str, str | None], float]:
        values, _ = self.compute(columns)
        effects = self.statistics.effects(values[0], self.usual())
        return {
            (statistic.shift.name, statistic.part): float(effect)
            for statistic, effect in zip(self.statistics.statistics, effects, strict=True)
        }


def mix(**counts: int) -> list[str | None]:
    return [name for name, count in counts.items() for _ in range(count)]


def test_numbers_are_told_apart_by_moments_and_categories_by_shares(rng: np.random.Generator) -> None:
    judged = Judged({"plan": mix(a=500, b=500), "x": rng.normal(0, 1, 1000)})
    found = [(each.feature, each.shift) for each in judged.statistics.statistics]
    assert found[-4:] == [("x", shift) for shift in (LOCATION, SCALE, SKEWNESS, TAIL)]
    assert set(found[:-4]) == {("plan", SHARE)}
    assert judged.statistics.is_share.tolist() == [shift is SHARE for _, shift in found]
    assert judged.statistics.noise.shape == (len(found),)
    assert sum(judged.statistics.sizes) == len(found)


@pytest.mark.parametrize(("values", "by_share"), [(FEW_VALUES, True), (FEW_VALUES + 1, False)])
def test_a_number_with_few_values_is_judged_by_their_shares(values: int, by_share: bool) -> None:  # noqa: FBT001
    judged = Judged({"x": np.tile(np.arange(float(values)), 50)}, usual_rows=1000)
    parts = judged.parts("x")
    assert parts == ([*map(str, range(values)), "all others"] if by_share else [None] * 4)


def test_values_that_a_usual_window_has_few_of_are_pooled() -> None:
    one_in_ten = round(LEAST_EXPECTED)  # of 100 rows
    judged = Judged({"plan": mix(a=800, b=100, c=99, d=1), "x": np.repeat([1.0, 2.5, 7.0], [890, 100, 10])})
    assert one_in_ten == 10
    assert judged.parts("plan") == ["a", "b", "all others"]
    assert judged.parts("x") == ["1", "2.5", "all others"]


def test_rows_without_a_value_make_a_category_rarer() -> None:
    absent: list[str | None] = [None] * 1000
    assert Judged({"plan": mix(a=850, b=150)}).parts("plan") == ["a", "b", "all others"]
    assert Judged({"plan": mix(a=850, b=150) + absent}).parts("plan") == ["a", "all others"]


def test_shares_are_of_the_values_and_what_was_never_seen_stands_apart() -> None:
    judged = Judged({"plan": mix(a=600, b=390, c=10)})
    effects = judged.effects({"plan": mix(a=60, b=20, new=20)})
    assert effects == {
        ("share_shift", "a"): pytest.approx(0.0, abs=1e-12),
        ("share_shift", "b"): pytest.approx(-0.19),
        ("share_shift", "all others"): pytest.approx(-0.01),
    }


def test_numbers_that_are_new_to_a_feature_with_few_count_as_the_others() -> None:
    judged = Judged({"x": np.repeat([0.0, 1.0], [500, 500])})
    effects = judged.effects({"x": np.repeat([-5.0, 0.0, 1.0, 9.0], [10, 40, 30, 20])})
    assert effects == {
        ("share_shift", "0"): pytest.approx(-0.1),
        ("share_shift", "1"): pytest.approx(-0.2),
        ("share_shift", "all others"): pytest.approx(0.3),
    }


def test_effects_of_numbers_are_in_units_of_the_reference(rng: np.random.Generator) -> None:
    values = rng.normal(50, 8, 20_000)
    judged = Judged({"x": values})
    center = values.mean()
    assert judged.effects({"x": values + 4})["location_shift", None] == pytest.approx(0.5, abs=0.01)
    assert judged.effects({"x": values - 4})["location_shift", None] == pytest.approx(-0.5, abs=0.01)
    wider, narrower = (judged.effects({"x": center + (values - center) * scale}) for scale in (1.07, 0.5))
    assert wider["scale_shift", None] == pytest.approx(0.068, abs=0.005)
    assert narrower["scale_shift", None] == pytest.approx(np.log(0.5), abs=0.01)
    assert judged.effects({"x": center - np.abs(values - center)})["skewness_shift", None] < -0.1
    assert judged.effects({"x": center + (values - center) ** 3 / 100})["tail_shift", None] > 0.1


def test_each_window_has_its_own_values_and_rows(rng: np.random.Generator) -> None:
    judged = Judged({"plan": mix(a=500, b=500), "x": rng.normal(0, 1, 1000)})
    windows: list[dict[str, Column]] = [
        {"plan": mix(a=30, b=10), "x": rng.normal(0, 1, 40)},
        {"plan": mix(a=5, b=20), "x": np.append(rng.normal(0, 1, 20), np.full(5, np.nan))},
    ]
    values, rows = judged.compute(*windows)
    assert rows[:, 0].tolist() == [40, 25]
    assert rows[:, -1].tolist() == [40, 20]
    for place, window in enumerate(windows):
        assert judged.compute(window)[0][0] == pytest.approx(values[place])


def test_a_feature_without_values_has_no_statistics(rng: np.random.Generator) -> None:
    judged = Judged({"plan": mix(a=500, b=500), "x": rng.normal(0, 1, 1000)})
    values, rows = judged.compute({"plan": [None] * 50, "x": np.full(50, np.nan)}, {"plan": mix(a=50)})
    assert np.isnan(values[0]).all()
    assert not rows[0].any()
    moments = ~judged.statistics.is_share
    assert np.isnan(values[1]).tolist() == moments.tolist()
    assert rows[1].tolist() == np.where(moments, 0, 50).tolist()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_shares_have_the_noise_that_windows_show(share: float, rng: np.random.Generator) -> None:
    usual = round(1000 * share)
    judged = Judged({"plan": mix(a=usual, b=1000 - usual)})
    counts = np.zeros((4_000, judged.layout.slots), dtype=np.int64)
    slot = int(judged.profile({"plan": ["a"]}).counts.argmax())
    counts[:, slot] = rng.binomial(300, share, 4_000)
    counts[:, 1 - slot] = 300 - counts[:, slot]
    values, _ = judged.statistics.compute(counts, np.zeros(counts.shape))
    assert values[:, 0].var() * 300 == pytest.approx(judged.statistics.noise[0], rel=0.15)


def test_a_reference_without_rows_has_statistics_of_nothing() -> None:
    layout = fit_layout([batch_of({"plan": mix(a=5, b=5), "x": np.arange(100.0)})])
    statistics = Statistics.of(ModelProfile.empty(layout), 0.0)
    assert {statistic.part for statistic in statistics.statistics} == {"all others"}
