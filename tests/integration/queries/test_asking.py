"""How questions are opened, and which cannot be asked."""

from __future__ import annotations

import math
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from driftgauge import queries
from driftgauge.errors import BadInput, ConfigError, DatabaseUnreachable, MissingPrivilege, SchemaMismatch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from integration.queries.conftest import Shelf

    Ask = Callable[[queries.Connection, str, int], object]

OF_A_MODEL: list[Callable[..., object]] = [
    queries.recent_metrics,
    queries.explanation_drift,
    queries.explanation_trend,
    queries.prediction_summary,
    queries.model_health,
    queries.health_trend,
    queries.latest_health,
    queries.health_score_trend,
    queries.drift_alerts,
    queries.drift_trend,
    queries.latest_drift,
    queries.data_quality,
    queries.concept_detectors,
    queries.concept_drift_alerts,
    queries.performance_trend,
    queries.performance_cohorts,
    queries.active_alerts,
    queries.alert_history,
    queries.anomalies,
    queries.importance_drift,
    partial(queries.importance_drift, against="2"),
    queries.importance_history,
    queries.feature_distributions,
    queries.traffic_trend,
    queries.reliability,
    partial(queries.metric_trend, metric="accuracy"),
]


def opened(dsn: str | None, **arguments: Any) -> queries.PredictionSummary:  # noqa: ANN401 - those of connect()
    with queries.connect(dsn, **arguments) as connection:
        return queries.prediction_summary(connection, "churn")


@pytest.mark.parametrize("ask", OF_A_MODEL)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"model": ""}, "model is empty"),
        ({"model": " "}, "model is empty"),
        ({"model": "a\0b"}, r"model 'a\\x00b' holds a NUL character"),
        ({"version": ""}, "version is empty"),
        ({"environment": "\0"}, "environment '.x00' holds a NUL character"),
    ],
)
def test_a_name_that_is_none_is_told(
    shelf: Shelf, ask: Callable[..., object], arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        ask(shelf.connection, **({"model": "churn"} | arguments))


@pytest.mark.parametrize("hours", [0, -1, math.nan, math.inf, 1e9])
@pytest.mark.parametrize(
    "ask",
    [
        queries.recent_metrics,
        queries.prediction_summary,
        queries.drift_alerts,
        queries.anomalies,
        queries.latest_health,
        queries.feature_distributions,
    ],
)
def test_hours_that_are_none_are_told(shelf: Shelf, ask: Callable[..., object], hours: float) -> None:
    with pytest.raises(BadInput, match=r"^hours is .*; give a number above 0, up to 876,600$"):
        ask(shelf.connection, "churn", hours=hours)


@pytest.mark.parametrize("days", [0, -1, 1.5, math.nan, math.inf, 40_000])
@pytest.mark.parametrize(
    "ask",
    [
        queries.health_trend,
        queries.health_score_trend,
        queries.explanation_trend,
        queries.drift_trend,
        queries.performance_trend,
        queries.performance_cohorts,
        queries.traffic_trend,
        queries.reliability,
        OF_A_MODEL[-1],
    ],
)
def test_a_trend_has_whole_days(shelf: Shelf, ask: Callable[..., object], days: float) -> None:
    with pytest.raises(BadInput, match=r"^days is .*; give a whole number from 1 to 36,525$"):
        ask(shelf.connection, "churn", days=days)


@pytest.mark.parametrize("limit", [0, -1, 2.5, 10**7])
@pytest.mark.parametrize(
    "ask",
    [
        queries.recent_metrics,
        queries.drift_alerts,
        queries.active_alerts,
        queries.alert_history,
        queries.anomalies,
    ],
)
def test_a_limit_that_is_none_is_told(shelf: Shelf, ask: Callable[..., object], limit: float) -> None:
    with pytest.raises(BadInput, match=r"^limit is .*; give a whole number from 1 to 1,000,000$"):
        ask(shelf.connection, "churn", limit=limit)


def test_the_longest_spans_can_be_asked_for(shelf: Shelf) -> None:
    assert queries.prediction_summary(shelf.connection, "churn", hours=876_600).total == 0
    assert queries.concept_drift_alerts(shelf.connection, "churn", days=36_525) == []
    assert queries.drift_trend(shelf.connection, "churn", days=36_525) == []
    assert queries.alert_history(shelf.connection, "churn", days=36_525) == []
    with pytest.raises(BadInput, match=r"^days is nan;"):
        queries.alert_history(shelf.connection, "churn", days=math.nan)
    with pytest.raises(BadInput, match=r"^days is 0;"):
        queries.concept_drift_alerts(shelf.connection, "churn", days=0)
    with pytest.raises(BadInput, match=r"^step is 0:00:00; give a second or more$"):
        queries.traffic_trend(shelf.connection, "churn", step=timedelta(0))
    with pytest.raises(BadInput, match=r"^metric is empty"):
        queries.performance_trend(shelf.connection, "churn", metric="")
    with pytest.raises(BadInput, match=r"^metric is empty"):
        queries.metric_trend(shelf.connection, "churn", metric="")
    with pytest.raises(BadInput, match=r"^metric is empty"):
        queries.performance_cohorts(shelf.connection, "churn", metric=" ")
    with pytest.raises(BadInput, match=r"^segment '.x00' holds a NUL character"):
        queries.performance_cohorts(shelf.connection, "churn", segment="\0")


def test_every_question_is_asked_as_the_exporter(exporter_dsn: str) -> None:
    with queries.connect(exporter_dsn) as connection:
        for ask in OF_A_MODEL:
            assert ask(connection, "churn") is not None
        assert queries.models(connection) == []
        assert queries.shap_values(connection, "018f0000-0000-7000-8000-000000000000") == []
        assert queries.lime_weights(connection, "018f0000-0000-7000-8000-000000000000") == []


def test_the_dsn_is_that_of_the_environment_unless_one_is_given(
    exporter_dsn: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DRIFTGAUGE_DSN", raising=False)
    (tmp_path / "dsn").write_text(f"{exporter_dsn}\n", encoding="utf-8")
    monkeypatch.setenv("DRIFTGAUGE_DSN_FILE", str(tmp_path / "dsn"))
    assert opened(None).total == 0
    monkeypatch.delenv("DRIFTGAUGE_DSN_FILE")
    monkeypatch.setenv("DRIFTGAUGE_DSN", exporter_dsn)
    assert opened(None).total == 0
    monkeypatch.setenv("DRIFTGAUGE_DSN", "host=127.0.0.1 port=1")
    assert opened(exporter_dsn).total == 0
    with pytest.raises(DatabaseUnreachable, match=r"cannot reach the database at 127\.0\.0\.1:1"):
        opened(None)


def test_nothing_can_be_written_and_the_clock_stands_still(exporter_dsn: str) -> None:
    with queries.connect(exporter_dsn) as connection:
        moments = {connection.execute("SELECT now(), current_setting('TimeZone')").fetchone() for _ in range(2)}
        assert len(moments) == 1
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), connection.transaction():
            connection.execute("DELETE FROM drift_alerts")


def test_a_database_that_can_only_be_read_will_do(database: str, exporter_dsn: str) -> None:
    parts = conninfo_to_dict(exporter_dsn)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER ROLE {} IN DATABASE {} SET default_transaction_read_only = on").format(
                sql.Identifier(str(parts["user"])), sql.Identifier(str(parts["dbname"]))
            )
        )
    assert opened(exporter_dsn).total == 0


def test_a_question_that_takes_too_long_ends(exporter_dsn: str) -> None:
    with (
        queries.connect(exporter_dsn, statement_timeout=timedelta(milliseconds=50)) as connection,
        pytest.raises(psycopg.errors.QueryCanceled),
    ):
        connection.execute("SELECT pg_sleep(5)")


def test_what_stands_in_the_way_is_named(database: str, exporter_dsn: str, empty_database: str) -> None:
    with pytest.raises(SchemaMismatch, match="run: driftgauge migrate"):
        opened(empty_database)
    with pytest.raises(SchemaMismatch, match="run: driftgauge migrate"):
        opened(exporter_dsn, schema="elsewhere")
    with pytest.raises(ConfigError, match=r"database\.dsn: not a libpq URI"):
        opened("postgresql://[::1/x")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("REVOKE SELECT ON driftgauge.prediction_logs FROM driftgauge_exporter")
    with pytest.raises(MissingPrivilege, match=r"GRANT SELECT ON driftgauge\.prediction_logs TO "):
        opened(exporter_dsn)
