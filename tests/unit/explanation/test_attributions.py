"""What profiles say of attributions is what the raw values say, however they come in pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.explanation.attributions import Attribution, attribution_of, attributions_of, by_predictions, explained
from driftgauge.model.bins import BinLayout, FloatArray, NumericBins
from driftgauge.model.profile import ModelProfile, NumericProfile
from driftgauge.model.series import ProfileSeries
from driftgauge.profiling.attributions import BINS, MOST_FEATURES, count_attributions, fit_attributions

VALUES = st.lists(
    st.one_of(st.floats(-1e3, 1e3, allow_subnormal=False), st.sampled_from([0.0, -0.0, 1e-300, -1e-300])),
    min_size=1,
    max_size=50,
)


@given(reference=VALUES, current=VALUES)
def test_figures_are_those_of_the_raw_values(reference: list[float], current: list[float]) -> None:
    layout = fit_attributions({"age": np.array(reference)})
    values = np.array(current)
    found = attributions_of(count_attributions(layout, {"age": values}))["age"]
    signed = values[values != 0]
    assert (found.n, found.signed) == (values.size, signed.size)
    assert found.mean == pytest.approx(values.mean(), abs=1e-9)
    assert found.magnitude == pytest.approx(np.abs(values).mean(), abs=1e-9)
    assert found.deviation == pytest.approx(values.std(), abs=1e-3 + 1e-6 * np.abs(values).max())
    assert found.positive_share == (None if not signed.size else (signed > 0).mean())


@given(values=VALUES, cut=st.integers(0, 50))
def test_pieces_add_up(values: list[float], cut: int) -> None:
    layout = fit_attributions({"age": np.array(values), "plan": np.array([1.0])})
    parts = [{"age": np.array(values[:cut])}, {"age": np.array(values[cut:]), "plan": np.array([2.0])}]
    merged = ModelProfile.merged(layout, (count_attributions(layout, part) for part in parts))
    whole = count_attributions(layout, {"age": np.array(values), "plan": np.array([2.0])})
    assert merged.rows == whole.rows == len(values) + 1
    assert merged.counts.tolist() == whole.counts.tolist()
    assert explained(merged).rows == len(values)
    assert explained(merged).feature("plan").missing == len(values) - 1


def test_of_nothing_nothing_is_said() -> None:
    layout = fit_attributions({"age": np.array([1.0, 2.0])})
    assert attributions_of(ModelProfile.empty(layout)) == {"age": Attribution(n=0, signed=0)}
    assert explained(ModelProfile.empty(layout)).rows == 0


def test_numbers_that_cannot_be_right_are_counted_apart() -> None:
    layout = fit_attributions({"age": np.array([1.0, np.nan, np.inf, 1e200]), "lost": np.array([np.nan])})
    assert list(layout.features) == ["age"]
    found = count_attributions(layout, {"age": np.array([1.0, np.nan, -np.inf, 1e200])}).feature("age")
    assert isinstance(found, NumericProfile)
    assert (found.n, found.non_finite, found.missing) == (1, 3, 0)


def test_bins_that_mix_signs_are_refused() -> None:
    for edges in ([1.0, 2.0], [-1.0, 0.0], [0.0, 1.0]):
        bins = NumericBins(edges=np.array(edges), center=0.0, scale=1.0)
        profile = ModelProfile.empty(BinLayout(features={"age": bins})).feature("age")
        assert isinstance(profile, NumericProfile)
        with pytest.raises(ValueError, match="edges at 0"):
            attribution_of(profile)


def test_of_very_many_features_those_that_matter_most_are_kept() -> None:
    values: dict[str, FloatArray] = {f"f{place}": np.array([float(place)]) for place in range(MOST_FEATURES + 2)}
    layout = fit_attributions(values)
    assert set(values) - set(layout.features) == {"f0", "f1"}


def test_bins_are_few() -> None:
    layout = fit_attributions({"age": np.random.default_rng(0).normal(size=10_000)})
    assert layout.slots <= BINS + 4


def test_a_series_is_read_by_predictions() -> None:
    layout = fit_attributions({"age": np.array([1.0]), "plan": np.array([1.0])})
    kept = [count_attributions(layout, {"age": np.ones(rows), "plan": np.ones(rows)}) for rows in (2, 3)]
    series = by_predictions(ProfileSeries(layout=layout, windows=None, profiles=kept))
    assert [profile.rows for profile in series.profiles] == [2, 3]
    assert [profile.rows for profile in series.profiles[1:]] == [3]
    assert (len(series.profiles), series.total.rows) == (2, 5)
