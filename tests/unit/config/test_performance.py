"""Limits and costs that make no sense are told where they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from driftgauge.app.judging_settings import performance_options
from driftgauge.config import Settings, load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.errors import ConfigError
from driftgauge.performance.registry import METRICS
from driftgauge.performance.thresholds import FixedLimits

if TYPE_CHECKING:
    from pathlib import Path

KNOWN: Final = {task.value: metrics for task, metrics in METRICS.items()}


def load(directory: Path, model: str, *, known: bool = True) -> Settings:
    path = directory / "driftgauge.yml"
    path.write_text(f"outcomes: {{maturity: 3d}}\nmodels:\n  m: {{{model}}}\n", encoding="utf-8")
    return load_config(path, environ={}, known_tests=DEFAULT_TESTS, known_metrics=KNOWN if known else None)


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (
            "performance: {limits: {roc_au: {lower: 1}}}",
            "limits.roc_au: no metric is named roc_au; did you mean roc_auc?",
        ),
        (
            "performance: {limits: {zzz: {lower: 1}}}",
            "limits.zzz: no metric is named zzz; known: accuracy, average_precision, ",
        ),
        ("performance: {limits: {mae: {}}}", "limits.mae: give lower, upper or both"),
        (
            "performance: {limits: {mae: {lower: 2, upper: 1}}}",
            "limits.mae.lower: is above models.m.performance.limits.mae.upper",
        ),
        (
            "performance: {limits: {business_value: {lower: 2}}}",
            "limits.business_value: takes models.m.performance.costs",
        ),
        (
            "outcomes: {task: regression}, performance: {limits: {f1: {lower: 0.5}}}",
            "limits.f1: is no metric of the task regression; those are mae, mse, rmse",
        ),
        ("performance: {cost_unit: EUR}", "cost_unit: is the unit of models.m.performance.costs, which are not given"),
        ("performance: {costs: [[1, 2], [3]]}", "costs: is no square; give a row for each outcome"),
        ("performance: {costs: [[1]]}", "costs: is no square"),
        ("performance: {costs: [[1, .inf], [3, 4]]}", "costs[0][1]: expected a finite number"),
        (
            "outcomes: {task: regression}, performance: {costs: [[1, 2], [3, 4]]}",
            "costs: are of classes; this model foretells numbers",
        ),
        (
            "outcomes: {task: binary}, performance: {costs: [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}",
            "costs: is of 3 classes; two take",
        ),
        (
            "outcomes: {classes: [a, b]}, performance: {costs: [[1, 2], [3, 4]]}",
            "costs: is of 2; 2 classes and all others take 3 rows and columns",
        ),
        ("performance: {reference_cohorts: 1}", "reference_cohorts: must be greater than or equal to 2"),
    ],
)
def test_what_makes_no_sense_is_told(tmp_path: Path, model: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, model)
    [told] = caught.value.problems
    assert f": models.m.performance.{problem}" in told


def test_names_are_taken_where_none_are_known(tmp_path: Path) -> None:
    loaded = load(tmp_path, "performance: {limits: {zzz: {lower: 1}}}", known=False)
    assert performance_options(loaded, "m").limits == {"zzz": FixedLimits(lower=1)}


def test_a_model_s_own_settings_win(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        "outcomes: {task: binary, maturity: 1d}, performance: {minimum_rows: 7, reference_cohorts: 3, deviations: 2.5,"
        " limits: {business_value: {lower: 1}, recall: {upper: 0.9}}, costs: [[0, -5], [-100, 60]], cost_unit: EUR}",
    )
    own, others = performance_options(loaded, "m"), performance_options(loaded, "other")
    assert (own.maturity.days, own.minimum_rows, own.reference_cohorts, own.deviations) == (1, 7, 3, 2.5)
    assert (own.costs, own.cost_unit) == (((0, -5), (-100, 60)), "EUR")
    assert own.limits["recall"] == FixedLimits(upper=0.9)
    assert (others.maturity.days, others.minimum_rows, others.reference_cohorts, others.deviations) == (3, 200, 10, 3)
    assert (others.costs, others.limits) == ((), {})
