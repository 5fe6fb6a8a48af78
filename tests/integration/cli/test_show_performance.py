"""`driftgauge show performance` tells newcomers how cohorts did, were estimated to do, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

if TYPE_CHECKING:
    from fixtures.program import Run

FOUND: Final = """
CREATE FUNCTION pg_temp.found(value float8, verdict text, reason text, low float8, high float8) RETURNS jsonb
LANGUAGE sql AS $$ SELECT jsonb_strip_nulls(jsonb_build_object(
    'value', value, 'rows', 900, 'unit', 'share', 'verdict', verdict, 'reason', reason, 'low', low, 'high', high
)) $$
"""
ROWS: Final = """
INSERT INTO outcome_tasks (model_name, version, environment, task, definition)
VALUES ('churn', '3', 'production', 'binary', '{}'), ('eta', '1', 'production', 'regression', '{}');
INSERT INTO outcome_cohorts (
    task_id, segment, cohort_start, cohort_end, predictions, outcomes, unusable, lag_microseconds, counts, revision
)
SELECT task_id, segment, at, at + interval '1 day', 1000, 900, 0, 0, '', 1
FROM outcome_tasks, unnest(ARRAY['', 'de']) AS segment,
    generate_series(
        date_trunc('day', now(), 'UTC') - interval '3 days', date_trunc('day', now(), 'UTC'), interval '1 day'
    ) AS at;
INSERT INTO performance_results (
    task_id, segment, cohort_start, cohort_end, revision, standard, predictions, outcomes, coverage, closed, matured,
    restated_at, realised, estimated, curve
)
SELECT
    task_id, segment, cohort_start, cohort_end, 1, '', 1000, 900, 0.9, age > 0, age > 1,
    CASE age WHEN 3 THEN timestamptz '2026-01-02 03:04Z' END,
    CASE task WHEN 'binary' THEN jsonb_build_object(
        'f1', pg_temp.found(0.5, 'stable', 'f1 is as usual', NULL, NULL),
        'roc_auc', pg_temp.found(NULL, 'insufficient_data', 'no scores', NULL, NULL),
        'accuracy', pg_temp.found(
            0.81234, CASE age WHEN 2 THEN 'degraded' ELSE 'stable' END, 'accuracy is below 0.9', NULL, NULL
        )
    ) ELSE jsonb_build_object('mae', pg_temp.found(12.5, 'stable', 'as usual', NULL, NULL)) END,
    CASE WHEN task = 'binary' AND age > 0 THEN jsonb_build_object(
        'accuracy', pg_temp.found(0.82, 'degraded', 'accuracy 0.82 is below 0.9', 0.8, 0.84)
    ) ELSE '{}' END,
    '[]'
FROM outcome_cohorts
INNER JOIN outcome_tasks USING (task_id),
    LATERAL (SELECT (date_trunc('day', now(), 'UTC')::date - cohort_start::date) AS age) AS ages
"""


@pytest.fixture
def days(database: str) -> list[str]:
    """Four cohorts of two models and a segment; returns their days, the oldest first."""
    with psycopg.connect(database, options="-c search_path=driftgauge -c TimeZone=UTC") as connection:
        connection.execute(FOUND)
        connection.execute(ROWS)
        rows = connection.execute("SELECT DISTINCT cohort_start::date::text FROM outcome_cohorts ORDER BY 1").fetchall()
    return [day for (day,) in rows]


def shown(run: Run, command: str) -> list[str]:
    done = run("show", "performance", *command.split())
    assert (done.code, done.err) == (0, "")
    return [" ".join(line.split()) for line in done.out.splitlines() if line.strip()]


def test_people_read_the_main_metrics_of_each_cohort(run: Run, days: list[str]) -> None:
    assert shown(run, "--model churn") == [
        "churn (version 3, production)",
        "cohort predictions outcomes coverage metric estimated realised verdict",
        f"{days[0]} 1,000 900 90% restated 2026-01-02 03:04Z accuracy 0.82 (0.8 to 0.84) degraded 0.8123 stable",
        "roc_auc insufficient data",
        f"{days[1]} 1,000 900 90% matured accuracy 0.82 (0.8 to 0.84) degraded 0.8123 degraded",
        "roc_auc insufficient data",
        f"{days[2]} 1,000 900 90% not mature accuracy 0.82 (0.8 to 0.84) degraded 0.8123",
        "roc_auc",
        f"{days[3]} 1,000 900 90% not mature accuracy 0.8123",
        "roc_auc",
    ]
    assert shown(run, "--model eta --days 1")[2] == f"{days[3]} 1,000 900 90% not mature mae 12.5"


def test_one_metric_is_shown_with_its_reasons(run: Run, days: list[str]) -> None:
    lines = shown(run, "--model churn --metric accuracy --segment de --days 3")
    assert lines[:2] == [
        "churn (version 3, production, segment de), accuracy in share",
        "cohort predictions outcomes coverage estimated realised verdict why",
    ]
    assert lines[2].startswith(
        f"{days[1]} 1,000 900 90% matured 0.82 (0.8 to 0.84) degraded 0.8123 degraded accuracy is"
    )
    assert "estimated: accuracy 0.82 is below 0.9" in " ".join(lines[2:])
    assert shown(run, "--model churn --metric mae") == ["no cohort of churn with mae in the last 30 days"]


@pytest.mark.usefixtures("days")
def test_programs_read_every_metric(run: Run) -> None:
    found: list[dict[str, Any]] = json.loads(run("show", "performance", "--model", "churn", "--json").out)
    assert [cohort["matured"] for cohort in found] == [True, True, False, False]
    assert [one["name"] for one in found[0]["metrics"]] == ["f1", "roc_auc", "accuracy"]
    by_name = {one["name"]: one for one in found[1]["metrics"]}
    assert by_name["accuracy"]["realised"]["verdict"] == "degraded"
    assert (by_name["accuracy"]["estimated"]["low"], by_name["f1"]["estimated"]) == (0.8, None)
    assert by_name["roc_auc"]["realised"]["value"] is None
    narrowed = json.loads(run("show", "performance", "--model", "churn", "--metric", "f1", "--json").out)
    assert {one["name"] for cohort in narrowed for one in cohort["metrics"]} == {"f1"}


def test_a_trend_has_no_segments(run: Run) -> None:
    done = run("show", "performance", "--model", "churn", "--trend", "--segment", "de")
    assert (done.code, done.out) == (2, "")
    assert done.err.strip().endswith("--trend is of all rows of a model; leave out --segment")
