"""Closed days become rows of their own, and nothing that is summed changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from inspect import GEN_CLOSED, getgeneratorstate
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest

from driftgauge.jobs import rollup as job
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.store import profiles
from driftgauge.store.execute import stream
from driftgauge.store.profiles import DAY, compact_days, read_window
from driftgauge.store.references import Layouts
from driftgauge.store.watermarks import wait_for_rollup_lock
from integration.rollup.oracle import recount, select
from integration.rollup.rows import log, roller
from integration.rollup.schedule import ROLLERS, Stage

if TYPE_CHECKING:
    from collections.abc import Generator

    from driftgauge.model.profile import ModelProfile

HOUR = timedelta(hours=1)
KEY = ModelKey(model="churn", version="v1", environment="production")


def today() -> datetime:
    return floor_to(datetime.now(UTC), DAY)


def compact(stage: Stage, before: datetime) -> int:
    with stage.rollers[ROLLERS[0]].transaction() as connection:
        wait_for_rollup_lock(connection)
        return compact_days(connection, Layouts(), before=before)


def window(stage: Stage, start: datetime, end: datetime) -> ModelProfile:
    [reference] = select(stage.admin, "SELECT reference_id FROM reference_profiles WHERE active")
    with stage.rollers[ROLLERS[0]].transaction() as connection:
        layout = Layouts().of(connection, reference["reference_id"])
        span = TimeWindow(start=start, end=end)
        return read_window(connection, layout, reference_id=reference["reference_id"], key=KEY, window=span).total


def widths(stage: Stage) -> list[tuple[datetime, timedelta, int]]:
    statement = "SELECT bucket_start, bucket_width, rows FROM profile_rollups ORDER BY bucket_start"
    return [(row["bucket_start"], row["bucket_width"], row["rows"]) for row in select(stage.admin, statement)]


def test_a_window_of_days_has_the_same_sum_before_and_after(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=3)
    yesterday = today() - DAY
    for hour in (0, 5, 23):
        log(stage.admin, [{"age": age, "plan": "pro"} for age in range(4)], at=yesterday + hour * HOUR)
    rollup.run()
    assert [width for _, width, _ in widths(stage)] == [HOUR] * 3
    before = window(stage, yesterday, today())
    assert compact(stage, today()) == 1
    assert widths(stage) == [(yesterday, DAY, 12)]
    after = window(stage, yesterday, today())
    assert (after.rows, after.counts.tolist()) == (before.rows, before.counts.tolist())
    assert (after.gaps.tolist(), after.moments.tolist()) == (before.gaps.tolist(), before.moments.tolist())
    assert after.sums.tolist() == before.sums.tolist()
    assert not recount(stage.admin, rollup.options)


def test_late_rows_of_a_compacted_day_go_into_its_row(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=1)
    yesterday = today() - DAY
    log(stage.admin, [{"age": 1}], at=yesterday + HOUR)
    rollup.run()
    compact(stage, today())
    log(stage.admin, [{"age": 2}, {"age": None}], at=today() - timedelta(microseconds=1))
    rollup.run()
    assert widths(stage) == [(yesterday, DAY, 3)]
    assert not recount(stage.admin, rollup.options)


def test_compacting_again_adds_to_the_days_that_are_there(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=1)
    yesterday = today() - DAY
    log(stage.admin, [{"age": 1}], at=yesterday)
    rollup.run()
    assert (compact(stage, today()), compact(stage, today())) == (1, 0)
    stage.admin.execute("UPDATE watermarks SET compacted_before = %s", (yesterday,))
    log(stage.admin, [{"age": 2}], at=yesterday + HOUR)
    rollup.run()
    stage.admin.execute("UPDATE watermarks SET compacted_before = %s", (yesterday,))
    assert compact(stage, today()) == 1
    assert widths(stage) == [(yesterday, DAY, 2)]
    assert not recount(stage.admin, rollup.options)


def test_a_change_is_not_forgotten_when_older_hours_join_the_day(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=1)
    days_ago = today() - 5 * DAY
    log(stage.admin, [{"age": 1}], at=today() - DAY)
    rollup.run()
    stage.admin.execute(
        "INSERT INTO profile_rollups SELECT reference_id, model_name, version, environment, %s, '1 day', rows, profile,"
        " 500 FROM profile_rollups",
        (days_ago,),
    )
    stage.admin.execute(
        "INSERT INTO profile_rollups SELECT reference_id, model_name, version, environment, %s, '1 hour', rows,"
        " profile, 7 FROM profile_rollups WHERE changed_seq = 500",
        (days_ago + HOUR,),
    )
    compact(stage, today() - 2 * DAY)
    statement = "SELECT rows, changed_seq FROM profile_rollups WHERE bucket_start = %s"
    assert select(stage.admin, statement, days_ago) == [{"rows": 2, "changed_seq": 500}]


def test_days_before_yesterday_are_counted_whole_from_the_start(stage: Stage) -> None:
    rollup = roller(stage, automatic_rows=1)
    log(stage.admin, [{"age": 1}], at=today() - 3 * DAY + 5 * HOUR)
    log(stage.admin, [{"age": 1}], at=today() - DAY + 5 * HOUR)
    rollup.run()
    assert widths(stage) == [(today() - 3 * DAY, DAY, 1), (today() - DAY + 5 * HOUR, HOUR, 1)]


def test_more_days_than_are_in_memory_at_a_time(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "PROFILES_TOGETHER", 2)
    monkeypatch.setattr(job, "PROFILES_TOGETHER", 2)
    rollup = roller(stage, automatic_rows=1)
    yesterday = today() - DAY
    for _ in ("references are frozen", "rows are added to what is there"):
        for model in "abcde":
            for hour in (1, 2, 23):
                log(stage.admin, [{"age": hour}, {"age": None}], model=model, at=yesterday + hour * HOUR)
        rollup.run()
    assert [(width, rows) for _, width, rows in widths(stage)] == [(HOUR, 4)] * 15
    assert not recount(stage.admin, rollup.options)
    assert compact(stage, today()) == 5
    assert widths(stage) == [(yesterday, DAY, 12)] * 5
    assert not recount(stage.admin, rollup.options)


def test_a_compaction_that_fails_changes_nothing_and_leaves_no_cursor(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    rollup = roller(stage, automatic_rows=1)
    yesterday = today() - DAY
    for model in "abcde":
        log(stage.admin, [{"age": 1}], model=model, at=yesterday + HOUR)
    rollup.run()
    before = widths(stage)
    opened: list[Generator[Any]] = []

    def opening(*arguments: Any, **params: Any) -> Generator[Any]:  # noqa: ANN401 - stream's
        opened.append(stream(*arguments, **params))
        return opened[-1]

    failing = Mock(side_effect=[None, RuntimeError("no room")])
    with monkeypatch.context() as patched:
        patched.setattr(profiles, "PROFILES_TOGETHER", 2)
        patched.setattr(profiles, "stream", opening)
        patched.setattr(profiles, "write_profiles", failing)
        with pytest.raises(RuntimeError, match="no room") as kept:  # as the retention job keeps it
            compact(stage, today())
        assert kept.tb is not None
        assert failing.call_count == 2
        assert [getgeneratorstate(generator) for generator in opened] == [GEN_CLOSED]
    assert widths(stage) == before
    assert compact(stage, today()) == 5
    assert not recount(stage.admin, rollup.options)
