"""Without drift, a p-value is below α in α of the windows: ties, heavy tails, few values or many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import pytest
from scipy import stats

from driftgauge.drift.registry import TESTS
from driftgauge.model.bins import FloatArray
from driftgauge.profiling.counting import profile_batch
from driftgauge.profiling.fitting import fit_layout
from fixtures.columns import Column, batch_of

Draw = Callable[[np.random.Generator, int], FloatArray]

WINDOWS: Final = 600
ALPHAS: Final = (0.05, 0.01)
BAND: Final = 1e-5  # the chance that one of these shares lies beyond its band by luck
SIZES: Final = [(5000, 200), (500, 500), (200, 5000)]
NUMBERS: Final[dict[str, Draw]] = {
    "normal": lambda rng, size: rng.normal(0, 1, size),
    "heavy": lambda rng, size: rng.standard_t(3, size),
    "heavier": lambda rng, size: rng.standard_t(2, size),
    "log": lambda rng, size: rng.lognormal(0, 1, size),
    "counts": lambda rng, size: rng.poisson(3.3, size).astype(np.float64),
    "spike": lambda rng, size: np.where(rng.random(size) < 0.4, 0.0, rng.exponential(1.1, size)),
    "coin": lambda rng, size: rng.integers(0, 2, size).astype(np.float64),
}
MIXES: Final = {
    "tail": 1 / np.arange(1.0, 31.0),
    "long tail": 1 / np.arange(1.0, 301.0),
    "even": np.ones(8),
    "half": np.ones(2),
    "rare": np.array([0.97, 0.03]),
}
SKEWED: Final = {("welch_t", "log")}  # as its page says: Student's law wants many values of a skewed feature
ON_THE_SAFE_SIDE: Final = {"ks", "variance_ratio", "out_of_range_share"}


def shares_below(draw: Callable[[int], Column], n: int, m: int, windows: int = WINDOWS) -> dict[str, tuple[float, ...]]:
    """Return by test how many windows of a new reference each have a p-value below the alphas."""
    p_values: dict[str, list[float]] = {}
    for _ in range(windows):
        frozen = batch_of({"x": draw(n)})
        layout = fit_layout([frozen])
        reference, current = (profile_batch(layout, batch).feature("x") for batch in (frozen, batch_of({"x": draw(m)})))
        for test in TESTS.values():
            if not test.distance and test.samples == "values" and test.fits(reference.bins):
                p_value = test.measure(reference, current).p_value
                assert p_value is not None
                p_values.setdefault(test.name, []).append(p_value)
    return {
        name: tuple(float(np.mean(np.array(found) < alpha)) for alpha in ALPHAS) for name, found in p_values.items()
    }


def most(alpha: float, windows: int = WINDOWS) -> float:
    return float(stats.binom.ppf(1 - BAND, windows, alpha)) / windows


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("shape", NUMBERS)
def test_p_values_of_numbers_are_below_alpha_no_more_often_than_alpha(
    shape: str, n: int, m: int, rng: np.random.Generator
) -> None:
    for name, found in shares_below(lambda size: NUMBERS[shape](rng, size), n, m).items():
        for alpha, share in zip(ALPHAS, found, strict=True):
            assert share <= most(alpha) or (name, shape) in SKEWED, (name, alpha)
            if shape == "normal" and alpha == ALPHAS[0] and name not in ON_THE_SAFE_SIDE:
                assert share >= float(stats.binom.ppf(BAND, WINDOWS, alpha)) / WINDOWS, name


@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("mix", MIXES)
def test_p_values_of_categories_are_below_alpha_no_more_often_than_alpha(
    mix: str, n: int, m: int, rng: np.random.Generator
) -> None:
    names, law = [f"v{number}" for number in range(len(MIXES[mix]))], MIXES[mix] / MIXES[mix].sum()

    def draw(size: int) -> list[str]:
        return [names[place] for place in rng.choice(len(law), size, p=law).tolist()]

    found = shares_below(draw, n, m)
    assert {"z_proportion", "fisher_exact"} <= found.keys() or len(law) != 2
    for name, share in found.items():
        assert all(below <= most(alpha) for alpha, below in zip(ALPHAS, share, strict=True)), (name, share)


def test_the_classic_mid_rank_form_would_not_keep_to_alpha(rng: np.random.Generator) -> None:
    """Why Cramér-von Mises is not taken as scipy has it: of a coin, ten flips against one, it always alarms."""
    flips = rng.integers(0, 2, 5000), rng.integers(0, 2, 500)
    assert float(stats.cramervonmises_2samp(*flips, method="asymptotic").pvalue) < 1e-6
    bare = TESTS["cramer_von_mises"].measure
    frozen = batch_of({"x": flips[0].astype(np.float64)})
    layout = fit_layout([frozen])
    now = profile_batch(layout, batch_of({"x": flips[1].astype(np.float64)}))
    found = bare(profile_batch(layout, frozen).feature("x"), now.feature("x"))
    assert found.p_value is not None
    assert found.p_value > 0.01
