"""Recount the rows that are here, after a restore has parted them from the roll-ups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from driftgauge.jobs.attributions import AttributionReport, AttributionRollup
from driftgauge.jobs.outcome_joining import JoinReport, OutcomeJoin
from driftgauge.jobs.rollup import Rollup, RollupReport
from driftgauge.model.window import floor_to
from driftgauge.store.attributions import wait_for_attributions_lock
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database
from driftgauge.store.horizon import read_mark
from driftgauge.store.outcomes import reset_outcomes, wait_for_outcomes_lock
from driftgauge.store.profiles import DAY
from driftgauge.store.rebuild import Reset, reset_attributions, reset_rollups
from driftgauge.store.watermarks import wait_for_rollup_lock


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """What was set back, and what the roll-up and the join of outcomes have counted again since."""

    reset: Reset
    rollup: RollupReport
    join: JoinReport
    attributions: tuple[AttributionReport, ...] = ()


def rebuild(
    database: Database,
    rollup: Rollup,
    join: OutcomeJoin,
    attributions: Sequence[AttributionRollup] = (),
    *,
    rollups_kept: timedelta,
) -> RebuildReport | None:
    """Set the roll-ups back and count again; None if nothing was ever rolled up.

    References stay, and so does the history whose rows are gone. The reset is one transaction; the recount is the
    ordinary roll-up, which the exporter takes up where this leaves off.
    """
    with database.transaction() as connection:
        wait_for_rollup_lock(connection)
        wait_for_outcomes_lock(connection)
        wait_for_attributions_lock(connection)
        oldest = floor_to(read_now(connection) - rollups_kept, DAY) + DAY
        reset = reset_rollups(connection, high=read_mark(connection).high, oldest=oldest)
        if reset is not None:
            reset_outcomes(connection, floor=reset.floor)
        for each in attributions:
            high = read_mark(connection, each.table).high
            reset_attributions(connection, each.explanation_type, high=high, oldest=oldest)
    if reset is None:
        return None
    return RebuildReport(
        reset=reset,
        rollup=rollup.run(),
        join=join.run(),
        attributions=tuple(each.run() for each in attributions),
    )
