"""The accuracy that a peer estimates of the synthetic credit card data, from its counts (tests/data/README.md)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from driftgauge.model.bins import IntArray
from driftgauge.performance.class_cbpe import estimated_classes, fit_class_cbpe
from driftgauge.performance.estimate import Estimate
from driftgauge.performance.multiclass import MulticlassCounts, count_multiclass
from driftgauge.performance.registry import MULTICLASS
from driftgauge.performance.thresholds import PerformanceVerdict
from driftgauge.performance.unlabelled import ConfidenceCounts

COUNTED: Final = Path(__file__).parents[2] / "data" / "credit_cards.npz"
CLASSES: Final = ("highstreet_card", "prepaid_card", "upmarket_card")
ESTIMATED: Final = {
    "accuracy": (0.754192, 0.757301, 0.759008, 0.757555, 0.754411, 0.636898, 0.637819, 0.637937, 0.637649, 0.640510),
    "macro_precision": (
        *(0.754156, 0.757295, 0.758984, 0.757424, 0.754395),
        *(0.633349, 0.634350, 0.633478, 0.634091, 0.636371),
    ),
}
"""NannyML 0.13.1's CBPE in ten chunks of 6,000 rows, which reads the probabilities of all classes."""
BANDS: Final = {"accuracy": (0.741231, 0.765102), "macro_precision": (0.741261, 0.764978)}
SHIFTED: Final = {5, 6, 7, 8, 9}


@cache
def chunks() -> list[MulticlassCounts]:
    """Twenty chunks of 6,000 rows; the first ten are the reference."""
    with np.load(COUNTED) as arrays:
        counts: IntArray = arrays["outcomes"].astype(np.int64)
    found: list[MulticlassCounts] = []
    for chunk in counts:
        true, said, sure = (np.repeat(column, chunk[chunk > 0]) for column in np.nonzero(chunk))
        labels, predicted = ([CLASSES[place] for place in places] for places in (true, said))
        found.append(count_multiclass(labels, predicted, CLASSES, sure / 100))
    return found


@cache
def estimates(name: str) -> list[Estimate]:
    fitted = fit_class_cbpe(chunks()[:10])
    return [estimated_classes(fitted, ConfidenceCounts.of(chunk))[name] for chunk in chunks()[10:]]


@pytest.mark.parametrize("name", list(ESTIMATED))
def test_estimates_are_those_of_all_probabilities_within_a_third_of_their_sampling_error(name: str) -> None:
    for estimate, published in zip(estimates(name), ESTIMATED[name], strict=True):
        assert estimate.measured.value == pytest.approx(published, abs=0.0021)
        assert estimate.measured.error == pytest.approx(0.0062, abs=0.0006)


@pytest.mark.parametrize("name", list(BANDS))
def test_bands_and_alerts_are_the_peers(name: str) -> None:
    band = fit_class_cbpe(chunks()[:10]).bands[name]
    assert band is not None
    assert (band.lower, band.upper) == pytest.approx(BANDS[name], abs=5.1e-7)
    verdicts = [estimate.judgement.verdict for estimate in estimates(name)]
    assert {chunk for chunk, verdict in enumerate(verdicts) if verdict is PerformanceVerdict.DEGRADED} == SHIFTED
    assert set(verdicts[:5]) == {PerformanceVerdict.STABLE}


def test_what_turned_out_lies_within_the_confidence_until_the_relation_changes() -> None:
    """In the shifted chunks outcomes are others for the same features, too, which neither estimate can see."""
    for place, (estimate, chunk) in enumerate(zip(estimates("accuracy"), chunks()[10:], strict=True)):
        realised = MULTICLASS["accuracy"].measure(chunk).value
        assert estimate.lower is not None
        assert estimate.upper is not None
        assert realised is not None
        if place in SHIFTED:
            assert realised + 0.04 < estimate.lower
        else:
            assert estimate.lower < realised < estimate.upper
