"""Each call becomes the rows that it says."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import pytest

from driftgauge.client import Drop
from unit.client.doubles import MODEL, Recorded, recorded
from unit.client.hostile import Word

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)

OF_MODEL: Final = dict(zip(("model_name", "version", "environment"), MODEL, strict=True))

KEY: Final = uuid4()


def check(row: Mapping[str, object], expected: Mapping[str, object]) -> None:
    """Compare a row with what is expected of it; its id must be one of ours."""
    assert UUID(str(row["id"])).version == 7
    assert {name: value for name, value in row.items() if name != "id"} == expected


def test_a_prediction_fills_every_column(logger: Recorded) -> None:
    key = logger.log_prediction(
        {"age": 41},
        latency_ms=12,
        prediction="late",
        score=0.75,
        confidence=np.float32(0.5),
        status=Word.YES,
        user_id=7,
        segment="web",
        timestamp=NOON,
    )
    row = logger.only("prediction_logs")
    assert row["id"] == key.hex
    expected = OF_MODEL | {
        "timestamp": NOON,
        "features": b'{"age":41}',
        "prediction_result": None,
        "predicted_label": "late",
        "predicted_value": None,
        "predicted_score": 0.75,
        "confidence": 0.5,
        "latency_ms": 12.0,
        "status": "yes",
        "user_id": "7",
        "segment": "web",
        "input_data_hash": None,
    }
    check(row, expected)


def test_a_prediction_needs_features_and_latency_only(logger: Recorded) -> None:
    before = datetime.now(UTC)
    logger.log_prediction({}, latency_ms=1)
    row = logger.only("prediction_logs")
    at = row.pop("timestamp")
    assert isinstance(at, datetime)
    assert before <= at <= datetime.now(UTC)
    given = {name: value for name, value in row.items() if value is not None and name not in {"id", *OF_MODEL}}
    assert given == {"features": b"{}", "latency_ms": 1.0, "status": "success"}


def test_an_id_of_ones_own_is_the_rows(logger: Recorded) -> None:
    assert logger.log_prediction({}, latency_ms=1, prediction_id=str(KEY)) == KEY
    assert logger.only("prediction_logs")["id"] == KEY.hex


def test_features_are_copied(logger: Recorded) -> None:
    features = {"age": 41}
    logger.log_prediction(features, latency_ms=1)
    features["age"] = 0
    assert logger.only("prediction_logs")["features"] == b'{"age":41}'


def test_a_data_frame_of_one_row_is_its_row() -> None:
    logger = recorded(strict=True)
    logger.log_prediction(pd.DataFrame({"age": [41], "plan": ["pro"]}, index=[7]), latency_ms=1)
    assert logger.only("prediction_logs")["features"] == b'{"age":41,"plan":"pro"}'


@pytest.mark.parametrize("rows", [0, 2])
def test_a_data_frame_of_other_than_one_row_is_no_prediction(rows: int) -> None:
    frame = pd.DataFrame({"age": [41] * rows})
    with pytest.raises(ValueError, match=f"^features: one row is needed, not {rows}; log_predictions takes many$"):
        recorded(strict=True).log_prediction(frame, latency_ms=1)


def test_a_batch_is_a_row_each(logger: Recorded) -> None:
    frame = pd.DataFrame({"age": [41, 29], "plan": ["pro", None]})
    keys = logger.log_predictions(
        frame,
        latency_ms=2.5,
        prediction=np.array([1, 0]),
        score=pd.Series([0.75, float("nan")]),
        user_id=["a", "b"],
        timestamp=np.array(["2026-03-01T12:00", "2026-03-01T12:00"], "datetime64[ns]"),
    )
    rows = logger.rows("prediction_logs")
    assert [row["id"] for row in rows] == [key.hex for key in keys]
    assert [row["features"] for row in rows] == [b'{"age":41,"plan":"pro"}', b'{"age":29,"plan":null}']
    assert [row["predicted_value"] for row in rows] == [1.0, 0.0]
    assert [row["user_id"] for row in rows] == ["a", "b"]
    assert [row["timestamp"] for row in rows] == [NOON, NOON]
    assert {row["latency_ms"] for row in rows} == {2.5}


def test_an_array_takes_names(logger: Recorded) -> None:
    logger.log_predictions(np.array([[1.0, 2.0]]), latency_ms=1, names=["a", "b"])
    assert logger.only("prediction_logs")["features"] == b'{"a":1.0,"b":2.0}'


def test_a_bad_row_of_a_batch_costs_that_row_only(logger: Recorded) -> None:
    logger.log_predictions([{"a": 1}, {"a": 2}, {"a": 3}], latency_ms=[1, "slow", 3])
    assert [row["latency_ms"] for row in logger.rows("prediction_logs")] == [1.0, 3.0]
    assert logger.stats().dropped[Drop.INVALID] == 1


def test_a_batch_that_does_not_fit_together_counts_every_row(logger: Recorded) -> None:
    assert len(set(logger.log_predictions([{"a": 1}, {"a": 2}], latency_ms=[1]))) == 2, "an id a row, all the same"
    assert logger.log_predictions({"a": [1, 2], "b": [1]}, latency_ms=1) == []
    stats = logger.stats()
    assert (stats.accepted, stats.dropped[Drop.INVALID]) == (3, 3)


@pytest.mark.parametrize(
    ("outcome", "label", "value"),
    [("late", "late", None), (True, "true", None), (np.int64(3), None, 3.0), (Decimal("2.5"), None, 2.5)],
)
def test_an_outcome_is_a_label_or_a_value(
    logger: Recorded, outcome: object, label: str | None, value: float | None
) -> None:
    logger.log_outcome(KEY, outcome, timestamp=NOON)
    expected = {"timestamp": NOON, "prediction_id": KEY.hex, "label": label, "value": value}
    check(logger.only("prediction_outcomes"), expected)


def test_outcomes_of_a_batch_are_a_row_each(logger: Recorded) -> None:
    keys = [uuid4(), uuid4()]
    logger.log_outcomes(pd.Series(keys), np.array(["late", "early"]), timestamp=[NOON, None])
    rows = logger.rows("prediction_outcomes")
    assert [row["prediction_id"] for row in rows] == [key.hex for key in keys]
    assert [row["label"] for row in rows] == ["late", "early"]
    assert rows[0]["timestamp"] == NOON != rows[1]["timestamp"]
    logger.log_outcomes(keys, True)  # noqa: FBT003 - one outcome for all
    assert len(logger.rows("prediction_outcomes")) == 4


def test_a_metric_has_its_unit(logger: Recorded) -> None:
    logger.log_metric("auc", np.float32(0.5), "share", timestamp=NOON)
    expected = OF_MODEL | {"timestamp": NOON, "metric_name": "auc", "metric_value": 0.5, "metric_unit": "share"}
    check(logger.only("model_metrics"), expected)


@pytest.mark.parametrize(
    ("issues", "written"),
    [
        ((), b"[]"),
        (["disk full"], b'[{"severity":"warning","message":"disk full"}]'),
        ("disk full", b'[{"severity":"warning","message":"disk full"}]'),
        ([{"severity": "high", "message": "m"}], b'[{"severity":"high","message":"m"}]'),
        ({"severity": "high", "message": "m"}, b'[{"severity":"high","message":"m"}]'),
        ((text for text in ("a", "b")), b'[{"severity":"warning","message":"a"},{"severity":"warning","message":"b"}]'),
    ],
    ids=["none", "a text in a list", "a text", "a mapping in a list", "a mapping", "a generator"],
)
def test_a_health_check_has_its_issues(logger: Recorded, issues: Any, written: bytes) -> None:  # noqa: ANN401 - all that services give
    logger.log_health_check("degraded", 0.5, issues, timestamp=NOON)
    expected = OF_MODEL | {"checked_at": NOON, "status": "degraded", "health_score": 0.5, "issues": written}
    check(logger.only("model_health_checks"), expected)


def test_importances_are_ranked_by_value_then_name(logger: Recorded) -> None:
    logger.log_feature_importance({"b": 1, "a": 1.0, "c": np.float64(3), "d": -5}, timestamp=NOON)
    rows = logger.rows("feature_importance_history")
    ranked = [("c", 3.0, 1), ("a", 1.0, 2), ("b", 1.0, 3), ("d", -5.0, 4)]
    for row, (name, value, rank) in zip(rows, ranked, strict=True):
        expected = {"timestamp": NOON, "feature_name": name, "importance_value": value, "importance_rank": rank}
        check(row, OF_MODEL | expected)


def test_shap_values_come_with_what_they_explain(logger: Recorded) -> None:
    values = {"age": np.float64(0.5), "plan": -0.25}
    logger.log_shap_values(KEY, values, base_value=0.1, feature_values={"age": 41}, timestamp=NOON)
    shared = OF_MODEL | {"timestamp": NOON, "prediction_id": KEY.hex}
    age, plan = logger.rows("shap_values")
    check(age, shared | {"feature_name": "age", "shap_value": 0.5, "feature_value": "41", "base_value": 0.1})
    check(plan, shared | {"feature_name": "plan", "shap_value": -0.25, "feature_value": None, "base_value": 0.1})
    (about,) = logger.rows("explanation_metadata")
    complexity = statistics.pstdev([0.5, -0.25])
    told = {"explanation_type": "shap", "explanation_method": "tree_shap", "complexity_score": complexity}
    check(about, shared | told)
    assert len(logger.shelf.rows) == 3


def test_lime_weights_come_with_what_they_explain(logger: Recorded) -> None:
    weights: Any = pd.Series({"age": 0.5})
    logger.log_lime_explanation(str(KEY), weights, feature_values={"age": "41"}, timestamp=NOON)
    shared = OF_MODEL | {"timestamp": NOON, "prediction_id": KEY.hex}
    (age,) = logger.rows("lime_explanations")
    check(age, shared | {"feature_name": "age", "weight": 0.5, "feature_value": "41"})
    (about,) = logger.rows("explanation_metadata")
    told = {"explanation_type": "lime", "explanation_method": "linear_regression", "complexity_score": 0.0}
    check(about, shared | told)


def test_an_explanation_of_nothing_is_told_apart_from_none(logger: Recorded) -> None:
    logger.log_shap_values(KEY, {})
    assert logger.only("explanation_metadata")["complexity_score"] == 0.0
