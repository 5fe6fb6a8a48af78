"""Tables that are there are looked at by EXPLAIN alone: a missing index is seen, and nothing is read or changed."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from driftgauge.bench.table_reads import look_at_tables
from driftgauge.config import load_config
from driftgauge.drift.registry import TESTS
from driftgauge.errors import BadSource

CONFIG = """
database: {{dsn: "{dsn}"}}
sources:
  - {{name: loans, relation: public.loans, time: at, model: loans}}
"""


@pytest.fixture
def loans(database: str) -> str:
    """A database with a large table of somebody's, without an index."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE public.loans AS SELECT place AS amount, now() - interval '1 minute' * place AS at"
            " FROM generate_series(1, 20000) AS place"
        )
        connection.execute("ANALYZE public.loans")
        connection.execute(
            "INSERT INTO driftgauge.prediction_logs (model_name, latency_ms)"
            " SELECT 'churn', 5 FROM generate_series(1, 20000)"
        )
        connection.execute("ANALYZE driftgauge.prediction_logs")
    return database


def looked(dsn: str, tmp_path: Path) -> dict[str, bool]:
    path = tmp_path / "driftgauge.yml"
    path.write_text(CONFIG.format(dsn=dsn), encoding="utf-8")
    settings = load_config(path, environ={}, known_tests=TESTS)
    return {one.table: one.whole for one in look_at_tables(settings)}


def test_a_table_without_an_index_is_read_whole_and_one_with_it_is_not(loans: str, tmp_path: Path) -> None:
    assert looked(loans, tmp_path) == {"driftgauge.prediction_logs": False, "public.loans": True}
    with psycopg.connect(loans, autocommit=True) as connection:
        connection.execute("CREATE INDEX ON public.loans (at)")
        connection.execute("DROP INDEX driftgauge.prediction_logs_by_arrival")
    assert looked(loans, tmp_path) == {"driftgauge.prediction_logs": True, "public.loans": False}


def test_a_partition_of_a_few_rows_does_not_make_a_table_read_whole(database: str, tmp_path: Path) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE public.loans (amount int, region text, at timestamptz) PARTITION BY LIST (region)"
        )
        connection.execute("CREATE INDEX ON public.loans (at)")
        for region, rows in (("de", 20_000), ("li", 100)):
            connection.execute(
                f"CREATE TABLE public.loans_{region} PARTITION OF loans FOR VALUES IN ('{region}')".encode()
            )
            connection.execute(
                "INSERT INTO public.loans SELECT place, %s, now() - interval '5 minutes' * place"
                " FROM generate_series(1, %s) AS place",
                (region, rows),
            )
        connection.execute("ANALYZE public.loans")
    assert looked(database, tmp_path)["public.loans"] is False


def test_where_driftgauge_is_not_set_up_there_is_nothing_to_look_at(empty_database: str) -> None:
    settings = load_config(None, environ={"DRIFTGAUGE_DSN": empty_database}, known_tests=TESTS)
    assert look_at_tables(settings) == ()


def test_a_source_that_cannot_be_read_is_named(database: str, tmp_path: Path) -> None:
    with pytest.raises(BadSource, match=r'source loans: relation "public.loans" does not exist; mend its relation'):
        looked(database, tmp_path)
