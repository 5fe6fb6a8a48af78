"""Signals, reloads, two exporters on one database, hostile names, and what vanishes."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import psycopg

from fixtures.exporter import log_predictions, write_config
from fixtures.proxy import Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.exporter import StartExporter

HOSTILE: Final = (
    'quo"ted',
    "back\\slash",
    "two\nlines",
    "tab\tand\x01control",
    "{curly},comma=",
    "%(percent)s %s",
    "ünïcode π \U0001f6a9",
    "\u202eright to left",
    " spaces ",
    "",
    "'; DROP TABLE prediction_logs; --",
    "x" * 300,
    "x" * 299 + "y",
)


def test_sigterm_ends_it_with_code_0_and_sigint_with_130(exporter_dsn: str, start_exporter: StartExporter) -> None:
    for number, expected in ((signal.SIGTERM, 0), (signal.SIGINT, 130)):
        exporter = start_exporter(exporter_dsn)
        exporter.until_ready()
        code, took = exporter.stop(number)
        assert code == expected
        assert took < 3
        assert exporter.logs[-1]["event"] == "stopped"


def test_sigterm_does_not_wait_for_a_query_that_hangs(
    database: str, exporter_dsn: str, start_exporter: StartExporter
) -> None:
    exporter = start_exporter(exporter_dsn, {"database": {"lock_timeout": "1h", "statement_timeout": "1h"}})
    exporter.until_ready()
    with psycopg.connect(database) as connection:
        connection.execute("LOCK TABLE driftgauge.prediction_logs IN ACCESS EXCLUSIVE MODE")
        exporter.until(lambda one: one.value("driftgauge_job_missed_total", job="rollup"))
        code, took = exporter.stop()
    assert code == 0
    assert took < 10
    assert not [event for event in exporter.logs if event["level"] == "error"]


def test_sigterm_ends_it_in_a_black_hole(database: str, start_exporter: StartExporter) -> None:
    with Proxy(database) as proxy:
        exporter = start_exporter(proxy.dsn)
        exporter.until_ready()
        proxy.swallow()
        exporter.until(lambda _: proxy.swallowed)
        code, took = exporter.stop()
    assert code == 0
    assert took < 10


def test_sighup_reloads_and_a_bad_configuration_leaves_the_old_one(
    exporter_dsn: str, start_exporter: StartExporter, config_path: Path
) -> None:
    exporter = start_exporter(exporter_dsn)
    exporter.until_ready()
    assert exporter.value("driftgauge_config_last_reload_successful") == 1
    loaded = exporter.value("driftgauge_config_last_reload_success_timestamp_seconds")

    config_path.write_text("rollup: {evry: 3s}\ndrift: {every: soon}\n", encoding="utf-8")
    exporter.send(signal.SIGHUP)
    exporter.until(lambda one: one.value("driftgauge_config_last_reload_successful") == 0)
    assert exporter.value("driftgauge_config_last_reload_success_timestamp_seconds") == loaded
    assert exporter.value("driftgauge_job_interval_seconds", job="rollup") == 1
    problem = next(event["problem"] for event in exporter.logs if "old one stays" in event["event"])
    assert "rollup.evry: unknown key" in problem
    assert "drift.every" in problem
    exporter.until_ready()

    write_config(config_path, {"rollup": {"every": "2s"}, "database": {"schema": "other"}})
    exporter.send(signal.SIGHUP)
    exporter.until(lambda one: one.value("driftgauge_config_last_reload_successful") == 1)
    assert exporter.value("driftgauge_job_interval_seconds", job="rollup") == 2
    assert (exporter.value("driftgauge_config_last_reload_success_timestamp_seconds") or 0) > (loaded or 0)
    assert [event["section"] for event in exporter.logs if "needs a restart" in event["event"]] == ["database"]
    ran = exporter.runs("rollup")
    exporter.until(lambda one: one.runs("rollup") > ran)
    exporter.until_ready()


def test_two_exporters_on_one_database_count_each_row_once(
    database: str, exporter_dsn: str, start_exporter: StartExporter
) -> None:
    pair = [start_exporter(exporter_dsn, {"rollup": {"every": "1s", "slice_rows": 100}}) for _ in range(2)]
    total = 0
    for turn in range(5):
        log_predictions(database, model=f"model {turn % 2}", rows=300)
        total += 300
        pair[turn % 2].until(lambda one, total=total: one.value("ml_predictions_total") == total)
    for exporter in pair:
        exporter.until(lambda one: one.value("ml_predictions_total") == total and one.get("/-/ready")[0] == 200)
        exporter.until(lambda one: one.value("ml_drift_window_rows") == total)
        assert exporter.value("ml_predictions_total", model="model 1") == 600
        assert exporter.value("driftgauge_job_failures_total") == 0


def test_two_exporters_tell_the_same_health(database: str, exporter_dsn: str, start_exporter: StartExporter) -> None:
    log_predictions(database, rows=400)
    every = {"health": {"every": "1s", "window": "1d", "latency_objective": "25ms"}, "drift": {"every": "1s"}}
    pair = [start_exporter(exporter_dsn, every) for _ in range(2)]
    for exporter in pair:
        exporter.until(lambda one: one.value("ml_health_component_ratio", component="data_drift") == 1)
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO driftgauge.model_health_checks (model_name, version, health_score) VALUES ('churn', '1', 0.5)"
        )
    for exporter in pair:
        exporter.until(lambda one: one.value("ml_health_check_score") == 0.5)
    scores = {exporter.value("ml_health_score", model="churn") for exporter in pair}
    latency = pair[0].value("ml_health_component_ratio", component="latency")
    assert latency is not None
    assert scores == {0.9 * (0.8 + 0.2 * latency) * 0.75}
    assert pair[0].value("ml_health_component_weight_ratio", component="logged_checks") == 0.5
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT timestamp, score FROM driftgauge.model_health_scores ORDER BY timestamp"
        ).fetchall()
    assert len({at for at, _ in rows}) == len(rows)
    assert {rows[-1][1]} == scores


def test_hostile_model_names_are_told_apart_and_parsed_back(
    database: str, exporter_dsn: str, start_exporter: StartExporter
) -> None:
    for name in HOSTILE:
        log_predictions(database, model=name, rows=150)
    exporter = start_exporter(exporter_dsn)
    exporter.until(lambda one: one.value("ml_feature_drift_score") and one.get("/-/ready")[0] == 200)
    counts = exporter.scrape()["ml_predictions_total"]
    assert sum(counts.values()) == 150 * len(HOSTILE)
    names = {dict(labels).get("model", "") for labels in counts}
    assert len(names) == len(HOSTILE)
    assert max(map(len, names)) == 128
    assert {name for name in HOSTILE if name.replace("\n", " ").isprintable() and len(name) <= 128} <= names
    assert exporter.value("driftgauge_label_values_sanitised_total")
    page = exporter.get("/")[1]
    assert "quo&quot;ted" in page


def test_series_vanish_with_their_model_and_counters_survive_retention(
    database: str, exporter_dsn: str, start_exporter: StartExporter
) -> None:
    log_predictions(database, model="kept", ago="1000h")
    log_predictions(database, model="deleted")
    exporter = start_exporter(exporter_dsn, {"retention": {"every": "1s"}})
    exporter.until(lambda one: one.value("ml_feature_drift_score", model="deleted"))
    with psycopg.connect(database) as connection:
        for table in (b"traffic_totals", b"traffic_rollups"):
            connection.execute(b"DELETE FROM driftgauge." + table + b" WHERE model_name = 'deleted'")
    exporter.until(lambda one: 'model="deleted"' not in one.get("/metrics")[1])

    def dropped(_: object) -> bool:
        with psycopg.connect(database) as connection:
            found = connection.execute("SELECT count(*) FROM driftgauge.prediction_logs WHERE model_name = 'kept'")
            return found.fetchone() == (0,)

    exporter.until(dropped)
    ran = exporter.runs("rollup")
    exporter.until(lambda one: one.runs("rollup") > ran + 1)
    assert exporter.value("ml_predictions_total", model="kept") == 400
    exporter.until_ready()


def test_a_port_that_is_taken_is_one_line_and_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "driftgauge", "run", "--listen", f"127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
    assert done.returncode == 2
    assert re.fullmatch(
        rf"driftgauge: error: http\.listen: cannot listen on 127\.0\.0\.1:{port}: Address already in use; .*\n",
        done.stderr,
    )
    assert done.stdout == ""


def test_a_run_without_events_logs_nothing(exporter_dsn: str, start_exporter: StartExporter) -> None:
    exporter = start_exporter(exporter_dsn)
    exporter.until(lambda one: one.runs("rollup") > 2)
    assert [event["event"] for event in exporter.logs] == ["serving"]
