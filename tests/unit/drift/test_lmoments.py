"""L-moments of binned values are those of the values, and their noise is what windows show."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from driftgauge.drift.lmoments import SMALLEST, Units, l_noise, l_statistics
from driftgauge.model.bins import BinLayout, FloatArray, IntArray
from driftgauge.model.profile import ModelProfile, NumericProfile
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import batch_of

Draw = Callable[[np.random.Generator, tuple[int, ...]], FloatArray]
SHAPES: dict[str, Draw] = {
    "normal": lambda rng, size: rng.normal(3, 2, size),
    "lognormal": lambda rng, size: rng.lognormal(0, 0.5, size),
    "uniform": lambda rng, size: rng.uniform(-1, 1, size),
}
every_shape = pytest.mark.parametrize("draw", SHAPES.values(), ids=SHAPES)
distinct = st.lists(st.integers(-1000, 1000), min_size=5, max_size=40, unique=True)


def reference_of(values: FloatArray) -> tuple[BinLayout, NumericProfile]:
    layout = fit_layout([batch_of({"x": values})])
    profile = profile_batch(layout, batch_of({"x": values})).feature("x")
    assert isinstance(profile, NumericProfile)
    return layout, profile


def window(layout: BinLayout, values: FloatArray) -> ModelProfile:
    return profile_batch(layout, batch_of({"x": values}))


def in_units(reference: NumericProfile, counts: IntArray, sums: FloatArray) -> FloatArray:
    return Units.of([reference]).convert(counts[np.newaxis], sums[np.newaxis])[0]


def statistics_of(reference: NumericProfile, *windows: ModelProfile) -> FloatArray:
    return np.stack([l_statistics(each.counts, in_units(reference, each.counts, each.sums)) for each in windows])


def scipy_statistics(values: FloatArray) -> FloatArray:
    l1, l2, skewness, kurtosis = stats.lmoment(values, order=[1, 2, 3, 4])
    return np.array([l1, np.log(l2), skewness, kurtosis])


@given(distinct, st.data())
def test_they_are_those_of_the_values_where_each_has_a_slot(drawn: list[int], data: st.DataObject) -> None:
    counts = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(drawn), max_size=len(drawn))))
    counts[:5] += 1
    values = np.sort(np.array(drawn, dtype=np.float64))
    copies = 400  # scipy's are unbiased for a sample of their size; of many copies that is no difference
    expected = scipy_statistics(np.repeat(values, counts * copies))
    found = l_statistics(counts, counts * values)
    assert found == pytest.approx(expected, abs=0.02, rel=1e-9)


def test_they_are_the_expected_order_statistics_of_draws() -> None:
    values, counts = np.array([-3.0, 0.0, 0.5, 7.0]), np.array([1, 2, 2, 1])
    population = np.repeat(values, counts)
    second, third, fourth = (np.sort(list(product(population, repeat=size)), axis=1).mean(axis=0) for size in (2, 3, 4))
    l2 = (second[1] - second[0]) / 2
    l3 = (third[2] - 2 * third[1] + third[0]) / 3
    l4 = (fourth[3] - 3 * fourth[2] + 3 * fourth[1] - fourth[0]) / 4
    expected = [population.mean(), np.log(l2), l3 / l2, l4 / l2]
    assert l_statistics(counts, counts * values) == pytest.approx(expected, rel=1e-12)


@every_shape
def test_binned_values_have_nearly_the_moments_of_the_values(draw: Draw, rng: np.random.Generator) -> None:
    frozen = draw(rng, (20_000,))
    layout, reference = reference_of(frozen)
    values = draw(rng, (5_000,))
    found = statistics_of(reference, window(layout, values))[0]
    in_units = (values - frozen.mean()) / frozen.std()
    assert found == pytest.approx(scipy_statistics(in_units), abs=0.01)


@every_shape
def test_shift_and_scale_change_nothing_in_units_of_the_reference(draw: Draw, rng: np.random.Generator) -> None:
    frozen, values = draw(rng, (4_000,)), draw(rng, (500,))
    found: list[FloatArray] = []
    for scale, shift in ((1.0, 0.0), (1e-6, 5.0), (1e9, -3e9)):
        layout, reference = reference_of(frozen * scale + shift)
        found.append(statistics_of(reference, window(layout, values * scale + shift))[0])
    assert found[1] == pytest.approx(found[0], abs=1e-6)
    assert found[2] == pytest.approx(found[0], abs=1e-6)


def test_each_change_of_the_values_moves_its_own_statistic(rng: np.random.Generator) -> None:
    layout, reference = reference_of(rng.normal(0, 1, 20_000))
    values = rng.normal(0, 1, 20_000)
    two_peaks = np.concatenate([rng.normal(-0.9, 0.44, 10_000), rng.normal(0.9, 0.44, 10_000)])
    usual, moved, wide, lopsided, bimodal = statistics_of(
        reference,
        window(layout, values),
        window(layout, values + 0.2),
        window(layout, values * 1.2),
        window(layout, rng.gamma(4, 0.5, 20_000) - 2),
        window(layout, two_peaks),
    )
    assert moved - usual == pytest.approx([0.2, 0, 0, 0], abs=0.02)
    assert wide - usual == pytest.approx([0, np.log(1.2), 0, 0], abs=0.02)
    assert lopsided[2] - usual[2] > 0.1
    assert bimodal[3] - usual[3] < -0.1


@every_shape
def test_noise_is_the_variance_that_windows_show(draw: Draw, rng: np.random.Generator) -> None:
    layout, reference = reference_of(draw(rng, (50_000,)))
    rows = 400
    windows = [window(layout, draw(rng, (rows,))) for _ in range(2_500)]
    shown = statistics_of(reference, *windows).var(axis=0) * rows
    told = l_noise(reference.counts, in_units(reference, reference.counts, reference.sums))
    assert told == pytest.approx(shown, rel=0.15)  # five standard errors of a variance over so many windows


def test_a_constant_reference_has_finite_noise_and_statistics() -> None:
    layout, reference = reference_of(np.full(100, 4.0))
    found = statistics_of(reference, window(layout, np.full(50, 4.0)), window(layout, np.full(50, 9.0)))
    assert np.isfinite(found).all()
    sums = in_units(reference, reference.counts, reference.sums)
    assert np.isfinite(l_noise(reference.counts, sums)).all()


def test_a_window_that_is_constant_anywhere_is_neither_lopsided_nor_heavy_tailed(rng: np.random.Generator) -> None:
    layout, reference = reference_of(rng.standard_t(2, 20_000))
    for value in (-1e9, 0.3, 1e9):
        _, width, *shape = statistics_of(reference, window(layout, np.full(120, value)))[0]
        assert width == pytest.approx(np.log(SMALLEST))
        assert shape == [0.0, 0.0]


def test_a_few_extreme_values_move_little(rng: np.random.Generator) -> None:
    layout, reference = reference_of(rng.normal(0, 1, 20_000))
    values = rng.normal(0, 1, 500)
    extreme = values.copy()
    extreme[:2] = 1e12, -1e9
    usual, hit = statistics_of(reference, window(layout, values), window(layout, extreme))
    assert np.abs(hit - usual) == pytest.approx(np.zeros(4), abs=0.03)
    assert np.abs(scipy_statistics(extreme) - scipy_statistics(values))[0] > 1e9


@pytest.mark.parametrize("shift", [-0.3, -0.15, 0.15])
def test_a_sharp_edge_that_moves_beyond_the_range_changes_no_shape(shift: float, rng: np.random.Generator) -> None:
    wandering = rng.exponential(1, 50_000) + 0.1 * np.clip(rng.standard_normal(50_000), -3, 3)
    layout, reference = reference_of(wandering)
    values = rng.exponential(1, 20_000)
    usual, moved = statistics_of(reference, window(layout, values - 0.2), window(layout, values - 0.2 + shift))
    assert moved - usual == pytest.approx([shift, 0, 0, 0], abs=0.01)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.lists(st.floats(-1e7, 1e7), max_size=60))
def test_slots_lie_in_ascending_order(frozen: list[float], now: list[float]) -> None:
    layout, reference = reference_of(np.array(frozen))
    profile = window(layout, np.array(now))
    held = profile.counts > 0
    x = in_units(reference, profile.counts, profile.sums)[held] / profile.counts[held]
    assert (np.diff(x) >= -1e-9 * np.maximum(1, np.abs(x[1:]))).all()


def test_an_end_that_the_reference_left_empty_lies_at_its_edge() -> None:
    layout, _ = reference_of(np.array([1.0, 2.0, 3.0]))
    empty = ModelProfile.empty(layout)
    reference = empty.feature("x")
    assert isinstance(reference, NumericProfile)
    bins = reference.bins
    sums = np.full_like(empty.sums, 2.0)
    sums[[0, -1]] = 1.0, 3.0
    x = in_units(reference, np.ones_like(empty.counts), sums)
    assert x[[0, -1]] * bins.scale + bins.center == pytest.approx([1.0, 3.0])
