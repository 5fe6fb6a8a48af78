"""Estimated losses of regressors follow the realised ones where inputs shift, and claim nothing where they cannot."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Final

import numpy as np
import orjson
import pytest

from driftgauge.model.bins import NO_VALUE, BinLayout, CategoricalBins, IntArray, NumericBins
from driftgauge.model.profile import ModelProfile
from driftgauge.performance.dle import Dle, LossChunk, estimated_losses, fit_dle
from driftgauge.performance.loss_effects import LossCells, LossTable, fit_effects, squared_errors
from driftgauge.performance.registry import measured
from driftgauge.performance.regression import count_regression
from driftgauge.performance.thresholds import PerformanceVerdict
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.profiling.binning import slots_of
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout

PLANS: Final = ("basic", "plus", "pro")
ROWS: Final = 2_000


class Window:
    """Rows of a regressor whose errors grow with `age`, and are larger for `pro`; `size` does nothing to them."""

    def __init__(self, rng: np.random.Generator, *, age: float = 40, pro: float = 0.2, flat: bool = False) -> None:
        self.age = rng.normal(age, 10, ROWS)
        self.age[rng.random(ROWS) < 0.05] = np.nan
        self.size = rng.gamma(2.0, 1.0, ROWS)
        self.plan = rng.choice(PLANS, ROWS, p=[0.8 - pro, 0.2, pro])
        spread = np.where(np.isnan(self.age), 8.0, 1 + 0.1 * np.maximum(self.age - 20, 0)) + 3 * (self.plan == "pro")
        self.outcomes = 100 + rng.normal(size=ROWS) * (4 if flat else spread)
        self.predictions = np.full(ROWS, 100.0)

    def batch(self) -> FeatureBatch:
        return FeatureBatch(
            rows=ROWS,
            numeric={"age": self.age, "size": self.size},
            categories={"plan": Counter(self.plan.tolist())},
        )

    def chunk(self, reference: ModelProfile) -> LossChunk:
        columns = [self._slots(name, bins) for name, bins in reference.layout.features.items()]
        return LossChunk(slots=np.stack(columns, axis=1), outcomes=self.outcomes, predictions=self.predictions)

    def _slots(self, name: str, bins: NumericBins | CategoricalBins) -> IntArray:
        if isinstance(bins, CategoricalBins):
            slots = bins.slot_of()
            return np.array([slots.get(plan, bins.unseen) for plan in self.plan.tolist()])
        values = self.age if name == "age" else self.size
        return np.where(np.isnan(values), NO_VALUE, slots_of(np.nan_to_num(values), bins.edges))

    def realised(self) -> dict[str, float]:
        found = measured(count_regression(self.outcomes, self.predictions))
        return {name: found[name].value or 0.0 for name in ("mae", "rmse")}


def learned(rng: np.random.Generator, *, flat: bool = False) -> tuple[ModelProfile, Dle, list[LossChunk]]:
    windows = [Window(rng, flat=flat) for _ in range(10)]
    layout = fit_layout([window.batch() for window in windows])
    reference = ModelProfile.merged(layout, [profile_batch(layout, window.batch()) for window in windows])
    chunks = [window.chunk(reference) for window in windows]
    return reference, fit_dle(reference, chunks), chunks


@pytest.mark.parametrize(
    ("age", "pro", "verdict"),
    [
        (40, 0.2, PerformanceVerdict.STABLE),
        (55, 0.2, PerformanceVerdict.DEGRADED),
        (28, 0.2, PerformanceVerdict.IMPROVED),
        (40, 0.7, PerformanceVerdict.DEGRADED),
    ],
)
def test_estimates_follow_the_loss_where_inputs_shift(
    age: float, pro: float, verdict: PerformanceVerdict, rng: np.random.Generator
) -> None:
    reference, fitted, _ = learned(rng)
    assert fitted.used == (True, True)
    window = Window(rng, age=age, pro=pro)
    found = estimated_losses(fitted, profile_batch(reference.layout, window.batch()))
    for name, value in window.realised().items():
        estimate = found[name]
        assert estimate.judgement.verdict is verdict, estimate.judgement.reason
        assert estimate.lower is not None
        assert estimate.upper is not None
        assert estimate.lower < value < estimate.upper


def test_estimates_of_stationary_windows_have_honest_confidence(rng: np.random.Generator) -> None:
    reference, fitted, _ = learned(rng)
    beyond_one = 0
    for _ in range(100):
        window = Window(rng)
        found = estimated_losses(fitted, profile_batch(reference.layout, window.batch()))
        for name, value in window.realised().items():
            estimate = found[name].measured
            assert estimate.value is not None
            assert estimate.error is not None
            beyond_one += abs(value - estimate.value) > estimate.error
    assert 30 <= beyond_one <= 95  # of 200; a third of normal values are beyond one error


def test_where_features_say_nothing_the_mean_is_all_that_is_learned(rng: np.random.Generator) -> None:
    reference, fitted, _ = learned(rng, flat=True)
    assert fitted.used == (False, False)
    assert not fitted.effects.any()
    shifted = estimated_losses(fitted, profile_batch(reference.layout, Window(rng, age=70).batch()))
    assert shifted["mae"].measured.value == pytest.approx(fitted.common[0])
    assert shifted["mae"].judgement.verdict is PerformanceVerdict.STABLE


def test_the_estimate_of_a_profile_is_the_mean_over_its_rows(rng: np.random.Generator) -> None:
    reference, fitted, chunks = learned(rng)
    window = Window(rng, age=50)
    rows = window.chunk(reference)
    by_row = fitted.common[0] + fitted.effects[0][fitted.cells.places(rows.slots)].sum(axis=1)
    found = estimated_losses(fitted, profile_batch(reference.layout, window.batch()))
    assert found["mae"].measured.value == pytest.approx(float(by_row.mean()), rel=1e-9)
    mean = float(np.mean([np.abs(chunk.predictions - chunk.outcomes).mean() for chunk in chunks]))
    assert estimated_losses(fitted, reference)["mae"].measured.value == pytest.approx(mean, rel=1e-9)


def test_effects_are_those_of_least_squares_on_indicators(rng: np.random.Generator) -> None:
    places = np.stack([rng.integers(0, 3, 500), 3 + rng.integers(0, 4, 500)], axis=1)
    losses = rng.random((1, 500)) + places[:, 0]
    table = LossTable.of(places, 7, losses)
    common, effects = fit_effects(table)
    indicators = np.zeros((500, 7))
    indicators[np.arange(500)[:, np.newaxis], places] = 1
    rigid = np.concatenate((indicators, np.sqrt(10.0) * np.eye(7)))
    inverse = np.linalg.pinv(rigid).astype(np.float64)
    expected = inverse @ np.append(losses[0] - losses[0].mean(), np.zeros(7))
    assert effects[0].tolist() == pytest.approx(list(map(float, expected)), abs=1e-9)
    fit = common[0] + effects[0][places].sum(axis=1)
    assert fit.mean() == pytest.approx(losses.mean())
    assert squared_errors(table, common, effects)[0] == pytest.approx(((losses[0] - fit) ** 2).mean())


def test_a_few_rows_make_no_large_effect() -> None:
    table = LossTable.of(np.array([[0]] * 98 + [[1]] * 2), 2, np.array([[1.0] * 98 + [101.0] * 2]))
    _, effects = fit_effects(table)
    assert effects[0, 1] < 20


def test_what_was_learned_is_read_back(rng: np.random.Generator) -> None:
    reference, fitted, _ = learned(rng)
    written = orjson.dumps(fitted.to_json())
    assert len(written) < 5_000
    back = Dle.from_json(orjson.loads(written))
    assert orjson.dumps(back.to_json()) == written
    for name, estimate in estimated_losses(fitted, reference).items():
        again = estimated_losses(back, reference)[name]  # sums may differ in the last bit: arrays lie elsewhere
        assert again.measured.value == pytest.approx(estimate.measured.value, rel=1e-12)
        assert (again.lower, again.upper) == pytest.approx((estimate.lower, estimate.upper), rel=1e-12)


def test_what_two_features_do_together_is_not_seen(rng: np.random.Generator) -> None:
    """The decision record says so: errors are larger where both are high, and only how often they are is changed."""
    layout = BinLayout(features={name: CategoricalBins(categories=("low", "high")) for name in ("age", "income")})
    alone = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 500)
    errors = np.where(alone.sum(axis=1) == 2, 5.0, 1.0) * rng.choice([-1.0, 1.0], len(alone))
    chunk = LossChunk(slots=alone, outcomes=np.zeros(len(alone)), predictions=errors)
    reference = replace(
        ModelProfile.empty(layout), rows=2_000, counts=np.array([1_000, 1_000, 0, 0] * 2, dtype=np.int64)
    )
    fitted = fit_dle(reference, [chunk, chunk])
    same_shares = estimated_losses(fitted, reference)["mae"].measured.value
    assert same_shares == pytest.approx(2.0)  # rows that are high in both or in neither have the same shares, and 3


def test_no_rows_have_no_estimate(rng: np.random.Generator) -> None:
    reference, fitted, _ = learned(rng)
    found = estimated_losses(fitted, ModelProfile.empty(reference.layout))["mae"]
    assert (found.measured.reason, found.judgement.verdict) == ("no rows", PerformanceVerdict.INSUFFICIENT_DATA)


def test_a_profile_on_other_bins_is_refused(rng: np.random.Generator) -> None:
    _, fitted, _ = learned(rng)
    with pytest.raises(ValueError, match="other bins than this profile's of 'age'"):
        estimated_losses(fitted, ModelProfile.empty(fit_layout([])))


def test_losses_are_learned_from_two_chunks_or_more(rng: np.random.Generator) -> None:
    reference, _, chunks = learned(rng)
    unknown = replace(chunks[0], outcomes=np.full(ROWS, np.nan))
    with pytest.raises(ValueError, match="two chunks or more, not 1"):
        fit_dle(reference, [chunks[0], unknown])


def test_a_regressor_that_is_never_off_is_learned_as_such(rng: np.random.Generator) -> None:
    reference, _, chunks = learned(rng)
    right = [replace(chunk, outcomes=chunk.predictions) for chunk in chunks]
    found = estimated_losses(fit_dle(reference, right), reference)
    assert (found["mae"].measured.value, found["rmse"].measured.error) == (0.0, 0.0)


def test_without_features_the_mean_is_estimated(rng: np.random.Generator) -> None:
    _, _, chunks = learned(rng)
    nothing = ModelProfile.empty(fit_layout([]))
    bare = [replace(chunk, slots=chunk.slots[:, :0]) for chunk in chunks]
    fitted = fit_dle(nothing, bare)
    assert LossCells.of(nothing).size == 0
    found = estimated_losses(fitted, replace(nothing, rows=100))
    assert found["mae"].measured.value == pytest.approx(float(fitted.common[0]))
