"""A history of alerts to write to, and to look at."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from driftgauge.model.alert import Alert, Severity
from driftgauge.store.alerts import record_alerts
from driftgauge.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LABELS = {"alertname": "FeatureDrift", "severity": "warning", "model": "churn", "feature": "age"}


def firing(at: datetime = NOON, fingerprint: str = "00000000000000aa", **labels: str) -> Alert:
    """An alert that has begun."""
    named = LABELS | labels
    return Alert(
        fingerprint=fingerprint,
        labels=named,
        annotations={"summary": f"{named['feature']} has drifted", "value": "0.31", "threshold": "0.2"},
        generator_url="http://prometheus.example/graph",
        severity=Severity(named["severity"]),
        starts_at=at,
    )


def ended(at: datetime = NOON, until: datetime = NOON + 10 * MINUTE, fingerprint: str = "00000000000000aa") -> Alert:
    """The same alert when it has ended."""
    begun = firing(at, fingerprint)
    return Alert(
        fingerprint=fingerprint,
        labels=begun.labels,
        annotations=begun.annotations,
        generator_url=begun.generator_url,
        severity=begun.severity,
        starts_at=at,
        ended_at=until,
    )


@dataclass(frozen=True, kw_only=True)
class History:
    """The history of alerts in a test's own database, entered as the exporter, and as an administrator."""

    database: Database
    administrator: str

    def record(self, *alerts: Alert) -> None:
        """Keep one notice."""
        with self.database.transaction() as connection:
            record_alerts(connection, alerts)

    def rows(self) -> list[dict[str, Any]]:
        """Return all of it, by when alerts began."""
        with psycopg.connect(self.administrator) as connection, connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute("SELECT * FROM driftgauge.model_alerts ORDER BY triggered_at, id").fetchall()

    def spans(self) -> list[tuple[datetime, datetime | None]]:
        """Return from when to when alerts lasted."""
        return [(row["triggered_at"], row["resolved_at"] if row["resolved"] else None) for row in self.rows()]

    def only(self) -> dict[str, Any]:
        """Return its only row."""
        (row,) = self.rows()
        return row

    def execute(self, statement: str, *params: object) -> None:
        """Do what an administrator does."""
        with psycopg.connect(self.administrator, options="-c search_path=driftgauge") as connection:
            connection.execute(statement.encode(), params)


@pytest.fixture
def history(database: str, exporter_dsn: str) -> Iterator[History]:
    """An empty history."""
    with closing(Database(lambda: exporter_dsn, schema="driftgauge")) as entered:
        yield History(database=entered, administrator=database)
