"""Each kind of row arrives in its table, column by column, from a login that may only insert."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, LiteralString
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import psycopg
import pytest

from driftgauge.client import PredictionLogger
from integration.client.books import balanced, select, stored_ids
from integration.client.conftest import MakeLogger

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, UTC)
MODEL = {"model_name": "churn", "version": "3", "environment": "test"}


class Plan(enum.Enum):
    PRO = "pro"


@pytest.fixture
def logger(writer_dsn: str, make_logger: MakeLogger) -> PredictionLogger:
    return make_logger(writer_dsn, strict=True)


def rows_of(logger: PredictionLogger, database: str, statement: LiteralString) -> list[dict[str, Any]]:
    assert logger.flush(30)
    return [
        {name: value for name, value in row.items() if name not in ("created_at", "ingest_seq")}
        for row in select(database, statement)
    ]


def test_the_login_may_only_insert(writer_dsn: str) -> None:
    with psycopg.connect(writer_dsn, autocommit=True) as connection, pytest.raises(psycopg.Error):
        connection.execute("SELECT * FROM driftgauge.prediction_logs")


def test_a_prediction(logger: PredictionLogger, database: str) -> None:
    key = uuid4()
    returned = logger.log_prediction(
        {"age": 41, "plan": "pro", "vip": True, "debt": None},
        prediction="late",
        score=0.75,
        confidence=0.5,
        latency_ms=12.5,
        status="fallback",
        user_id="u1",
        segment="eu",
        prediction_id=key,
        timestamp=AT,
    )
    [row] = rows_of(logger, database, "SELECT * FROM driftgauge.prediction_logs")
    assert returned == key
    assert len(row.pop("input_data_hash")) == 32
    assert row == MODEL | {
        "id": key,
        "timestamp": AT,
        "features": {"age": 41, "plan": "pro", "vip": True, "debt": None},
        "prediction_result": "late",
        "predicted_label": "late",
        "predicted_value": None,
        "predicted_score": 0.75,
        "confidence": 0.5,
        "latency_ms": 12.5,
        "status": "fallback",
        "user_id": "u1",
        "segment": "eu",
    }


@pytest.mark.parametrize(
    ("prediction", "stored"),
    [
        (None, (None, None, None)),
        ("late", ("late", "late", None)),
        (Plan.PRO, ("pro", "pro", None)),
        (True, (True, "true", None)),
        (np.bool_(False), (False, "false", None)),  # noqa: FBT003 - the value under test
        (3, (3, None, 3.0)),
        (2.5, (2.5, None, 2.5)),
        (np.float32(2.5), (2.5, None, 2.5)),
        (np.int64(7), (7, None, 7.0)),
        (np.array([0.5]), (0.5, None, 0.5)),
        (np.array([0.25, 0.75]), ([0.25, 0.75], None, None)),
        ({"class": 3}, ({"class": 3}, None, None)),
        (pd.NA, (None, None, None)),
    ],
    ids=repr,
)
def test_answers_of_every_kind(
    logger: PredictionLogger, database: str, prediction: object, stored: tuple[object, ...]
) -> None:
    logger.log_prediction({"age": 41}, prediction=prediction, latency_ms=1)
    [row] = rows_of(logger, database, "SELECT * FROM driftgauge.prediction_logs")
    assert (row["prediction_result"], row["predicted_label"], row["predicted_value"]) == stored


def test_features_of_numpy_and_pandas(logger: PredictionLogger, database: str) -> None:
    frame = pd.DataFrame({"age": [41, 29], "income": [1.5, np.nan], "since": pd.to_datetime(["2026-01-01"] * 2)})
    logger.log_prediction(
        {
            "i": np.int32(4),
            "f": np.float64(0.5),
            "nan": np.nan,
            "array": np.arange(3),
            "text": np.str_("a"),
            "at": np.datetime64("2026-03-01T12:00:00"),
            "price": Decimal("1.5"),
            "plan": Plan.PRO,
            "na": pd.NA,
        },
        latency_ms=np.float32(1.5),
        score=np.float64(0.5),
        timestamp=pd.Timestamp(AT),
        status=Plan.PRO,
    )
    logger.log_prediction(frame.iloc[1], latency_ms=1, timestamp=AT + timedelta(seconds=1))
    rows = rows_of(logger, database, 'SELECT * FROM driftgauge.prediction_logs ORDER BY "timestamp"')
    assert rows[0]["features"] == {
        "i": 4,
        "f": 0.5,
        "nan": None,
        "array": [0, 1, 2],
        "text": "a",
        "at": "2026-03-01T12:00:00",
        "price": 1.5,
        "plan": "pro",
        "na": None,
    }
    assert (rows[0]["latency_ms"], rows[0]["predicted_score"], rows[0]["status"]) == (1.5, 0.5, "pro")
    assert rows[0]["timestamp"] == AT
    assert rows[1]["features"] == {"age": 29, "income": None, "since": "2026-01-01T00:00:00"}


def test_a_batch_of_a_data_frame(logger: PredictionLogger, database: str) -> None:
    frame = pd.DataFrame(
        {"age": np.arange(1000), "plan": pd.Categorical(["free", "pro"] * 500), "debt": [None, 2.5] * 500}
    )
    keys = logger.log_predictions(
        frame, prediction=frame["age"] * 2, score=np.linspace(0, 1, 1000), latency_ms=3, segment=["eu", "us"] * 500
    )
    rows = rows_of(logger, database, "SELECT * FROM driftgauge.prediction_logs ORDER BY predicted_value")
    assert [row["id"] for row in rows] == keys
    assert [row["features"]["age"] for row in rows] == list(range(1000))
    assert rows[999]["features"] == {"age": 999, "plan": "pro", "debt": 2.5}
    assert rows[998]["features"] == {"age": 998, "plan": "free", "debt": None}
    assert [row["predicted_value"] for row in rows] == [2.0 * age for age in range(1000)]
    assert [row["predicted_score"] for row in rows] == np.linspace(0, 1, 1000).tolist()
    assert {row["latency_ms"] for row in rows} == {3.0}
    assert [row["segment"] for row in rows] == ["eu", "us"] * 500


def test_outcomes(logger: PredictionLogger, database: str) -> None:
    keys = [uuid4() for _ in range(4)]
    logger.log_outcome(keys[0], "churned", timestamp=AT)
    logger.log_outcomes(keys[1:], np.array([1.5, 2.5, 3.5]), timestamp=AT)
    rows = rows_of(logger, database, "SELECT * FROM driftgauge.prediction_outcomes")
    found = {row["prediction_id"]: row for row in rows}
    assert all(type(row.pop("id")) is UUID for row in rows)
    assert found[keys[0]] == {"prediction_id": keys[0], "label": "churned", "value": None, "timestamp": AT}
    assert [found[key]["value"] for key in keys[1:]] == [1.5, 2.5, 3.5]


def test_a_metric(logger: PredictionLogger, database: str) -> None:
    logger.log_metric("revenue", np.float64(2.5), "EUR", timestamp=AT)
    [row] = rows_of(logger, database, "SELECT * FROM driftgauge.model_metrics")
    assert type(row.pop("id")) is UUID
    assert row == MODEL | {"timestamp": AT, "metric_name": "revenue", "metric_value": 2.5, "metric_unit": "EUR"}


def test_a_health_check(logger: PredictionLogger, database: str) -> None:
    logger.log_health_check("degraded", 0.5, ["slow", {"severity": "critical", "message": "no features"}], timestamp=AT)
    [row] = rows_of(logger, database, "SELECT * FROM driftgauge.model_health_checks")
    assert type(row.pop("id")) is UUID
    assert row == MODEL | {
        "checked_at": AT,
        "status": "degraded",
        "health_score": 0.5,
        "issues": [{"severity": "warning", "message": "slow"}, {"severity": "critical", "message": "no features"}],
    }


def test_feature_importances(logger: PredictionLogger, database: str) -> None:
    logger.log_feature_importance({"age": np.float32(0.25), "plan": 0.5, "debt": 0.25}, timestamp=AT)
    rows = rows_of(logger, database, "SELECT * FROM driftgauge.feature_importance_history ORDER BY importance_rank")
    assert all(type(row.pop("id")) is UUID for row in rows)
    assert rows == [
        MODEL | {"timestamp": AT, "feature_name": name, "importance_value": value, "importance_rank": rank}
        for rank, (name, value) in enumerate([("plan", 0.5), ("age", 0.25), ("debt", 0.25)], start=1)
    ]


def test_shap_values(logger: PredictionLogger, database: str) -> None:
    key = uuid4()
    logger.log_shap_values(
        key, {"age": 1.0, "plan": -1.0}, base_value=0.5, feature_values={"age": 41, "plan": "pro"}, timestamp=AT
    )
    rows = rows_of(logger, database, "SELECT * FROM driftgauge.shap_values ORDER BY feature_name")
    assert all(type(row.pop("id")) is UUID for row in rows)
    head = MODEL | {"timestamp": AT, "prediction_id": key}
    assert rows == [
        head | {"feature_name": name, "shap_value": value, "feature_value": given, "base_value": 0.5}
        for name, value, given in [("age", 1.0, "41"), ("plan", -1.0, "pro")]
    ]
    [about] = rows_of(logger, database, "SELECT * FROM driftgauge.explanation_metadata")
    assert type(about.pop("id")) is UUID
    assert about == head | {"explanation_type": "shap", "explanation_method": "tree_shap", "complexity_score": 1.0}


def test_a_lime_explanation(logger: PredictionLogger, database: str) -> None:
    key = uuid4()
    logger.log_lime_explanation(key, {"age <= 30": 0.5, "plan=pro": 0.25}, timestamp=AT)
    rows = rows_of(logger, database, "SELECT * FROM driftgauge.lime_explanations ORDER BY feature_name")
    assert all(type(row.pop("id")) is UUID for row in rows)
    head = MODEL | {"timestamp": AT, "prediction_id": key}
    assert rows == [
        head | {"feature_name": name, "weight": weight, "feature_value": None}
        for name, weight in [("age <= 30", 0.5), ("plan=pro", 0.25)]
    ]
    [about] = rows_of(logger, database, "SELECT * FROM driftgauge.explanation_metadata")
    assert type(about.pop("id")) is UUID
    assert about == head | {
        "explanation_type": "lime",
        "explanation_method": "linear_regression",
        "complexity_score": 0.125,
    }


def log_one(logger: PredictionLogger, features: dict[str, object]) -> None:
    logger.log_prediction(features, latency_ms=1)


def log_batch(logger: PredictionLogger, features: dict[str, object]) -> None:
    logger.log_predictions([features], latency_ms=1)


def log_call(logger: PredictionLogger, features: dict[str, object]) -> None:
    with logger.predict(features):
        features["of the model"] = True


@pytest.mark.parametrize("log", [log_one, log_batch, log_call])
def test_what_changes_after_it_was_logged_is_stored_as_it_was(
    logger: PredictionLogger, database: str, log: Callable[[PredictionLogger, dict[str, object]], None]
) -> None:
    array, items, inner = np.arange(3), [1, 2], {"deep": [1]}
    features: dict[str, object] = {"array": array, "items": items, "inner": inner}
    log(logger, features)
    array += 100
    items.append(3)
    inner["deep"].append(2)
    features.clear()
    [row] = rows_of(logger, database, "SELECT * FROM driftgauge.prediction_logs")
    assert row["features"] == {"array": [0, 1, 2], "items": [1, 2], "inner": {"deep": [1]}}


def test_answers_issues_and_attributions_that_change_after_they_were_logged_are_stored_as_they_were(
    logger: PredictionLogger, database: str
) -> None:
    answer, issue, weights = {"classes": [1]}, {"severity": "low", "message": "a"}, {"age": 1.0}
    logger.log_prediction({}, prediction=answer, latency_ms=1)
    logger.log_health_check("healthy", issues=[issue])
    logger.log_shap_values(uuid4(), weights)
    answer["classes"].append(2)
    issue["message"] = "b"
    weights["age"] = 2.0
    [prediction] = rows_of(logger, database, "SELECT * FROM driftgauge.prediction_logs")
    [check] = rows_of(logger, database, "SELECT * FROM driftgauge.model_health_checks")
    [shap] = rows_of(logger, database, "SELECT * FROM driftgauge.shap_values")
    assert prediction["prediction_result"] == {"classes": [1]}
    assert check["issues"] == [{"severity": "low", "message": "a"}]
    assert shap["shap_value"] == 1.0


def test_a_prediction_that_is_logged_again_is_stored_once(
    writer_dsn: str, make_logger: MakeLogger, database: str
) -> None:
    keys = [uuid4() for _ in range(50)]
    loggers = [make_logger(writer_dsn) for _ in range(3)]
    for logger in loggers:
        for key in [*keys, uuid4()]:
            for _ in range(2):
                logger.log_prediction({"age": 41}, latency_ms=1, prediction_id=key, timestamp=AT)
        assert logger.flush(30)
        assert balanced(logger).stored == 102
    ids = stored_ids(database)
    assert len(ids) == len(set(ids)) == 53


def test_services_that_log_the_same_rows_in_opposite_orders_do_not_stop_each_other(
    writer_dsn: str, make_logger: MakeLogger, database: str
) -> None:
    keys = [uuid4() for _ in range(2_000)]
    loggers = [make_logger(writer_dsn) for _ in range(3)]
    for order, logger in enumerate(loggers):
        for key in keys if order % 2 else reversed(keys):
            logger.log_prediction({"age": 41}, latency_ms=1, prediction_id=key, timestamp=AT)
    for logger in loggers:
        assert logger.flush(60)
        assert balanced(logger).stored == 2_000
    assert sorted(stored_ids(database)) == sorted(key.hex for key in keys)
