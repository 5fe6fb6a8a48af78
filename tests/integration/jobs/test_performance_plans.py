"""What a cycle reads of performance is found by index, however long the history and however many the models."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from driftgauge.store.catalog import queries
from integration.jobs.stage import DAY
from integration.plans import explain, nodes, scanned

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from fixtures.postgres import Cluster

MODELS: Final = 60
DAYS: Final = 400
PARTS: Final = 6
LEAST: Final = 1_000
PAGES: Final = 200  # of some 20,000
FILL: Final = """
INSERT INTO outcome_tasks (model_name, version, environment, task, definition)
SELECT 'model ' || number, '1', 'production', 'binary', '{}' FROM generate_series(1, %(models)s) AS number;
INSERT INTO outcome_cohorts (
    task_id, segment, cohort_start, cohort_end, predictions, outcomes, unusable, lag_microseconds, counts, revision
)
SELECT task_id, CASE part WHEN 0 THEN '' ELSE 'part ' || part END, at, at + interval '1 day', 900, 900, 0, 0, '',
    (%(days)s - day) * %(models)s + task_id
FROM generate_series(0, %(days)s - 1) AS day, outcome_tasks, generate_series(0, %(parts)s - 1) AS part,
    LATERAL (SELECT date_trunc('day', now()) - make_interval(days => day) AS at) AS days;
INSERT INTO performance_results (
    task_id, segment, cohort_start, cohort_end, revision, standard, predictions, outcomes, closed, matured, matured_at,
    due_at, realised, estimated, curve
)
SELECT task_id, segment, cohort_start, cohort_end, revision, 'same', 900, 900, cohort_end <= now(),
    cohort_end <= now() - interval '7 days', cohort_end + interval '7 days',
    CASE WHEN cohort_end > now() - interval '7 days' THEN cohort_end + interval '7 days' END,
    jsonb_build_object('accuracy', jsonb_build_object('value', 1, 'reason', repeat('why ', 30))), '{}', '[]'
FROM outcome_cohorts;
INSERT INTO performance_marks (task_id, standard, revision, due_at)
SELECT task_id, 'same', max(revision), now() + interval '1 hour' FROM outcome_cohorts GROUP BY task_id;
INSERT INTO model_performance_history (
    model_name, version, environment, segment, task_id, cohort_start, cohort_end, "timestamp", metric_name, metric_value
)
SELECT model_name, version, environment, segment, task_id, cohort_start, cohort_end, cohort_end, 'accuracy', 1
FROM outcome_cohorts INNER JOIN outcome_tasks USING (task_id)
"""
ONE: Final = {"model_name": "model 7", "version": "1", "environment": "production"}


@pytest.fixture(scope="module")
def history(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """Sixty models with 400 days of cohorts in six parts, all judged; with statistics."""
    name = "driftgauge_performance_plans"
    cluster.copy(template, name)
    with psycopg.connect(
        cluster.at(name), options="-c search_path=driftgauge -c TimeZone=UTC", cursor_factory=psycopg.ClientCursor
    ) as connection:
        connection.execute(FILL, {"models": MODELS, "days": DAYS, "parts": PARTS})
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.autocommit = False
        yield connection
        connection.rollback()
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def now(history: psycopg.Connection) -> datetime:
    row = history.execute("SELECT date_trunc('day', now())").fetchone()
    assert row is not None
    return row[0]


def reading(now: datetime) -> dict[str, dict[str, object]]:
    """Return every query of a cycle with what it takes, but for those that write or read single rows by their key."""
    newest = DAYS * MODELS + 7
    span = {"span_start": now - 300 * DAY, "span_end": now - 290 * DAY}
    limits = {"matured_before": now, "least_outcomes": 200, "most": 10}
    return {
        "performance/read_marks": {},
        "performance/read_mark": {"task_id": 7},
        "performance/read_stale": {"task_id": 7, "revision": newest - MODELS, "standard": "same", "most": 500},
        "performance/read_latest": {"task_id": 7, "segments": ["", "part 1"]},
        "performance/read_reference_cohorts": {"task_id": 7, "segment": "", **span, **limits},
        "performance/complete": {"task_id": 7, "revision": newest},
        "performance/delete_history": {
            **ONE,
            "segment": "",
            "cohort_start": now - 300 * DAY,
            "bases": ["realised"],
            "metrics": ["accuracy"],
        },
        "retention/delete_performance": {"before": now - 399 * DAY},
    }


def test_a_cycle_scans_no_table(history: psycopg.Connection, now: datetime) -> None:
    for name, params in reading(now).items():
        plan = explain(history, name, **params)
        assert scanned(history, plan, least=LEAST) == set(), name


def test_a_cycle_reads_little_more_than_what_changed(history: psycopg.Connection, now: datetime) -> None:
    for name, params in reading(now).items():
        history.execute("SET LOCAL jit = off")
        row = history.execute(b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + queries()[name].sql, params).fetchone()
        history.rollback()
        assert row is not None
        plan = row[0][0]["Plan"]
        pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        most = PAGES * 3 if name == "retention/delete_performance" else PAGES + 4 * MODELS * ("marks" in name)
        assert pages < most, f"{name}: {pages} pages"


def test_the_view_reads_the_cohorts_that_a_dashboard_asks_for(history: psycopg.Connection, now: datetime) -> None:
    row = history.execute(
        "EXPLAIN (FORMAT JSON) SELECT * FROM performance_cohorts WHERE model_name = 'model 7' AND segment = ''"
        " AND cohort_start >= %s AND metric_name = 'accuracy'",
        (now - timedelta(days=30),),
    ).fetchone()
    assert row is not None
    plan = row[0][0]["Plan"]
    assert scanned(history, plan, least=LEAST) == set()
    conditions = [str(node["Index Cond"]) for node in nodes(plan) if "Index Cond" in node]
    assert any("segment" in condition and "cohort_start" in condition for condition in conditions)


def test_every_query_of_performance_is_looked_at_here(now: datetime) -> None:
    by_key = {"try_lock", "start_over", "write_result", "write_history", "write_reference", "read_references"}
    once = {"forget_replaced", "read_loss_rows"}  # a task; a fit, by test_plans.py
    known = {f"performance/{name}" for name in by_key | once} | set(reading(now))
    assert {name for name in queries() if name.startswith("performance/")} <= known
