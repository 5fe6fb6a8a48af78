"""What is promised of a model's service is its own, else everybody's, and never what no alert could tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from driftgauge.app.settings import objectives
from driftgauge.config import Settings, load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.config.slo_settings import LATENCIES
from driftgauge.errors import ConfigError
from driftgauge.jobs.options import Objectives
from driftgauge.model.traffic import LATENCY_BOUNDS

if TYPE_CHECKING:
    from pathlib import Path


def load(directory: Path, text: str) -> Settings:
    path = directory / "driftgauge.yml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={}, known_tests=DEFAULT_TESTS)


def test_every_model_is_promised_the_same_unless_it_says_otherwise(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        "slo: {errors: 0.999, minimum_predictions: 50}\n"
        "models: {fraud: {slo: {latency: 0.99, latency_threshold: 25ms}}, batch: {slo: {latency: off}}}\n",
    )
    assert objectives(settings, "churn") == Objectives(
        errors=0.999, latency=0.95, latency_threshold=5.0, minimum_predictions=50
    )
    assert objectives(settings, "fraud") == Objectives(
        errors=0.999, latency=0.99, latency_threshold=0.025, minimum_predictions=50
    )
    assert objectives(settings, "batch").latency is None
    assert objectives(settings, "batch").errors == 0.999


def test_every_latency_that_may_be_chosen_is_a_bound_of_the_histogram() -> None:
    assert {latency.total_seconds() for latency in LATENCIES} == set(LATENCY_BOUNDS) - {0.0025}


def test_nothing_may_be_promised(tmp_path: Path) -> None:
    settings = load(tmp_path, "slo: {errors: off, latency: off}")
    assert (settings.slo.errors, settings.slo.latency) == (None, None)


@pytest.mark.parametrize("place", ["slo: {{{}}}", "models: {{m: {{slo: {{{}}}}}}}"])
@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("errors: 0.93", "errors: 0.93 leaves so large a budget that nothing burns it 14.4 times too fast"),
        ("latency: 0.5", "latency: 0.5 leaves so large a budget"),
        ("errors: 1", "errors: must be less than 1"),
        ("errors: 99%", "errors: expected "),
        (
            "latency_threshold: 300ms",
            "300ms is no bound of the latency histogram; choose one of 1ms, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms",
        ),
        ("minimum_predictions: 0", "minimum_predictions: must be greater than or equal to 1"),
    ],
)
def test_what_could_never_be_told_or_counted_is_refused(tmp_path: Path, place: str, key: str, problem: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, place.format(key))
    assert problem in str(refused.value)


def test_the_lowest_objective_is_one_that_a_total_failure_can_miss_fast_enough(tmp_path: Path) -> None:
    assert load(tmp_path, "slo: {errors: 0.9306}").slo.errors == 0.9306
    with pytest.raises(ConfigError):
        load(tmp_path, "slo: {errors: 0.9305}")


def test_how_long_alerts_may_wait_is_set_by_severity(tmp_path: Path) -> None:
    settings = load(tmp_path, "acknowledgement: {critical: 15m}\nrollup: {lag_limit: 5m}\n")
    assert settings.acknowledgement.critical == timedelta(minutes=15)
    assert settings.acknowledgement.warning == timedelta(hours=4)
    assert settings.rollup.lag_limit == timedelta(minutes=5)
