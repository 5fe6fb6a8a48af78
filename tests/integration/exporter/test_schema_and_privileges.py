"""A schema, a privilege or a cluster that is not what it should be: not ready, with the words that mend it."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import psycopg
import pytest

from driftgauge.store.migrations import migrate
from fixtures.exporter import log_predictions

if TYPE_CHECKING:
    from fixtures.exporter import StartExporter


def run(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_a_missing_schema_names_the_command_and_heals(empty_database: str, start_exporter: StartExporter) -> None:
    exporter = start_exporter(empty_database)
    assert exporter.until_unready("run: driftgauge migrate").startswith("rollup: schema driftgauge of database ")
    assert exporter.value("driftgauge_database_up") == 1
    assert exporter.get("/-/healthy")[0] == 200
    assert exporter.get("/metrics")[0] == 200
    migrate(empty_database)
    log_predictions(empty_database)
    exporter.until_ready()
    exporter.until(lambda one: one.value("ml_predictions_total") == 400)


@pytest.mark.parametrize(
    ("fault", "mended", "reason"),
    [
        (
            "INSERT INTO driftgauge.schema_version VALUES (99, 'of_tomorrow', 'x')",
            "DELETE FROM driftgauge.schema_version WHERE version = 99",
            "at migration 99, newer than this driftgauge",
        ),
        (
            "UPDATE driftgauge.schema_version SET checksum = 'x' || checksum WHERE version = 3",
            "UPDATE driftgauge.schema_version SET checksum = substr(checksum, 2) WHERE version = 3",
            "was applied from a different file",
        ),
        (
            "UPDATE driftgauge.watermarks SET system_identifier = 'x' || system_identifier",
            "UPDATE driftgauge.watermarks SET system_identifier = substr(system_identifier, 2)",
            "the roll-ups were made in Postgres cluster x",
        ),
        (
            "UPDATE driftgauge.watermarks SET ingest_seq = ingest_seq + 1000",
            "UPDATE driftgauge.watermarks SET ingest_seq = ingest_seq - 1000",
            "the rows were restored from an older copy",
        ),
    ],
    ids=["newer", "changed", "another cluster", "an older copy"],
)
def test_what_must_not_be_written_to_is_left_alone_and_named(
    exporter_dsn: str, database: str, start_exporter: StartExporter, *, fault: str, mended: str, reason: str
) -> None:
    log_predictions(database)
    first = start_exporter(exporter_dsn)
    first.until(lambda one: one.value("ml_predictions_total") == 400)
    first.stop()
    run(database, fault)
    log_predictions(database)
    exporter = start_exporter(exporter_dsn)
    exporter.until_unready(reason)
    assert exporter.value("driftgauge_database_up") == 1
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT sum(predictions) FROM driftgauge.traffic_totals").fetchone() == (400,)
    run(database, mended)
    exporter.until_ready()
    exporter.until(lambda one: one.value("ml_predictions_total") == 800)


def test_a_schema_that_goes_in_mid_run_is_named_and_its_return_noticed(
    database: str, start_exporter: StartExporter
) -> None:
    exporter = start_exporter(database)
    exporter.until_ready()
    run(database, "ALTER SCHEMA driftgauge RENAME TO elsewhere")
    exporter.until_unready("not set up yet; run: driftgauge migrate")
    run(database, "ALTER SCHEMA elsewhere RENAME TO driftgauge")
    exporter.until_ready()
    assert exporter.value("driftgauge_database_up") == 1


def test_a_revoked_privilege_is_named_and_only_its_job_rests_until_told(
    database: str, exporter_dsn: str, start_exporter: StartExporter
) -> None:
    log_predictions(database)
    exporter = start_exporter(exporter_dsn)
    exporter.until(lambda one: one.value("ml_feature_drift_score") and one.get("/-/ready")[0] == 200)
    run(database, "REVOKE SELECT ON driftgauge.prediction_logs FROM driftgauge_exporter")
    log_predictions(database)
    reason = exporter.until_unready("GRANT SELECT ON driftgauge.prediction_logs TO ")
    assert reason.startswith("rollup: permission denied for table prediction_logs")
    assert exporter.value("driftgauge_database_up") == 1
    tried, judged = exporter.runs("rollup"), exporter.runs("drift")
    exporter.until(lambda one: one.runs("drift") >= judged + 4)
    assert exporter.runs("rollup") == tried
    assert exporter.value("driftgauge_job_failures_total", job="drift") == 0
    run(database, "GRANT SELECT ON driftgauge.prediction_logs TO driftgauge_exporter")
    exporter.send(signal.SIGHUP)
    exporter.until(lambda one: one.value("ml_predictions_total") == 800 and one.get("/-/ready")[0] == 200)
    denied = [event["job"] for event in exporter.logs if "permission denied" in event.get("problem", "")]
    assert denied.count("rollup") == 1  # a job that is due less often may have met it, too, and rests as well
    assert len(denied) == len(set(denied))
