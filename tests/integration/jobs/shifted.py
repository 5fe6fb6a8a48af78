"""A model of three features of which two have shifted, and what the drift job wrote of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from driftgauge.model.verdict import Verdict
from integration.jobs.stage import Record, Stage, mixed, normal, series

if TYPE_CHECKING:
    from fixtures.columns import Column

PLANS = {"free": 0.6, "pro": 0.3, "team": 0.1}
OTHER_PLANS = {"free": 0.2, "pro": 0.3, "team": 0.5}


def columns(rows: int, *, shift: float = 0.0, plans: dict[str, float] = PLANS, seed: int = 0) -> dict[str, Column]:
    return {
        "age": normal(rows, mean=shift, seed=seed),
        "fare": normal(rows, seed=seed + 1),
        "plan": mixed(rows, plans, seed=seed + 2),
    }


def results(stage: Stage) -> list[Record]:
    return stage.select("SELECT * FROM data_drift_results ORDER BY feature_name, statistical_test, id")


def alerts(stage: Stage) -> dict[str, Record]:
    found = stage.select(
        "SELECT a.*, r.feature_name, r.statistical_test, r.effect, r.threshold, r.reason FROM drift_alerts AS a"
        " INNER JOIN data_drift_results AS r ON a.drift_result_id = r.id ORDER BY a.id"
    )
    assert len({row["feature_name"] for row in found}) == len(found), "one alert a feature and window"
    return {row["feature_name"]: row for row in found}


def states(samples: Any) -> str:  # noqa: ANN401 - any samples
    """Return the one verdict that the samples tell."""
    told = series(samples, "ml_drift_verdict")
    assert {labels[-1] for labels in told} == set(Verdict)
    [state] = [labels[-1] for labels, value in told.items() if value == 1.0]
    return state
