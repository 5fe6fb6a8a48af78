"""Rows that come within the lookback count exactly, in whatever order; what comes later still is found and counted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import pytest

from driftgauge.jobs import sources
from driftgauge.jobs.reference_setting import freeze_source, put_in_force
from driftgauge.jobs.retention import RetentionJob, RetentionOptions
from driftgauge.model.reference import ReferenceSource
from driftgauge.model.window import floor_to
from driftgauge.store.columns import open_query, query_session
from driftgauge.store.horizon import read_mark
from driftgauge.store.predictions import ModelFilter
from driftgauge.store.watermarks import complete_horizon, gain_rollup_lock, lock_watermark, wait_for_rollup_lock
from fixtures.soak import amount
from integration.sources.shop import (
    DAY,
    HOUR,
    ROLLUP,
    TABLE,
    drain,
    kept_traffic,
    recount_profiles,
    recount_traffic,
    same_profiles,
    scored,
    value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from driftgauge.store.execute import Connection
    from integration.sources.shop import Shop

SCHEDULES = amount(6, soak=300)
STRIDE = 13 if SCHEDULES == 6 else 1  # statements from one kill to the next
MINUTE = timedelta(minutes=1)
LOOKBACK = 2 * HOUR
# A reader in a process of its own, which dies by SIGKILL just before it sends its n-th statement of ours.
READER = """
import os, signal, sys, threading
from driftgauge.store import catalog, execute
from driftgauge.store.database import Database
from driftgauge.jobs.source_reading import SourceOptions
from driftgauge.jobs.sources import SourceJob
from integration.sources.shop import DAY, HOUR, ROLLUP, TABLE

ours, theirs, left = sys.argv[1], sys.argv[2], int(sys.argv[3])

def query(name):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return catalog.query(name)

execute.query = query
options = SourceOptions(table=TABLE, lookback=2 * HOUR, history=2 * DAY, configured=frozenset({"orders"}))
foreign = Database(lambda: theirs, schema="pg_catalog", foreign=True)
job = SourceJob(Database(lambda: ours, schema="driftgauge"), foreign, options, ROLLUP, threading.Lock())
job.run()
while job.behind:
    job.run()
print("done", flush=True)
os._exit(0)
"""
LATE = "driftgauge_source_late_rows_total"


def play(shop: Shop, seed: int, lookback: timedelta, turns: int = 40) -> None:
    """Let writers insert, commit and roll back rows of the last two hours, while two exporters read."""
    rng = np.random.default_rng(seed)
    jobs = [shop.job(lookback=lookback) for _ in range(2)]
    with ExitStack() as stack:
        dsn = shop.owner.info.dsn
        writers = [stack.enter_context(psycopg.connect(dsn, password=shop.owner.info.password)) for _ in range(4)]
        for _ in range(turns):
            action, writer = (
                rng.choice(["insert", "commit", "rollback", "read"], p=[0.55, 0.15, 0.05, 0.25]),
                rng.integers(4),
            )
            if action == "insert":
                late = (LOOKBACK - MINUTE) * float(rng.random())
                rows = [scored(shop.now() - late * float(rng.random()), rng) for _ in range(rng.integers(1, 40))]
                shop.insert(rows, writers[writer])
            elif action == "commit":
                writers[writer].commit()
            elif action == "rollback":
                writers[writer].rollback()
            else:
                jobs[rng.integers(2)].run()
        for one in writers:
            one.commit()
    drain(jobs[0])


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_rows_late_within_the_lookback_equal_a_full_recount(shop: Shop, seed: int) -> None:
    shop.sell(250, ago=LOOKBACK, over=LOOKBACK)
    play(shop, seed, LOOKBACK)
    expected = recount_traffic(shop.owner)
    assert kept_traffic(shop) == expected
    assert same_profiles(shop, recount_profiles(shop))
    assert sum(shop.totals().values()) == sum(count for count, _ in expected.values())


def test_the_schedules_would_show_a_lookback_that_is_too_short(shop: Shop) -> None:
    shop.sell(250, ago=LOOKBACK, over=LOOKBACK)
    play(shop, 1, timedelta(seconds=1), turns=60)
    assert kept_traffic(shop) != recount_traffic(shop.owner)


def test_rows_later_than_the_lookback_are_found_by_the_audit_and_counted(shop: Shop) -> None:
    shop.sell(300, ago=6 * HOUR, over=6 * HOUR)
    drain(shop.job())
    shop.sell(25, ago=4 * HOUR)
    shop.sell(5, ago=3 * HOUR)
    assert value(drain(shop.job()), LATE) == 0  # it is not time yet
    assert kept_traffic(shop) != recount_traffic(shop.owner)
    shop.audit_is_due()
    assert value(drain(shop.job()), LATE) == 30
    assert kept_traffic(shop) == recount_traffic(shop.owner)
    assert same_profiles(shop, recount_profiles(shop))
    assert sum(shop.totals().values()) == 330
    shop.audit_is_due()
    assert value(drain(shop.job()), LATE) == 30


def test_an_audit_that_another_exporter_overtakes_is_done_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sell(300, ago=6 * HOUR, over=6 * HOUR)
    drain(shop.job())
    shop.sell(25, ago=4 * HOUR)
    shop.audit_is_due()
    job = shop.job()

    def overtaken(*_: object) -> dict[object, int]:
        shop.admin.execute("UPDATE sources SET revision = revision + 1")
        return {}

    with monkeypatch.context() as patch:
        patch.setattr(sources, "count_kept", overtaken)
        assert value(drain(job), LATE) == 0
    assert value(drain(job), LATE) == 25


def test_a_model_that_only_came_late_is_found_too(shop: Shop) -> None:
    by_version = replace(TABLE, version=replace(TABLE.version, column="model_version"))
    shop.sell(300, ago=6 * HOUR)
    drain(shop.job(by_version))
    shop.sell(3, ago=4 * HOUR, model_version="8")
    shop.audit_is_due()
    assert value(drain(shop.job(by_version)), LATE) == 3


def test_the_audit_reaches_a_day_beyond_the_lookback(shop: Shop) -> None:
    shop.sell(300, ago=HOUR)
    drain(shop.job(history=5 * DAY))
    shop.sell(10, ago=4 * DAY)
    shop.audit_is_due()
    assert value(drain(shop.job(history=5 * DAY)), LATE) == 0


def test_days_that_are_compacted_are_read_again_as_days(shop: Shop) -> None:
    shop.sell(900, ago=3 * DAY, over=3 * DAY)
    drain(shop.job(history=5 * DAY))
    compact(shop)
    widths = [row["bucket_width"] for row in shop.select("SELECT bucket_width FROM profile_rollups")]
    assert DAY in widths
    lookback = DAY + 4 * HOUR  # so that the audit reaches whole days
    now = shop.now()
    midnight = floor_to(now - lookback, DAY)  # of rows after it, the day is read again anyway
    shop.sell(40, ago=now - midnight + HOUR / 2)
    shop.audit_is_due()
    assert value(drain(shop.job(history=5 * DAY, lookback=lookback)), LATE) == 40
    assert shop.profile().rows == 940
    assert kept_traffic(shop) == recount_traffic(shop.owner)
    shop.sell(30, ago=DAY + 3 * HOUR)  # a day again, within the lookback
    drain(shop.job(history=5 * DAY, lookback=lookback))
    assert shop.profile().rows == 970
    assert kept_traffic(shop) == recount_traffic(shop.owner)


def test_what_came_while_the_exporter_was_down_is_read_from_where_it_stopped(shop: Shop) -> None:
    shop.sell(300, ago=8 * HOUR)
    drain(shop.job())
    shop.admin.execute("UPDATE sources SET read_to = read_to - INTERVAL '7 hours'")
    shop.sell(300, ago=7 * HOUR, over=7 * HOUR)
    assert value(drain(shop.job()), LATE) == 0
    assert kept_traffic(shop) == recount_traffic(shop.owner)
    assert same_profiles(shop, recount_profiles(shop))


def test_a_clock_that_goes_back_takes_no_row_back(shop: Shop) -> None:
    shop.sell(300, ago=MINUTE)
    drain(shop.job())
    ahead = shop.now() + MINUTE / 2
    shop.admin.execute("UPDATE sources SET read_to = %s", (ahead,))  # as if the clock had been there
    shop.insert([scored(ahead - timedelta(seconds=1), shop.rng) for _ in range(5)])
    for _ in range(2):
        drain(shop.job())
        assert sum(shop.totals().values()) == 305
        assert sum(count for count, _ in kept_traffic(shop).values()) == 305


def test_a_write_that_fails_leaves_everything_as_it_was(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sell(300, ago=2 * HOUR, over=2 * HOUR)
    drain(shop.job())
    before = (kept_traffic(shop), shop.totals(), shop.select("SELECT * FROM sources"))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    shop.sell(50, ago=5 * MINUTE)
    with monkeypatch.context() as patch:
        patch.setattr(sources, "advance", fail)
        with pytest.raises(RuntimeError, match="killed"):
            drain(shop.job())
    assert (kept_traffic(shop), shop.totals(), shop.select("SELECT * FROM sources")) == before
    drain(shop.job())
    assert kept_traffic(shop) == recount_traffic(shop.owner)
    assert sum(shop.totals().values()) == 350


def test_a_reader_that_is_killed_at_any_statement_leaves_what_the_next_one_completes(
    shop: Shop, exporter_dsn: str, reader_dsn: str
) -> None:
    shop.sell(250, ago=2 * HOUR, over=2 * HOUR)
    statements, ended = 0, False
    while not ended:
        done = subprocess.run(
            [sys.executable, "-c", READER, exporter_dsn, reader_dsn, str(statements)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        ended = done.stdout == "done\n"
        assert ended or done.returncode == -signal.SIGKILL, done.stderr
        statements += STRIDE
        if not ended:
            shop.sell(3, ago=HOUR)
    assert statements > 3 * STRIDE
    drain(shop.job(lookback=LOOKBACK))
    expected = recount_traffic(shop.owner)
    assert kept_traffic(shop) == expected
    assert same_profiles(shop, recount_profiles(shop))
    assert sum(shop.totals().values()) == sum(count for count, _ in expected.values())


def test_of_two_exporters_the_one_that_read_first_gives_way(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.sell(300, ago=20 * MINUTE)
    drain(shop.job())
    late: list[Callable[[], object]] = [lambda: shop.sell(40, ago=5 * MINUTE), lambda: drain(shop.job())]

    def wait(connection: Connection) -> bool:
        while late:
            late.pop(0)()
        return gain_rollup_lock(connection)

    job = shop.job()
    monkeypatch.setattr(sources, "gain_rollup_lock", wait)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "_turn", ExitStack())
        job.run()
    assert job.behind
    assert kept_traffic(shop) == recount_traffic(shop.owner)
    drain(job)
    assert sum(shop.totals().values()) == 340


def test_a_reference_that_somebody_sets_is_counted_on_from_the_first_row(shop: Shop) -> None:
    shop.sell(600, ago=30 * HOUR, over=30 * HOUR)
    drain(shop.job())
    first = shop.profile().layout
    with query_session(shop.foreign) as connection:
        frozen = freeze_source(
            open_query(connection, "SELECT amount, age, took_ms FROM shop.fraud_scores"),
            source=ReferenceSource.QUERY,
            description="a query",
            options=ROLLUP.of_model("fraud"),
            bucket=HOUR,
        )
    shop.admin.execute("UPDATE reference_profiles SET active = FALSE")
    put_in_force(shop.database, ModelFilter(model="fraud"), frozen, ROLLUP)
    drain(shop.job())
    profile = shop.profile()
    assert list(profile.layout.features) == ["age", "amount", "took_ms"] != list(first.features)
    assert profile.rows == 600
    assert profile.feature("took_ms").missing == 600  # no feature of the source
    assert profile.feature("age").n == 600
    assert sum(shop.totals().values()) == 600


def compact(shop: Shop) -> None:
    """Compact as the retention job does once the roll-up has caught up."""
    with shop.database.transaction() as connection:
        wait_for_rollup_lock(connection)
        mark = read_mark(connection)
        lock_watermark(connection, mark.high)
        complete_horizon(connection, mark.read_at)
    days: Any = {"predictions": 30 * DAY, "rollups": 400 * DAY, "results": 90 * DAY, "partitions_ahead": DAY}
    RetentionJob(shop.database, RetentionOptions(**days)).run()
