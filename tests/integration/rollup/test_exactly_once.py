"""However writers and rollers interleave and whoever is killed, the roll-ups equal a recount of the rows."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from driftgauge.store.execute import Connection, fetch_all
from driftgauge.store.horizon import Horizon, read_mark
from driftgauge.store.predictions import SliceGroup
from integration.rollup.oracle import recount, select
from integration.rollup.rows import roller
from integration.rollup.schedule import SCHEMA, Schedule, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCHEDULES: Final = int(os.environ.get("DRIFTGAUGE_SCHEDULES", "80"))
MUTANT_SCHEDULES: Final = 60  # the slowest to be found, holders_first, differs in the tenth

# A roller in a process of its own, which dies by SIGKILL just before it sends its n-th statement.
ROLLER: Final = """
import os, signal, sys
from datetime import timedelta
from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.rollup import Rollup
from driftgauge.store import catalog, execute
from driftgauge.store.database import Database

dsn, schema, left = sys.argv[1], sys.argv[2], int(sys.argv[3])

def query(name):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return catalog.query(name)

execute.query = query
database = Database(lambda: dsn, schema=schema, application_name="killed roller")
options = RollupOptions(profile_bucket=timedelta(minutes=5), slice_rows=5, automatic_rows=5)
Rollup(database, options, lambda _: None).run()
"""


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_roll_ups_equal_a_recount(stage: Stage, seed: int) -> None:
    schedule = Schedule(stage, seed)
    faults = schedule.play()
    assert not faults, "\n".join([f"seed {seed}:", *faults, *schedule.log])


@pytest.mark.timeout(300)
def test_a_roller_killed_by_the_kernel_leaves_nothing_half_done(stage: Stage) -> None:
    rng = random.Random(2)  # noqa: S311 - a schedule has to be repeatable
    now = datetime.now(UTC)
    for left in (5, 9, 12, 15, 18, 22):
        for _ in range(20):
            rng.choice(stage.writers).step(rng, now)
        for writer in stage.writers:
            writer.finish(rng)
        ended = subprocess.run([sys.executable, "-c", ROLLER, stage.dsn, SCHEMA, str(left)], check=False)
        assert ended.returncode == -signal.SIGKILL
    rollup = roller(stage, profile_bucket=timedelta(minutes=5), slice_rows=5, automatic_rows=5)
    rollup.run()
    assert not recount(stage.admin, rollup.options)


def without_holders(connection: Connection, _table: str) -> Horizon:
    """The naive watermark: whatever number has been seen is taken for final."""
    [row] = select(connection, "SELECT coalesce(max(ingest_seq), 0) AS high FROM prediction_logs")
    mark = read_mark(connection)
    return Horizon(mark=replace(mark, high=row["high"]), holders=())


def holders_first(connection: Connection, table: str) -> Horizon:
    """A writer that begins between the two readings is below the mark, and not waited for."""
    holders = tuple(row.holder for row in fetch_all(connection, "rollup/read_holders", table=table))
    return Horizon(mark=read_mark(connection), holders=holders)


def holders_of_the_parent(connection: Connection, _table: str) -> Horizon:
    """A writer straight into a partition holds no lock on the table itself."""
    mark = read_mark(connection)
    statement = (
        "SELECT virtualtransaction AS holder FROM pg_locks"
        " WHERE relation = 'prediction_logs'::regclass AND mode = 'RowExclusiveLock'"
    )
    return Horizon(mark=mark, holders=tuple(row["holder"] for row in select(connection, statement)))


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("mutant", "first"), [(without_holders, 0), (holders_first, 9), (holders_of_the_parent, 0)])
def test_a_wrong_horizon_miscounts(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, mutant: Callable[[Connection, str], Horizon], first: int
) -> None:
    monkeypatch.setattr("driftgauge.jobs.finality.read_horizon", mutant)
    assert any(Schedule(stage, seed).play() for seed in (first, *range(MUTANT_SCHEDULES))), "no schedule tells it apart"


def only_the_first(group: SliceGroup, segments: frozenset[str]) -> dict[str, Sequence[str]]:
    """A group is taken to be of one segment."""
    first = group.segments[0]
    return {first if first in segments else "": group.documents}


def with_others(group: SliceGroup, segments: frozenset[str]) -> dict[str, Sequence[str]]:
    """The rows of a segment are counted in the whole as well, which is their sum."""
    return {**dict.fromkeys(segments & set(group.segments), group.documents), "": group.documents}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("mutant", "first"), [(only_the_first, 3), (with_others, 2)])
def test_segments_counted_otherwise_miscount(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    mutant: Callable[[SliceGroup, frozenset[str]], dict[str, Sequence[str]]],
    first: int,
) -> None:
    monkeypatch.setattr("driftgauge.jobs.profiler._by_segment", mutant)
    assert any(Schedule(stage, seed).play() for seed in (first, *range(MUTANT_SCHEDULES))), "no schedule tells it apart"
