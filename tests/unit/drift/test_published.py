"""The results that a peer has published of the synthetic car loan data, from its counts (tests/data/README.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pytest

from driftgauge.drift.coarsen import pooled
from driftgauge.drift.correction import benjamini_hochberg
from driftgauge.drift.tests.chi_squared import homogeneity
from driftgauge.drift.tests.jensen_shannon import js_from_masses
from driftgauge.drift.tests.ks import ks_from_counts
from driftgauge.model.bins import IntArray

COUNTED: Final = Path(__file__).parents[2] / "data" / "car_loan.npz"
REFERENCE: Final = slice(0, 10)
NUMBERS: Final = ("car_value", "debt_to_income_ratio", "loan_length", "driver_tenure", "y_pred_proba")
CATEGORIES: Final = ("salary_range", "repaid_loan_on_prev_car", "size_of_downpayment", "y_pred")
DRIFTED: Final = {"car_value", "loan_length", "y_pred_proba", "salary_range", "repaid_loan_on_prev_car"}
SHIFTED: Final = set(range(5, 10))
ALPHA: Final = 0.05


def counts(name: str) -> tuple[IntArray, IntArray, IntArray]:
    """The reference as a whole, its ten chunks, and the ten later ones."""
    with np.load(COUNTED) as arrays:
        every = arrays[name].astype(np.int64)
    return every[REFERENCE].sum(axis=0), every[REFERENCE], every[10:]


def outside_in_one_cell(histograms: IntArray) -> IntArray:
    return np.concatenate((histograms[..., 1:-1], histograms[..., :1] + histograms[..., -1:]), axis=-1)


def upper_threshold(values: list[float]) -> float:
    """Three standard deviations above the mean of the reference's own chunks."""
    return float(np.mean(values) + 3 * np.std(values))


@pytest.mark.parametrize(
    ("column", "threshold", "alerts"),
    [
        ("car_value/doane", 0.035262, {3} | SHIFTED),
        ("debt_to_income_ratio/doane", 0.039328, {6}),
        ("loan_length/doane", 0.036638, SHIFTED),
        ("driver_tenure/doane", 0.039192, set[int]()),
        ("y_pred_proba/doane", 0.036587, SHIFTED),
        ("salary_range/mix", 0.017709, SHIFTED),
        ("repaid_loan_on_prev_car/mix", 0.014734, SHIFTED),
        ("size_of_downpayment/mix", 0.021481, set[int]()),
        ("y_pred/mix", 0.009097, {0, 9}),
    ],
)
def test_jensen_shannon_has_the_published_threshold_and_alerts(column: str, threshold: float, alerts: set[int]) -> None:
    whole, reference, later = counts(column)
    if column.endswith("doane"):
        whole, reference, later = (outside_in_one_cell(histograms) for histograms in (whole, reference, later))
    found = upper_threshold([js_from_masses(whole, chunk) for chunk in reference])
    assert found == pytest.approx(threshold, abs=5.1e-7)
    assert {number for number, chunk in enumerate(later) if js_from_masses(whole, chunk) > found} == alerts


def test_ks_has_the_published_values_and_threshold() -> None:
    whole, reference, later = counts("debt_to_income_ratio/grid")
    published = [0.01576, 0.01268, 0.01734, 0.01280, 0.01918, 0.00824, 0.01058, 0.01002, 0.01068, 0.00680]
    assert [ks_from_counts(whole, chunk).score for chunk in later] == pytest.approx(published, abs=1e-12)
    found = upper_threshold([ks_from_counts(whole, chunk).score for chunk in reference])
    assert found == pytest.approx(0.018584, abs=5.1e-7)


def test_with_the_correction_every_drifted_column_alarms_and_nothing_else() -> None:
    """KS on our own bins and chi-squared, Benjamini-Hochberg over the nine columns of a chunk."""
    numbers = {name: counts(f"{name}/slots") for name in NUMBERS}
    categories = {name: counts(f"{name}/mix") for name in CATEGORIES}
    alarms: dict[int, set[str]] = {}
    for chunk in range(10):
        found = [ks_from_counts(whole, later[chunk]).p_value for whole, _, later in numbers.values()]
        found += [homogeneity(*pooled(whole, later[chunk])).p_value for whole, _, later in categories.values()]
        adjusted = benjamini_hochberg([p_value for p_value in found if p_value is not None])
        alarms[chunk] = {name for name, p in zip((*numbers, *categories), adjusted, strict=True) if p < ALPHA}
    assert {chunk: found for chunk, found in alarms.items() if chunk not in SHIFTED and found} == {}
    assert all(alarms[chunk] >= DRIFTED for chunk in SHIFTED)
