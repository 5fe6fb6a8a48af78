"""Columns of a SELECT arrive as Postgres has them, whatever their types, values and names."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest

from driftgauge.errors import BadReference, MissingPrivilege
from driftgauge.model.bins import FeatureKind
from driftgauge.profiling.batch import FeatureBatch
from driftgauge.store import columns
from driftgauge.store.columns import open_query, query_session, relation_query
from driftgauge.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOSTILE = 'x"; DROP TABLE "readings" -- {0} %s %(a)s π\n'
TYPES = """
CREATE TYPE public.mood AS ENUM ('glad', 'sad');
CREATE DOMAIN public.share AS numeric CHECK (value >= 0);
CREATE TABLE public.readings (
    small smallint, whole integer, big bigint, single real, double double precision, exact numeric, part public.share,
    flag boolean, words text, letters varchar(9), padded char(4), code uuid, mood public.mood, one "char",
    at timestamptz, day date, document jsonb, list integer[]
)
"""


@pytest.fixture
def admin(empty_database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        yield connection


def read(
    connection: psycopg.Connection[Any], text: str, kinds: Mapping[str, FeatureKind] | None = None
) -> FeatureBatch:
    """Return all rows of a SELECT as one batch."""
    source = open_query(connection, text)
    batches = list(source.read(kinds or source.kinds))
    names = sorted({name for batch in batches for name in batch.numeric})
    return FeatureBatch(
        rows=sum(batch.rows for batch in batches),
        numeric={name: np.concatenate([batch.numeric[name] for batch in batches]) for name in names},
        categories={
            name: sum((batch.categories[name] for batch in batches), Counter[str]()) for name in batches[0].categories
        }
        if batches
        else {},
        invalid=dict(sum((Counter(batch.invalid) for batch in batches), Counter[str]())),
    )


def same(left: list[float], right: list[float]) -> bool:
    return len(left) == len(right) and all(
        a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(left, right, strict=True)
    )


def test_every_type_is_read_or_left_out_by_name(admin: psycopg.Connection[Any]) -> None:
    admin.execute(TYPES)
    source = open_query(admin, relation_query("public", "readings"))
    numeric = {"small", "whole", "big", "single", "double", "exact", "part"}
    texts = {"flag", "words", "letters", "padded", "code", "mood", "one"}
    assert {name for name, kind in source.kinds.items() if kind is FeatureKind.NUMERIC} == numeric
    assert {name for name, kind in source.kinds.items() if kind is FeatureKind.CATEGORICAL} == texts
    assert dict(source.left_out) == {
        "at": "timestamp with time zone",
        "day": "date",
        "document": "jsonb",
        "list": "integer[]",
    }
    assert list(source.read(source.kinds)) == []


def test_rows_equal_a_plain_select(admin: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "BATCH_ROWS", 2_000)  # several batches, the last of them not full
    admin.execute(TYPES)
    admin.execute("""
        INSERT INTO public.readings (small, whole, big, single, double, exact, part, flag, words, code, mood, one)
        SELECT
            i % 7 - 3, nullif(i % 11, 5), i * 10::bigint ^ 12, (ARRAY[0.5, 'NaN', 'inf', NULL])[1 + i % 4]::real,
            (ARRAY['NaN', '-inf', '1e308', '5e-324', '-0', NULL])[1 + i % 6]::float8, i / 3.0, abs(i % 4),
            (ARRAY[true, false, NULL])[1 + i % 3],
            (ARRAY['', ' ', 'é', 'e' || chr(769), '😀', 'NULL', 'a,b', E'line\nbreak', NULL])[1 + i % 9],
            ('00000000-0000-4000-8000-' || lpad((i % 5)::text, 12, '0'))::uuid, (ARRAY['glad', 'sad'])[1 + i % 2]::mood,
            'x'
        FROM generate_series(1, 5017) AS i
    """)
    batch = read(admin, "SELECT * FROM public.readings")
    rows = admin.execute(
        "SELECT small, whole, big, single, double, exact, part, flag::text, words, code::text, mood::text, one::text"
        " FROM public.readings"
    ).fetchall()
    assert batch.rows == len(rows) == 5017
    for place, name in enumerate(("small", "whole", "big", "single", "double", "exact", "part")):
        wanted = [math.nan if row[place] is None else float(row[place]) for row in rows]
        assert same(batch.numeric[name].tolist(), wanted), name
    for place, name in enumerate(("flag", "words", "code", "mood", "one"), start=7):
        assert batch.categories[name] == Counter(row[place] for row in rows if row[place] is not None), name


def test_every_row_may_have_a_text_of_its_own(admin: psycopg.Connection[Any]) -> None:
    batch = read(admin, "SELECT md5(i::text) AS a, i AS n, 'same' AS b FROM generate_series(1, 3000) AS i")
    assert len(batch.categories["a"]) == batch.categories["b"]["same"] == batch.numeric["n"].size == 3000


@pytest.mark.parametrize("rows", [0, 1, 999, 1000, 1001, 2000])
def test_no_row_is_lost_where_steps_end(admin: psycopg.Connection[Any], rows: int) -> None:
    admin.execute("CREATE TABLE a AS SELECT i AS n FROM generate_series(1, 2000) AS i")
    source = open_query(admin, f"TABLE a LIMIT {rows}")
    assert sum(batch.rows for batch in source.read(source.kinds)) == rows


def test_hostile_names_are_only_names(admin: psycopg.Connection[Any]) -> None:
    admin.execute("CREATE TABLE readings (canary integer)")
    quoted = '"' + HOSTILE.replace('"', '""') + '"'
    batch = read(admin, f'SELECT 1 AS {quoted}, \'a{{}}%s\' AS "query", 2 AS "SELECT"')
    assert batch.numeric[HOSTILE].tolist() == [1.0]
    assert batch.numeric["SELECT"].tolist() == [2.0]
    assert batch.categories["query"] == Counter(["a{}%s"])
    assert admin.execute("SELECT count(*) FROM readings").fetchone() == (0,)


def test_kinds_may_be_chosen(admin: psycopg.Connection[Any]) -> None:
    text = """
        SELECT i AS code, i / 2.0 AS half, i % 2 = 0 AS even, (ARRAY['1', '2.5', 'many', NULL])[i] AS texts
        FROM generate_series(1, 4) AS i
    """
    chosen = {
        "code": FeatureKind.CATEGORICAL,
        "half": FeatureKind.CATEGORICAL,
        "even": FeatureKind.NUMERIC,
        "texts": FeatureKind.NUMERIC,
        "not there": FeatureKind.NUMERIC,
    }
    batch = read(admin, text, chosen)
    assert batch.categories == {"code": Counter("1234"), "half": Counter(["0.5", "1", "1.5", "2"])}
    assert batch.numeric["even"].tolist() == [0.0, 1.0, 0.0, 1.0]
    assert np.sort(batch.numeric["texts"])[:2].tolist() == [1.0, 2.5]
    assert batch.invalid == {"texts": 1}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 AS a; -- a comment",
        "SELECT 1 AS a -- a comment",
        "  VALUES (1)  ;;  ",
        "TABLE one",
        "WITH b AS (SELECT 1 AS a) SELECT * FROM b ORDER BY a LIMIT 1",
        "SELECT 1 AS a UNION ALL SELECT 2",
    ],
)
def test_any_way_to_write_one_select_will_do(admin: psycopg.Connection[Any], text: str) -> None:
    admin.execute("CREATE TABLE one AS SELECT 1 AS a")
    if text.endswith("; -- a comment"):
        with pytest.raises(BadReference, match="its rows cannot be read as a table"):
            read(admin, text)
    else:
        assert read(admin, text).numeric.popitem()[1][0] == 1.0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "query: it returns no columns; give one SELECT"),
        ("SELEC 1", 'query: syntax error at or near "SELEC"'),
        ("SELECT 1", "query: 1 of its columns have no name; name each: SELECT … AS name"),
        ("SELECT 1 AS a, 2 AS a", "query: column 'a' comes twice; rename one: SELECT … AS name"),
        ("SELECT a FROM nowhere", 'query: relation "nowhere" does not exist'),
        ("SELECT 1 / 0 AS a", "query: division by zero"),
        ("SELECT 1 / (3000 - i) AS a FROM generate_series(1, 3000) AS i", "query: division by zero"),
        ("SELECT 1e400::numeric AS a", 'query: "1' + "0" * 400 + '" is out of range for type double precision'),
        ("DELETE FROM kept", "query: it returns no columns; give one SELECT"),
        ("DELETE FROM kept RETURNING a", "query: its rows cannot be read as a table; give one SELECT"),
        (
            "WITH gone AS (DELETE FROM kept RETURNING a) SELECT a FROM gone",
            "query: WITH clause containing a data-modif",
        ),
        ("SELECT 1 AS a; DROP TABLE kept", "query: cannot insert multiple commands into a prepared statement"),
        ("SELECT 1 AS a) AS b; DROP TABLE kept; --", 'query: syntax error at or near ")"'),
        ("SELECT nextval('numbers') AS a", "query: cannot execute nextval() in a read-only transaction"),
        ("SELECT wipe() AS a", "query: cannot execute DELETE in a read-only transaction"),
        (
            "SELECT set_config('transaction_read_only', 'off', true) AS a",
            "query: transaction read-write mode must be set",
        ),
        ("SHOW server_version", "query: its rows cannot be read as a table; give one SELECT"),
    ],
)
def test_what_is_no_select_or_would_write_is_refused_in_one_line(
    admin: psycopg.Connection[Any], text: str, complaint: str
) -> None:
    admin.execute("CREATE TABLE kept AS SELECT 1 AS a; CREATE SEQUENCE numbers")
    admin.execute("CREATE FUNCTION wipe() RETURNS integer LANGUAGE sql AS 'DELETE FROM kept; SELECT 1'")
    with pytest.raises(BadReference) as raised:
        read(admin, text)
    assert str(raised.value).startswith(complaint)
    assert "\n" not in str(raised.value)
    assert admin.execute("SELECT a FROM kept").fetchall() == [(1,)]  # and the connection is of use again


def test_a_reader_that_stops_early_frees_the_connection(admin: psycopg.Connection[Any]) -> None:
    source = open_query(admin, "SELECT i AS n FROM generate_series(1, 200000) AS i")
    batches = source.read(source.kinds)
    next(batches)
    batches.close()  # type: ignore[attr-defined] - a generator
    assert admin.execute("SELECT 1").fetchone() == (1,)


def test_a_query_session_sees_the_roles_own_tables_and_ours_and_cannot_write(database: str) -> None:
    store = Database(lambda: database, schema="driftgauge")
    try:
        with psycopg.connect(database, autocommit=True) as admin:
            admin.execute("CREATE TABLE public.mine AS SELECT 1 AS a")
        with query_session(store) as connection:
            assert read(connection, "SELECT a FROM mine").rows == 1
            assert read(connection, "SELECT latency_ms FROM prediction_logs").rows == 0
        with query_session(store) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("DELETE FROM prediction_logs")
    finally:
        store.close()


def test_a_table_that_may_not_be_read_is_named(database: str, exporter_dsn: str) -> None:
    store = Database(lambda: exporter_dsn, schema="driftgauge")
    try:
        with psycopg.connect(database, autocommit=True) as admin:
            admin.execute("CREATE TABLE public.secret AS SELECT 1 AS a")
        with pytest.raises(MissingPrivilege, match="GRANT SELECT ON secret TO"), query_session(store) as connection:
            read(connection, "SELECT a FROM secret")
    finally:
        store.close()
