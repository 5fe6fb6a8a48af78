"""What a look for importances reads is found by index, however long the history and however many the models."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from driftgauge.store.catalog import queries
from integration.jobs.stage import DAY, HOUR
from integration.plans import explain, scanned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from fixtures.postgres import Cluster

LEAST: Final = 2_000
PAGES: Final = 60
FILL: Final = """
CREATE TEMPORARY TABLE log AS
SELECT
    'model ' || model AS model_name, version::text AS version, 'production' AS environment, number,
    date_trunc('hour', now()) - make_interval(days => number) AS at
FROM generate_series(1, 30) AS model, generate_series(1, 2) AS version, generate_series(1, 200) AS number;
INSERT INTO feature_importance_history (
    model_name, version, environment, feature_name, importance_value, "timestamp", created_at
)
SELECT model_name, version, environment, 'f' || feature, 1, at, at
FROM log, generate_series(1, 5) AS feature ORDER BY at;
INSERT INTO feature_importance_comparisons (
    model_name, version, environment, "timestamp", compared_with, previous_version, previous_timestamp, features,
    appeared, vanished, left_out, ndcg_threshold, threshold, normalised, drifted_features, reason, fingerprint
)
SELECT model_name, version, environment, at, CASE number WHEN 200 THEN 'version' ELSE 'logging' END, version, at, 5,
    '{}', '{}', '{}', 0.9, 0.1, FALSE, 0, repeat('why ', 20), md5(number::text)
FROM log ORDER BY at;
INSERT INTO feature_importance_drift (
    comparison_id, model_name, version, environment, feature_name, drift_detected, "timestamp"
)
SELECT id, model_name, version, environment, 'f' || feature, FALSE, "timestamp"
FROM feature_importance_comparisons, generate_series(1, 5) AS feature ORDER BY id
"""
FAMILY: Final[dict[str, object]] = {"model_name": "model 7", "environment": "production"}
ONE: Final = FAMILY | {"version": "1"}
WRITING: Final = {"try_lock", "write_comparison", "write_feature"}
OF_DATASETS: Final = {"read_latest"}  # of drift's judgements, not of this job


@pytest.fixture(scope="module")
def history(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """Two versions of thirty models that logged each day for 200 days; with statistics."""
    name = "driftgauge_importance_plans"
    cluster.copy(template, name)
    with psycopg.connect(cluster.at(name), options="-c search_path=driftgauge -c TimeZone=UTC") as connection:
        connection.execute(FILL)
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.autocommit = False
        yield connection
        connection.rollback()
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def now(history: psycopg.Connection) -> datetime:
    row = history.execute("SELECT now()").fetchone()
    assert row is not None
    return row[0]


def reading(now: datetime) -> dict[str, dict[str, object]]:
    """Return each query of a look with what it takes."""
    return {
        "read_news": {"since": now - timedelta(minutes=20)},
        "read_models": {},
        "read_anchor": {**ONE, "until": now - 100 * DAY},
        "read_rows": {**ONE, "span_start": now - 100 * DAY, "span_end": now - 100 * DAY + HOUR, "most": 100_000},
        "read_first": ONE,
        "read_comparisons": {**FAMILY, "since": now - 2 * DAY},
        "read_logging_before": {**ONE, "before": now - 100 * DAY},
        "read_version_before": {**ONE, "before": now - 100 * DAY},
        "read_shown": {"versions": 3},
        "read_shown_features": {"ids": [7, 70, 700], "most": 100},
        "delete_comparisons": {"ids": [7, 70]},
    }


def test_a_look_scans_no_table(history: psycopg.Connection, now: datetime) -> None:
    for name, params in reading(now).items():
        plan = explain(history, f"importance/{name}", **params)
        assert scanned(history, plan, least=LEAST) == set(), name


def test_a_look_reads_little_more_than_what_is_new(history: psycopg.Connection, now: datetime) -> None:
    for name, params in reading(now).items():
        history.execute("SET LOCAL jit = off")
        row = history.execute(
            b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + queries()[f"importance/{name}"].sql, params
        ).fetchone()
        history.rollback()
        assert row is not None
        plan = row[0][0]["Plan"]
        pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        each = 60 if name in {"read_models", "read_shown"} else 1  # models, each by a few entries of an index
        assert pages < PAGES + 12 * each, f"{name}: {pages} pages"


def test_every_query_of_importances_is_looked_at_here(now: datetime) -> None:
    known = {f"importance/{name}" for name in {*reading(now), *WRITING, *OF_DATASETS}}
    assert {name for name in queries() if name.startswith("importance/")} == known
