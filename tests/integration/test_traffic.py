"""`driftgauge traffic` as compose runs it: by a login that may only insert, until it is told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import psycopg

from fixtures.exporter import wait_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COUNTED = """
SELECT
    (SELECT count(*) FROM driftgauge.prediction_logs),
    (SELECT count(DISTINCT version) FROM driftgauge.prediction_logs),
    (SELECT count(*) FROM driftgauge.prediction_outcomes),
    (SELECT count(DISTINCT version) FROM driftgauge.feature_importance_history)
"""
PATIENCE = 90.0


def start(environ: Mapping[str, str], *options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "driftgauge", "traffic", *map(str, options)]
    return subprocess.Popen(command, env={**os.environ, **environ}, stderr=subprocess.PIPE, text=True)


def test_flights_are_logged_by_whoever_may_only_insert(database: str, writer_dsn: str, tmp_path: Path) -> None:
    stored = tmp_path / "stored"
    process = start({"DRIFTGAUGE_DSN": writer_dsn}, "--rate", 100, "--round", "2m", "--heartbeat", stored)

    def fed() -> bool:
        assert process.poll() is None
        with psycopg.connect(database) as connection:
            row = connection.execute(COUNTED).fetchone()
        assert row is not None
        predictions, versions, outcomes, ranked = row
        return predictions >= 300 and versions == 2 and outcomes > 0 and ranked == 2

    try:
        wait_until(fed, "fed", patience=PATIENCE)
        assert stored.exists()
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "healthy: late-winter flights" in said
    assert "Traceback" not in said


def test_a_database_that_cannot_be_fed_is_told_in_a_line(grafana_dsn: str) -> None:
    process = start({"DRIFTGAUGE_DSN": grafana_dsn}, "--rate", 20)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert said.splitlines()[-1].startswith("driftgauge: error: ")
    assert "Traceback" not in said


def test_a_round_that_is_too_short_is_refused_at_once() -> None:
    process = start({"DRIFTGAUGE_DSN": "host=127.0.0.1 port=1"}, "--round", "30s")
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "give it at least 60" in said
