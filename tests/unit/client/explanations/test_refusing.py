"""An explanation that does not fit is counted, and stops no service unless its logger is strict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from driftgauge.client import Drop, PredictionLogger
from driftgauge.client.explanations import log_lime, log_shap
from fixtures.explained import HandMade, predictions

if TYPE_CHECKING:
    from fixtures.explained import Shap


def unnamed() -> HandMade:
    return HandMade(values=[[0.1, 0.2]], base_values=0.5, data=[[1, 2]], feature_names=None)


def test_a_service_is_not_stopped_by_an_explanation_that_does_not_fit(explained: Shap) -> None:
    logger = PredictionLogger(model="churn", on_sigterm=False)
    assert log_shap(logger, unnamed(), predictions(1)) == 0
    assert log_shap(logger, explained, predictions(3), output=1) == 0
    assert not log_lime(logger, unnamed(), "no uuid")  # pyright: ignore[reportArgumentType] - that is the point
    stats = logger.stats()
    assert (stats.accepted, stats.dropped[Drop.INVALID]) == (3, 3)


@pytest.mark.parametrize("values", [[[0.1, 0.2], [0.1]], [[0.1, 0.2], [0.1, None]], [[0.1, 0.2], 0.3]])
def test_a_row_that_does_not_fit_stops_no_service_and_no_row_is_logged(values: object) -> None:
    logger = PredictionLogger(model="churn", on_sigterm=False)
    explanation = HandMade(values=values, base_values=0.5, feature_names=["age", "debt"])
    assert log_shap(logger, explanation, predictions(2)) == 0
    stats = logger.stats()
    assert (stats.accepted, stats.dropped[Drop.INVALID]) == (1, 1)


def test_a_strict_logger_says_what_does_not_fit() -> None:
    logger = PredictionLogger(model="churn", on_sigterm=False, strict=True)
    with pytest.raises(ValueError, match="the explanation names no features"):
        log_shap(logger, unnamed(), predictions(1))
    assert logger.stats().dropped[Drop.INVALID] == 1
