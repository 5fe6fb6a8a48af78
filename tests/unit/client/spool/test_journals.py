"""Rows on disk come back as they were, oldest first, and within the limit."""

from __future__ import annotations

import math
import threading
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftgauge.client import spool as spool_module
from driftgauge.client.finishing import finished
from driftgauge.client.rejected import REJECTED, reject
from driftgauge.client.rows import PREDICTIONS, TABLES, Row, Table
from driftgauge.client.spool import Journal, Spool, SpoolFull
from unit.client.spool.spooling import PLENTY, loaded, metric


def kept(value: object) -> object:
    """Return what a value is after it was on disk: what Postgres reads as the same."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


values = (
    st.none()
    | st.booleans()
    | st.integers(-(2**31), 2**31 - 1)
    | st.floats()
    | st.text(st.characters(codec=None), max_size=20)
    | st.datetimes(timezones=st.just(UTC))
    | st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False) | st.text(max_size=3), max_size=2).map(
        orjson.dumps
    )
)


def rows_of(table: Table) -> st.SearchStrategy[Row]:
    fields = [values] * len(table.columns)
    if table is PREDICTIONS:
        words = st.text(st.characters(codec=None), max_size=10)
        names = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=5)  # as the logger has them
        fields = [
            st.integers(min_value=0, max_value=2**128 - 1),
            *[names] * 3,
            st.datetimes(timezones=st.just(UTC)) | st.integers(min_value=0, max_value=2**63),
            st.dictionaries(st.text(max_size=3), st.floats(allow_nan=False), max_size=2).map(orjson.dumps),
            st.none() | st.just(b'{"class":"\\u0000"}'),
            st.none() | words,
            st.none() | st.floats(),
            st.none() | st.floats(),
            st.none() | st.floats(),
            st.floats(),
            words,
            st.none() | words,
            st.none() | words,
            st.none(),
        ]
    return st.tuples(st.just(table.name), st.tuples(*fields), st.integers(1, 9))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.data())
@pytest.mark.parametrize("table", TABLES)
def test_rows_come_back_as_postgres_would_have_got_them(spool: Spool, table: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(rows_of(TABLES[table]), min_size=1, max_size=4))
    journal = spool.append(rows, apart=True)
    assert (journal.rows, journal.size) == (len(rows), journal.path.stat().st_size)
    found = spool.load(journal)
    assert [(name, each) for name, each, _ in found] == [
        (table, tuple(kept(value) for value in finished(row))) for row in rows
    ]
    assert [blocks for _, _, blocks in found] == [0] * len(rows), "on disk they take no memory"
    assert [finished(row) for row in found] == [each for _, each, _ in found], "they are finished already"
    spool.remove(journal)


def test_a_subclass_of_datetime_is_kept(spool: Spool) -> None:
    class Clock(datetime):
        """As freezegun and pendulum make them."""

    spool.append([metric(Clock(2026, 3, 1, tzinfo=UTC))])
    assert loaded(spool) == [("model_metrics", ("2026-03-01 00:00:00+00:00",))]


def test_journals_come_oldest_first(spool: Spool) -> None:
    for number in range(3):
        spool.append([metric(number)], apart=True)
    spool.append([metric(3)])
    spool.append([metric(4)])
    assert len(spool) == 4
    assert [values for _, values in loaded(spool)] == [(number,) for number in range(5)]
    assert spool.oldest() is None
    assert spool.size == 0


def test_rows_that_must_be_apart_share_a_journal_with_nobody(spool: Spool) -> None:
    first = spool.append([metric(1)])
    apart = spool.append([metric(2)], apart=True)
    last = spool.append([metric(3)])
    assert [journal.rows for journal in (first, apart, last)] == [1, 1, 1]
    assert spool.append([metric(4)]) is last


def test_a_journal_that_is_being_read_takes_no_more_rows(spool: Spool) -> None:
    first = spool.append([metric(1)])
    assert spool.oldest() is first
    assert spool.append([metric(2)]) is not first
    assert first.rows == 1


def test_a_journal_ends_when_it_is_large(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "JOURNAL_BYTES", 200)
    found = [spool.append([metric("x" * 90)]) for _ in range(6)]
    assert len({id(journal) for journal in found}) == 3


def test_removing_twice_or_what_is_not_ours_harms_nothing(spool: Spool, root: Path) -> None:
    journal = spool.append([metric(1)])
    spool.append([metric(2)], apart=True)
    spool.remove(journal)
    spool.remove(journal)
    spool.remove(Journal(path=root / "foreign", rows=1, size=1))
    assert loaded(spool) == [("model_metrics", (2,))]


def test_a_full_spool_takes_nothing_and_recovers(root: Path) -> None:
    spool = Spool(root, limit=1000)
    first = spool.append([metric("x" * 700)])
    content = first.path.read_bytes()
    with pytest.raises(SpoolFull, match=r"holds its limit of 1,000 bytes$"):
        spool.append([metric("y" * 100), metric("z" * 200)])
    assert first.path.read_bytes() == content
    assert (first.rows, len(spool)) == (1, 1)
    spool.remove(first)
    spool.append([metric("y" * 700)])
    assert loaded(spool) == [("model_metrics", ("y" * 700,))]
    spool.close()


def test_nothing_is_made_before_it_is_needed_and_nothing_left_of_an_empty_spool(root: Path) -> None:
    spool = Spool(root, limit=PLENTY)
    spool.take_over()
    assert spool.oldest() is None
    spool.close()
    assert not root.exists()
    spool.append([metric(1)])
    loaded(spool)
    spool.close()
    spool.close()
    assert list(root.iterdir()) == []


def test_others_may_not_read_what_is_spooled(spool: Spool, root: Path) -> None:
    journal = spool.append([metric("of a person")])
    reject(root, metric(*range(8)), "no")
    assert journal.path.parent.stat().st_mode & 0o077 == 0
    assert (root / REJECTED).stat().st_mode & 0o077 == 0


def test_a_spool_keeps_on_from_several_threads(spool: Spool) -> None:
    def append(me: int) -> None:
        for number in range(30):
            spool.append([metric(me, number)], apart=number % 7 == 0)

    threads = [threading.Thread(target=append, args=(me,)) for me in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [values for _, values in loaded(spool)]
    assert len(found) == 120
    for me in range(4):
        assert [number for who, number in found if who == me] == list(range(30))
