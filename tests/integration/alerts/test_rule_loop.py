"""A rule that somebody INSERTs, through the real exporter, Prometheus on the shipped rules, and Alertmanager."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.rows import dict_row

from fixtures.alerting import running_rules, watch_quickly
from fixtures.alertmanager import TOKEN, RunningAlertmanager
from fixtures.exporter import wait_until
from fixtures.program import driftgauge

if TYPE_CHECKING:
    from fixtures.exporter import StartExporter
    from fixtures.stack import Prometheus

RULE = """
INSERT INTO alert_rules (model_name, alert_type, severity, condition)
VALUES (
    'churn', 'revenue', 'critical',
    '{"type": "metric_threshold", "metric": "revenue", "operator": "<", "threshold": 5, "for": "2s"}'
)
"""
REVENUE = (
    "INSERT INTO model_metrics (model_name, version, metric_name, metric_value) VALUES ('churn', '3', 'revenue', %s)"
)


def execute(dsn: str, statement: str, *params: object) -> None:
    with psycopg.connect(dsn, options="-c search_path=driftgauge") as connection:
        connection.execute(statement.encode(), params)


def rows(dsn: str) -> list[dict[str, Any]]:
    """Return what the history has of rules."""
    with psycopg.connect(dsn) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("SELECT * FROM driftgauge.model_alerts WHERE alert_type = 'UserRule'").fetchall()


def test_an_inserted_rule_becomes_an_alert_that_can_be_acknowledged(
    *,
    database: str,
    exporter_dsn: str,
    start_exporter: StartExporter,
    alertmanager: RunningAlertmanager,
    prometheus: Prometheus,
    tmp_path: Path,
) -> None:
    (tmp_path / "token").write_text(TOKEN)
    execute(database, REVENUE, 4)
    execute(database, RULE)
    exporter = start_exporter(
        exporter_dsn,
        {
            "http": {"webhook_token_file": str(tmp_path / "token")},
            "alertmanager": {"url": alertmanager.url, "every": "1s", "grace": "3s"},
            "rules": {"every": "1s"},
        },
    )
    alertmanager.start(f"{exporter.url}/api/v1/alerts")
    (tmp_path / "watched").mkdir()
    config = watch_quickly(
        tmp_path / "watched",
        exporters=[exporter.url.removeprefix("http://")],
        alertmanager=alertmanager.url.removeprefix("http://"),
    )
    exporter.until(lambda one: one.value("ml_alert_rule_firing", model="churn") == 1)
    with running_rules(prometheus.prometheus, config):
        wait_until(lambda: len(rows(database)) == 1, lambda: str((rows(database), exporter.lines[-5:])))
        [row] = rows(database)
        assert (row["model_name"], row["version"], row["environment"]) == ("churn", "3", "production")
        assert (row["severity"], row["resolved"]) == ("critical", False)
        assert row["labels"]["alert_type"] == "revenue"
        assert "(revenue) of churn 3" in row["message"]

        done = driftgauge(
            *("alerts", "ack", str(row["id"]), "--by", "anna"),
            environ={"DRIFTGAUGE_DSN": exporter_dsn, "DRIFTGAUGE_ALERTMANAGER_URL": alertmanager.url},
        )
        assert (done.returncode, done.stderr) == (0, "")
        silences = [
            {one["name"]: one["value"] for one in held["matchers"] if one["value"]} for held in alertmanager.silences()
        ]
        assert silences == [
            {
                "alertname": "UserRule",
                "model": "churn",
                "environment": "production",
                "rule_id": row["labels"]["rule_id"],
            }
        ]

        execute(database, REVENUE, 6)
        exporter.until(lambda one: one.value("ml_alert_rule_firing", model="churn") == 0)
        wait_until(lambda: rows(database)[0]["resolved"], lambda: str(rows(database)))
        assert rows(database)[0]["acknowledged_by"] == "anna"
        wait_until(lambda: not alertmanager.silences(), "the end of the silence")
