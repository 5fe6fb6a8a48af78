"""A query's header says what its text does, or the file is refused."""

from __future__ import annotations

import re

import pytest

from driftgauge.errors import SqlFileError
from driftgauge.store.catalog import parse_query, queries, query

TEXT = """-- purpose: Count rows.
-- params: low, high
-- returns: rows,  model
SELECT count(*) AS rows, model FROM t WHERE x > %(low)s AND x <= %(high)s AND y LIKE '100%%(high)s'
"""


def test_a_file_is_read_with_its_header() -> None:
    parsed = parse_query("rollup/count", TEXT)
    assert (parsed.name, parsed.purpose) == ("rollup/count", "Count rows.")
    assert (parsed.params, parsed.columns) == (("low", "high"), ("rows", "model"))
    assert parsed.sql == TEXT.encode()


def test_a_command_needs_neither_params_nor_columns() -> None:
    parsed = parse_query("x", "-- purpose: Do it.\nVACUUM")
    assert (parsed.params, parsed.columns) == ((), ())


def test_comments_below_the_header_are_free() -> None:
    parsed = parse_query("x", "-- purpose: Do it.\nSELECT 1 AS one\n-- any: thing\n")
    assert parsed.purpose == "Do it."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "sql/queries/x.sql: the header needs a line '-- purpose: …'"),
        ("SELECT 1", "sql/queries/x.sql: the header needs a line '-- purpose: …'"),
        ("-- porpoise: a", "header key 'porpoise' is unknown; the keys are params, purpose, returns"),
        ("-- purpose: a\n-- purpose: b\n", "sql/queries/x.sql: header key 'purpose' is given twice"),
        ("-- purpose: a\nSELECT %(b)s", "the header declares params none, the text uses b"),
        ("-- purpose: a\n-- params: b, a\nSELECT 1", "the header declares params a, b, the text uses none"),
    ],
)
def test_a_file_that_breaks_its_contract_is_named_with_its_fault(text: str, message: str) -> None:
    with pytest.raises(SqlFileError, match=re.escape(message)):
        parse_query("x", text)


def test_every_shipped_query_is_known_by_its_path() -> None:
    assert "rollup/read_slice" in queries()
    assert all(name == shipped.name for name, shipped in queries().items())
    assert query("rollup/read_slice") is queries()["rollup/read_slice"]


def test_an_unknown_query_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match="no/such"):
        query("no/such")
