"""Rows of one span are one logging, whatever wrote them; every row is in one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from driftgauge.explanation.loggings import Row, loggings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def test_the_processes_of_a_service_are_one_logging() -> None:
    rows = [(NOON + worker * SECOND, feature, 0.5) for worker in range(4) for feature in ("age", "plan")]
    [found] = loggings(rows, HOUR)
    assert (found.at, found.importances) == (NOON, {"age": 0.5, "plan": 0.5})


def test_of_a_feature_that_is_there_twice_the_last_counts() -> None:
    [found] = loggings([(NOON, "age", 0.5), (NOON + SECOND, "age", 0.7)], HOUR)
    assert found.importances == {"age": 0.7}


def test_the_span_is_open_at_its_end() -> None:
    found = loggings([(NOON, "age", 1.0), (NOON + HOUR - SECOND, "age", 2.0), (NOON + HOUR, "age", 3.0)], HOUR)
    assert [(each.at, each.importances["age"]) for each in found] == [(NOON, 2.0), (NOON + HOUR, 3.0)]


def test_without_rows_there_is_none() -> None:
    assert loggings([], HOUR) == []


@given(st.lists(st.integers(0, 10_000)), st.integers(1, 1_000))
def test_made_up_anew_from_any_logging_on_they_are_the_same(seconds: list[int], width: int) -> None:
    rows: list[Row] = [
        (NOON + second * SECOND, f"f{place % 5}", float(place)) for place, second in enumerate(sorted(seconds))
    ]
    span = width * SECOND
    found = loggings(rows, span)
    for place, one in enumerate(found):
        assert loggings([row for row in rows if row[0] >= one.at], span) == found[place:]
    assert all(later.at - earlier.at >= span for earlier, later in pairwise(found))
