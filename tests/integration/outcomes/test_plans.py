"""The join looks a few rows up by their numbers and ids; many it may read from end to end, where that is quicker."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from driftgauge.store.predictions import LAST_SEQ
from integration.plans import explain, nodes, scanned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fixtures.postgres import Cluster

WEEKS: Final = 6
ROWS: Final = 30_000 * WEEKS
FEW: Final = 10
ONE: Final = "{018f0000-0000-7000-8000-000000000000}"
SHAPE: Final[dict[str, Any]] = {"floor": None, "earliest": timedelta(weeks=1), "cohort_seconds": 86_400}
ANY: Final[dict[str, Any]] = dict.fromkeys(("model_name", "version", "environment"))


@pytest.fixture(scope="module")
def history(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """Six weeks of predictions, each with its outcome, and their cohorts, with statistics."""
    name = "driftgauge_outcome_plans"
    cluster.copy(template, name)
    with psycopg.connect(cluster.at(name), options="-c search_path=driftgauge", autocommit=True) as connection:
        connection.execute("SELECT create_partitions(now() - %s, now())", (timedelta(weeks=WEEKS),))
        connection.execute(
            """
            INSERT INTO prediction_logs (model_name, features, latency_ms, predicted_score, "timestamp")
            SELECT 'model ' || number %% 4, '{}', 12, 0.5,
                   now() - make_interval(weeks => %(weeks)s) * (1 - number::float8 / %(rows)s)
            FROM generate_series(1, %(rows)s) AS number
            """,
            {"weeks": WEEKS, "rows": ROWS},
        )
        connection.execute(
            'INSERT INTO prediction_outcomes (prediction_id, label, "timestamp")'
            " SELECT id, 'late', \"timestamp\" FROM prediction_logs ORDER BY ingest_seq"
        )
        connection.execute("VACUUM ANALYZE")
        yield connection
    cluster.execute("DROP DATABASE {} WITH (FORCE)", name)


@pytest.mark.parametrize(
    ("query", "params"),
    [
        ("outcomes/read_predictions", {"low": ROWS - FEW, "high": ROWS, "outcomes_seq": LAST_SEQ, **SHAPE, **ANY}),
        ("outcomes/count_waiting", {"low": ROWS - FEW, "high": ROWS, "outcomes_seq": LAST_SEQ, "floor": None}),
        ("outcomes/find_repeated", {"low": ROWS - FEW, "high": ROWS}),
        (
            "outcomes/read_single",
            {"low": ROWS - FEW, "high": ROWS, "repeated": "{}", "predictions_seq": LAST_SEQ, **SHAPE},
        ),
        (
            "outcomes/read_repeated",
            {"low": ROWS - FEW, "high": ROWS, "repeated": ONE, "predictions_seq": LAST_SEQ, **SHAPE},
        ),
        ("outcomes/count_read", {"low": ROWS - FEW, "high": ROWS}),
        ("outcomes/read_progress", {"job": "outcomes"}),
        ("outcomes/find_prediction", {"low": 0, "high": ROWS}),
        ("outcomes/find_outcome", {"low": 0, "high": ROWS}),
    ],
)
def test_few_rows_are_looked_up(history: psycopg.Connection, query: str, params: dict[str, Any]) -> None:
    plan = explain(history, query, **params)
    assert scanned(history, plan, least=ROWS // WEEKS // 2) == set()


def test_many_rows_are_joined_by_several_processes_where_few_are_repeated(history: psycopg.Connection) -> None:
    params = {"low": 0, "high": ROWS, "predictions_seq": LAST_SEQ, "repeated": ONE, **SHAPE}
    history.execute("SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0")
    try:
        plans = [
            explain(history, "outcomes/find_repeated", low=0, high=ROWS),
            explain(history, "outcomes/read_single", **params),
        ]
    finally:
        history.execute("RESET ALL; SET search_path = driftgauge")
    assert all(any(node["Node Type"].startswith("Gather") for node in nodes(plan)) for plan in plans)
