"""What only a report asks comes back: models, traffic in steps, distributions, reliability."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from psycopg.types.json import Jsonb

from driftgauge.queries import (
    Distribution,
    ReliabilityPoint,
    data_quality,
    feature_distributions,
    models,
    reliability,
    traffic_trend,
)
from integration.queries.conftest import DAY, HOUR, OF

if TYPE_CHECKING:
    from integration.queries.conftest import Shelf

MINUTE = timedelta(minutes=1)
NUMERIC = {"count": 9, "missing": 1, "mean": 4.5, "std": 1.5, "histogram": {"edges": [1, 5, 9], "counts": [0, 5, 4, 0]}}
CATEGORICAL = {"count": 3, "missing": 0, "histogram": {"edges": 2, "counts": 1}}


def minute(shelf: Shelf, at: Any, *, status: str = "success", predictions: int = 10, **of: str) -> None:  # noqa: ANN401
    shelf.connection.execute(
        "INSERT INTO traffic_rollups (model_name, version, environment, status, bucket_start, predictions,"
        " latency_buckets, latency_sum) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        (*(OF | of).values(), status, at, predictions, [0, predictions - 1], 0.5),
    )


def window(shelf: Shelf, hours: int, **columns: object) -> dict[str, object]:
    made = {"window_start": shelf.now - (hours + 1) * HOUR, "window_end": shelf.now - hours * HOUR} | columns
    told = {
        "verdict": "stable",
        "reason": "",
        "drift_detected": False,
        "drifted_features": 0,
        "judged_features": 1,
        "threshold": 0.5,
        "ranking": Jsonb([]),
        "rows": 9,
    }
    shelf.put("dataset_drift_results", **(told | made))
    return made


def feature(shelf: Shelf, name: str, at: dict[str, object], told: dict[str, Any] | None, **columns: object) -> None:
    made = {"statistical_test": "ks", "verdict": "stable", "drift_detected": False, "feature_kind": "numeric"}
    shelf.put(
        "data_drift_results",
        **(made | at | {"feature_name": name, "reference_distribution": told, "current_distribution": told} | columns),
    )


def test_models_are_listed_with_their_versions(shelf: Shelf) -> None:
    for name, version, status in (
        ("b", "1", "success"),
        ("a", "2", "error"),
        ("a", "2", "success"),
        ("a", "1", "success"),
    ):
        shelf.connection.execute(
            "INSERT INTO traffic_totals VALUES (%s, %s, 'production', %s, 5, '{5}', 0.1, %s, %s)",
            (name, version, status, shelf.now, shelf.now - DAY),
        )
    found = models(shelf.connection)
    assert [(one.model, one.version, one.predictions) for one in found] == [
        ("a", "1", 5),
        ("a", "2", 10),
        ("b", "1", 5),
    ]
    assert (found[0].first_at, found[0].last_at) == (shelf.now - DAY, shelf.now)
    assert found[0].last_at.tzinfo is UTC


def test_traffic_is_summed_up_in_steps_of_utc_days(shelf: Shelf) -> None:
    yesterday = shelf.today - DAY
    minute(shelf, yesterday - MINUTE)
    minute(shelf, yesterday)
    minute(shelf, yesterday + 59 * MINUTE, status="error", predictions=5)
    minute(shelf, yesterday + 60 * MINUTE, status="odd")
    minute(shelf, shelf.now + HOUR)
    minute(shelf, yesterday, model_name="other")
    minute(shelf, yesterday, version="2")
    first, second = traffic_trend(shelf.connection, "churn", version="1", days=2, step=HOUR)
    assert (first.start, first.end, first.predictions, first.errors) == (yesterday, yesterday + HOUR, 15, 5)
    assert (first.timed, first.mean_latency_ms) == (13, pytest.approx(1000 / 13))
    assert (second.predictions, second.errors) == (10, 0)
    both = traffic_trend(shelf.connection, "churn", days=2, step=HOUR)
    assert [step.predictions for step in both] == [25, 10]
    assert {step.end - step.start for step in traffic_trend(shelf.connection, "churn", days=2)} == {15 * MINUTE}
    assert traffic_trend(shelf.connection, "nobody") == []


def test_distributions_are_those_of_the_last_judged_window(shelf: Shelf) -> None:
    old, new = window(shelf, 5), window(shelf, 1)
    feature(shelf, "age", old, NUMERIC | {"count": 1})
    feature(shelf, "age", new, NUMERIC)
    feature(shelf, "age", new, None, statistical_test="psi")
    feature(shelf, "plan", new, CATEGORICAL, feature_kind="categorical")
    feature(shelf, "age", new, NUMERIC, segment="de")
    feature(shelf, "age", new, NUMERIC, version="2")
    age, plan = feature_distributions(shelf.connection, "churn")
    assert (age.feature, age.kind, age.window_end) == ("age", "numeric", new["window_end"])
    assert age.reference == Distribution(
        count=9, missing=1, mean=4.5, std=1.5, edges=(1, 5, 9), categories=(), counts=(0, 5, 4, 0)
    )
    assert dict(zip(plan.current.categories, plan.current.counts, strict=True)) == {"edges": 2, "counts": 1}
    assert (plan.current.edges, plan.current.mean) == ((), None)
    assert [one.feature for one in feature_distributions(shelf.connection, "churn", features=["plan", "none"])] == [
        "plan"
    ]
    assert feature_distributions(shelf.connection, "churn", features=[]) == []
    assert feature_distributions(shelf.connection, "nobody") == []


def test_reliability_is_of_the_newest_mature_cohort_that_has_scores(shelf: Shelf) -> None:
    row = shelf.connection.execute(
        "INSERT INTO outcome_tasks (model_name, version, environment, task, definition)"
        " VALUES ('churn', '1', 'production', 'binary', '{}') RETURNING task_id"
    ).fetchone()
    assert row is not None
    for days, matured, curve in ((3, True, [[0.1, 0.2, 90]]), (2, True, []), (1, False, [[0.5, 0.5, 9]])):
        start = shelf.today - days * DAY
        shelf.connection.execute(
            "INSERT INTO outcome_cohorts VALUES (%s, '', %s, %s, 9, 9, 0, 0, '', NULL, 1)", (row[0], start, start + DAY)
        )
        shelf.connection.execute(
            "INSERT INTO performance_results (task_id, segment, cohort_start, cohort_end, revision, standard,"
            " predictions, outcomes, closed, matured, realised, estimated, curve)"
            " VALUES (%s, '', %s, %s, 1, '', 9, 9, TRUE, %s, '{}', '{}', %s)",
            (row[0], start, start + DAY, matured, Jsonb(curve)),
        )
    [found] = reliability(shelf.connection, "churn")
    assert found.points == (ReliabilityPoint(mean_score=0.1, positive_share=0.2, rows=90),)
    assert (found.cohort_start, found.matured) == (shelf.today - 3 * DAY, True)
    [young] = reliability(shelf.connection, "churn", days=2)
    assert (young.matured, young.points[0].rows) == (False, 9)
    assert reliability(shelf.connection, "churn", days=1) == []


@pytest.mark.parametrize(("p_value", "said"), [(1e-200, "p < 1e-30"), (5e-324, "p < 1e-30"), (0.25, "p = 0.25")])
def test_a_reason_of_data_quality_can_be_told_whatever_the_p_value(shelf: Shelf, p_value: float, said: str) -> None:
    feature(
        shelf,
        "age",
        window(shelf, 1),
        None,
        statistical_test="missing_share",
        effect=0.5,
        threshold=0.01,
        adjusted_p_value=p_value,
    )
    [check] = data_quality(shelf.connection, "churn")
    assert f"here {said} corrected" in check.reason
