"""Postgres away, killed, locked, black-holed: the exporter serves on, loses nothing and comes back by itself."""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from driftgauge.embedded import EmbeddedPostgres
from driftgauge.store.migrations import migrate
from fixtures.exporter import log_predictions, wait_until
from fixtures.postgres import FAST
from fixtures.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

    from fixtures.exporter import RunningExporter, StartExporter

SOON: Final = 12.0  # seconds: what libpq, the pool and the back-off may take together
TERMINATE: Final = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'driftgauge'"
COUNTS: Final = """
SELECT
    (SELECT count(*) FROM driftgauge.prediction_logs),
    (SELECT sum(predictions) FROM driftgauge.traffic_rollups),
    (SELECT sum(predictions) FROM driftgauge.traffic_totals),
    (SELECT sum(rows) FROM driftgauge.profile_rollups)
"""

SLOW: Final = """
CREATE FUNCTION driftgauge.wait_for_long() RETURNS trigger LANGUAGE plpgsql
AS 'BEGIN PERFORM pg_sleep(9); RETURN NEW; END';
CREATE TRIGGER slow BEFORE INSERT ON driftgauge.data_quality_results
FOR EACH ROW WHEN (NEW.model_name = 'slow') EXECUTE FUNCTION driftgauge.wait_for_long();
"""


@pytest.fixture(scope="module")
def _server(memory_directory: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(memory_directory / "killed", settings=FAST) as server:
        migrate(server.dsn)
        yield server


@pytest.fixture
def server(_server: EmbeddedPostgres) -> EmbeddedPostgres:
    """A migrated cluster, emptied, that the test may stop and kill."""
    _server.start()
    with psycopg.connect(_server.dsn) as connection:
        connection.execute(
            "TRUNCATE driftgauge.prediction_logs, driftgauge.watermarks, driftgauge.traffic_rollups,"
            " driftgauge.traffic_totals, driftgauge.reference_profiles RESTART IDENTITY CASCADE"
        )
        connection.execute("ALTER SEQUENCE driftgauge.prediction_logs_ingest_seq RESTART")
    return _server


def counted(dsn: str) -> list[int]:
    """Return the rows in the table, in the roll-ups by minute, in the totals, in the profiles."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(COUNTS).fetchone()
    assert row is not None
    return [int(count or 0) for count in row]


@contextmanager
def locked(dsn: str, table: str) -> Generator[None]:
    """Hold a table for oneself."""
    with psycopg.connect(dsn) as connection:
        connection.execute(f"LOCK TABLE driftgauge.{table} IN ACCESS EXCLUSIVE MODE".encode())
        yield


class Service:
    """A service that logs rows, over and over, whatever happens to the database."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._log)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def _log(self) -> None:
        while not self._ending.wait(0.02):
            try:
                log_predictions(self._dsn, rows=7)
            except psycopg.OperationalError:
                continue


def test_a_database_that_is_down_at_the_start_is_waited_for(
    server: EmbeddedPostgres, start_exporter: StartExporter
) -> None:
    log_predictions(server.dsn)
    server.stop()
    exporter = start_exporter(server.dsn)
    assert exporter.get("/-/healthy") == (200, "healthy\n")
    assert exporter.get("/-/ready")[0] == 503
    assert exporter.value("driftgauge_database_up") == 0
    reason = exporter.until_unready("cannot reach the database", patience=SOON)
    assert "start Postgres" in reason
    assert reason.count("\n") == 1
    assert "Not ready" in exporter.get("/")[1]
    server.start()
    exporter.until_ready(patience=SOON)
    assert exporter.value("driftgauge_database_up") == 1
    exporter.until(lambda one: one.value("ml_predictions_total") == 400)


def test_a_database_that_goes_away_takes_its_gauges_along_but_not_its_counters(
    server: EmbeddedPostgres, start_exporter: StartExporter
) -> None:
    log_predictions(server.dsn)
    exporter = start_exporter(server.dsn)
    exporter.until(lambda one: one.value("ml_feature_drift_score"))
    before = exporter.scrape()
    server.stop(immediate=True)
    exporter.until(lambda one: one.value("driftgauge_database_up") == 0, patience=SOON)
    exporter.until(lambda one: one.value("ml_feature_drift_score") is None, patience=SOON)
    exporter.until(lambda one: one.value("driftgauge_rollup_lag_seconds") is None, patience=SOON)
    after = exporter.scrape()
    for counter in ("ml_predictions_total", "ml_prediction_latency_seconds_count", "driftgauge_rows_processed_total"):
        assert after[counter] == before[counter]
    assert exporter.get("/-/healthy")[0] == 200
    exporter.until_unready("cannot reach the database")
    server.start()
    exporter.until_ready(patience=SOON)
    assert exporter.value("ml_feature_drift_score") is not None
    assert exporter.value("ml_predictions_total") == 400


def test_no_row_is_lost_or_counted_twice_when_sessions_and_the_server_are_killed_in_mid_cycle(
    server: EmbeddedPostgres, start_exporter: StartExporter
) -> None:
    rng = random.Random()  # noqa: S311 - when to kill
    exporter = start_exporter(server.dsn, {"rollup": {"every": "1s", "slice_rows": 100}})
    recoveries: list[float] = []
    with Service(server.dsn):
        for _ in range(2):
            for _ in range(4):
                threading.Event().wait(rng.uniform(0.0, 0.4))
                with psycopg.connect(server.dsn, autocommit=True) as connection:
                    connection.execute(TERMINATE)
            exporter.until_ready(patience=SOON)
            threading.Event().wait(rng.uniform(0.0, 0.5))
            server.stop(immediate=True)
            server.start()
            seen = exporter.runs("rollup")
            recoveries.append(exporter.until(lambda one, seen=seen: one.runs("rollup") > seen and is_ready(one)))
    exporter.until(lambda one: one.value("ml_predictions_total") == counted(server.dsn)[0], patience=SOON)
    table, *rolled_up = counted(server.dsn)
    assert table > 100
    assert rolled_up == [table] * 3
    assert max(recoveries) < SOON


def is_ready(exporter: RunningExporter) -> bool:
    return exporter.get("/-/ready")[0] == 200


def test_a_locked_table_fails_only_the_job_that_needs_it(
    database: str, exporter_dsn: str, start_exporter: StartExporter
) -> None:
    log_predictions(database)
    exporter = start_exporter(exporter_dsn)
    exporter.until(lambda one: one.value("ml_predictions_total") == 400 and is_ready(one))
    with locked(database, "prediction_logs"):
        exporter.until(lambda one: one.value("driftgauge_job_errors_total", job="rollup", sqlstate_class="55"))
        reason = exporter.until_unready("rollup: ")
        assert "lock timeout" in reason
        judged = exporter.runs("drift")
        exporter.until(lambda one: one.runs("drift") > judged)
        assert exporter.value("driftgauge_job_failures_total", job="drift") == 0
        assert exporter.value("driftgauge_database_up") == 1
        assert exporter.value("ml_feature_drift_score") is not None
    log_predictions(database)
    exporter.until(lambda one: one.value("ml_predictions_total") == 800 and is_ready(one), patience=SOON)


def test_gauges_of_a_job_that_keeps_failing_go_after_three_intervals(
    database: str, exporter_dsn: str, start_exporter: StartExporter
) -> None:
    log_predictions(database)
    exporter = start_exporter(exporter_dsn)
    exporter.until(lambda one: one.value("ml_feature_drift_score"))
    with locked(database, "reference_profiles"):
        exporter.until(lambda one: one.value("ml_feature_drift_score") is None, patience=SOON)
        shown = exporter.scrape()
        assert not [name for name in shown if "drift_" in name and name.startswith("ml_")]
        assert exporter.value("ml_last_prediction_timestamp_seconds")
        assert exporter.value("driftgauge_job_errors_total", job="drift")
    exporter.until(lambda one: one.value("ml_feature_drift_score"), patience=SOON)


def test_a_slow_query_is_cancelled_and_counted(database: str, exporter_dsn: str, start_exporter: StartExporter) -> None:
    exporter = start_exporter(exporter_dsn, {"database": {"statement_timeout": "300ms", "lock_timeout": "1h"}})
    exporter.until_ready()
    with locked(database, "prediction_logs"):
        exporter.until(lambda one: one.value("driftgauge_job_errors_total", job="rollup", sqlstate_class="57"))
        exporter.until_unready("rollup: ")
        assert exporter.value("driftgauge_database_up") == 1
    exporter.until_ready(patience=SOON)


def test_a_model_whose_check_takes_too_long_keeps_no_other_from_being_checked(
    database: str, exporter_dsn: str, start_exporter: StartExporter
) -> None:
    for model in ("slow", "swift"):
        log_predictions(database, model=model)
    with psycopg.connect(database) as connection:
        connection.execute(SLOW.encode())
    exporter = start_exporter(exporter_dsn, {"database": {"statement_timeout": "1s"}})
    exporter.until(lambda one: one.value("driftgauge_job_errors_total", job="quality", sqlstate_class="57"))
    assert exporter.value("ml_repeated_rows_ratio", model="swift") is not None
    assert exporter.value("ml_repeated_rows_ratio", model="slow") is None
    assert exporter.value("driftgauge_job_failures_total", job="quality")
    assert exporter.value("driftgauge_job_last_success_timestamp_seconds", job="quality"), "the others are fresh"
    [told] = [event for event in exporter.logs if event["event"] == "job failed for some models"]
    assert told["job"] == "quality"
    assert told["problem"].startswith("1 model failed: slow@1 (production); QueryCanceled: canceling statement due to")


def test_a_slow_network_is_no_failure(database: str, start_exporter: StartExporter) -> None:
    log_predictions(database)
    with Proxy(database) as proxy:
        proxy.latency = 0.02
        exporter = start_exporter(proxy.dsn)
        exporter.until(lambda one: one.value("ml_predictions_total") == 400 and is_ready(one))
        assert exporter.value("driftgauge_job_failures_total") == 0
        exporter.discard()


def test_a_black_hole_keeps_nobody_from_scraping_and_is_left_when_it_ends(
    database: str, start_exporter: StartExporter
) -> None:
    log_predictions(database)
    with Proxy(database) as proxy:
        exporter = start_exporter(proxy.dsn)
        exporter.until(lambda one: one.value("ml_feature_drift_score") and is_ready(one))
        proxy.swallow()
        exporter.until_unready("has not ended for three intervals", patience=25)
        assert wait_until(lambda: exporter.get("/metrics")[0] == 200, "a scrape") < 1
        log_predictions(database)
        proxy.reset()
        exporter.until_unready("cannot reach the database", patience=25)
        assert exporter.value("driftgauge_database_up") == 0
        proxy.flow()
        exporter.until(lambda one: one.value("ml_predictions_total") == 800 and is_ready(one), patience=25)
        exporter.discard()
