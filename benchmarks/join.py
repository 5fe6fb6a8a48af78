"""Join late outcomes to predictions in weekly partitions, beside one hand-written join of the same rows."""

from __future__ import annotations

import time
from datetime import timedelta
from statistics import median
from typing import Any, Final

import psycopg

from cost import Cost, measure
from driftgauge.jobs.options import OutcomeOptions
from driftgauge.jobs.outcome_joining import OutcomeJoin
from driftgauge.performance.evidence import Choice
from driftgauge.store.database import Database
from report import Report

PREDICTIONS: Final = 10_000_000
OUTCOMES: Final = 1_000_000
ROUNDS: Final = 3
AIM: Final = 2.0
DAYS: Final = 28
# Ids as the client makes them, which ascend with time; times are spread over four weeks.
LOGGED: Final = """
INSERT INTO driftgauge.prediction_logs (id, model_name, latency_ms, predicted_label, predicted_score, "timestamp")
SELECT
    encode(
        set_byte(set_byte(
            substring(int8send((extract(EPOCH FROM at) * 1000)::bigint) FROM 3)
            || substring(uuid_send(gen_random_uuid()) FROM 7),
        6, 112 + (random() * 15)::int), 8, 128 + (random() * 63)::int),
        'hex'
    )::uuid,
    'joined', 5, CASE WHEN score > 0.5 THEN 'late' ELSE 'on time' END, score, at
FROM (
    SELECT random() AS score, now() - interval '1 day' * (%(days)s * (1 - place::float8 / %(rows)s)) AS at
    FROM generate_series(1, %(rows)s) AS place
) AS made
"""
LATE: Final = """
INSERT INTO driftgauge.prediction_outcomes (prediction_id, label, "timestamp")
SELECT id, CASE WHEN random() < predicted_score THEN 'late' ELSE 'on time' END, now()
FROM driftgauge.prediction_logs
WHERE model_name = 'joined' AND random() < %(share)s
ORDER BY random()
"""
BY_HAND: Final = """
SELECT date_trunc('day', p."timestamp", 'UTC'), p.predicted_label, o.label, count(*), avg(p.predicted_score)
FROM driftgauge.prediction_outcomes AS o
INNER JOIN driftgauge.prediction_logs AS p ON p.id = o.prediction_id
GROUP BY 1, 2, 3
"""
KEEP: Final = """
CREATE TABLE driftgauge.kept_cohorts AS TABLE driftgauge.outcome_cohorts;
CREATE TABLE driftgauge.kept_marks AS SELECT * FROM driftgauge.watermarks WHERE job = 'outcomes'
"""
BACK: Final = """
DELETE FROM driftgauge.outcome_cohorts;
INSERT INTO driftgauge.outcome_cohorts TABLE driftgauge.kept_cohorts;
DELETE FROM driftgauge.watermarks WHERE job = 'outcomes';
INSERT INTO driftgauge.watermarks TABLE driftgauge.kept_marks
"""
FORGET: Final = "DROP TABLE driftgauge.kept_cohorts, driftgauge.kept_marks"
ROLLED: Final = """
INSERT INTO driftgauge.watermarks (job, ingest_seq, system_identifier, compacted_before)
SELECT 'rollup', (SELECT max(ingest_seq) FROM driftgauge.prediction_logs), system_identifier::text, now()
FROM pg_control_system()
ON CONFLICT (job) DO UPDATE SET ingest_seq = excluded.ingest_seq
"""


def run(dsn: str, report: Report, *, predictions: int = PREDICTIONS, outcomes: int = OUTCOMES) -> None:
    """Log predictions, let them be counted, then log outcomes, and join those by hand and by the job."""
    database = Database(lambda: dsn, schema="driftgauge", statement_timeout=timedelta(minutes=10))
    options = OutcomeOptions(choices={"joined": Choice(positive="late")})
    join = OutcomeJoin(database, options, time.sleep)
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            report.say(f"join: writing {predictions:,} predictions …")
            connection.execute("SELECT driftgauge.create_partitions(now() - interval '29 days', now())")
            connection.execute(LOGGED, {"rows": predictions, "days": DAYS})
            connection.execute("VACUUM (ANALYZE) driftgauge.prediction_logs")
            connection.execute(ROLLED)
            report.say("join: counting them …")
            counted = measure(join.run, backend_pid=_pid(database))
            report.say(f"join: writing {outcomes:,} outcomes, in random order …")
            connection.execute(LATE, {"share": outcomes / predictions})
            connection.execute("VACUUM (ANALYZE) driftgauge.prediction_outcomes")
            late = _one(connection, "SELECT count(*) FROM driftgauge.prediction_outcomes")
            connection.execute(KEEP)
            _by_hand(connection)  # from then on both find what they read in memory, as far as there is room
            rounds: list[tuple[Cost, Cost]] = []
            for number in range(ROUNDS):
                report.say(f"join: by hand, then by the job, {number + 1} of {ROUNDS} …")
                connection.execute(BACK)
                rounds.append((_by_hand(connection), measure(join.run, backend_pid=_pid(database))))
                found = _one(connection, "SELECT sum(outcomes) FROM driftgauge.outcome_cohorts WHERE segment = ''")
                assert found == late, (found, late)  # noqa: S101 - a wrong join is no measurement
            connection.execute(FORGET)
    finally:
        database.close()
    report.table(
        "join",
        f"{late:,} late outcomes joined to {predictions:,} predictions in partitions of a week",
        [
            _row("predictions counted, before any outcome", counted, predictions),
            *(row for by_hand, joined in rounds for row in _round(by_hand, joined, late)),
            _row("the median of the ratios") | _ratios(rounds) | {"aim ≤": AIM},
        ],
    )


def _round(by_hand: Cost, joined: Cost, rows: int) -> list[dict[str, Any]]:
    return [
        _row("one join by hand, grouped by day and labels", by_hand, rows),
        _row("the job", joined, rows) | _ratios([(by_hand, joined)]),
    ]


def _ratios(rounds: list[tuple[Cost, Cost]]) -> dict[str, Any]:
    return {
        "of the join by hand": median(joined.wall / by_hand.wall for by_hand, joined in rounds),
        "CPU of it": median(joined.cpu / by_hand.cpu for by_hand, joined in rounds),
    }


def _by_hand(connection: psycopg.Connection) -> Cost:
    return measure(lambda: connection.execute(BY_HAND).fetchall(), backend_pid=connection.info.backend_pid)


def _pid(database: Database) -> int:
    with database.transaction() as connection:
        return connection.info.backend_pid


def _one(connection: psycopg.Connection, statement: str) -> int:
    [(value,)] = connection.execute(statement.encode()).fetchall()
    return int(value)


def _row(name: str, cost: Cost | None = None, rows: int = 1) -> dict[str, Any]:
    return {
        "what": name,
        "wall s": cost and cost.wall,
        "CPU s": cost and cost.cpu,
        "µs of CPU a row": cost and cost.cpu / rows * 1e6,
        "of the join by hand": None,
        "CPU of it": None,
        "aim ≤": None,
    }
