"""Acknowledgements under way: noted before Alertmanager is called, so that what a killed program began is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from driftgauge.store.execute import Connection, execute, fetch_all, fetch_one


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """An acknowledgement of an alert that somebody has begun: its silence is to last until a moment."""

    alert_id: int
    by: str
    until: datetime

    @property
    def mark(self) -> str:
        """What the comment of its silence begins with."""
        return f"driftgauge alert {self.alert_id}: "


def begin_acknowledgement(connection: Connection, alert_id: int, *, by: str, span: timedelta) -> Underway | None:
    """Note that somebody is about to acknowledge an alert; None if somebody else is, already."""
    row = fetch_one(connection, "alerts/begin_acknowledgement", alert_id=alert_id, acknowledged_by=by, span=span)
    return None if row is None else _underway(row)


def read_abandoned(connection: Connection, *, after: timedelta, ids: Sequence[int] | None = None) -> list[Underway]:
    """Return what somebody began longer ago than it takes, or gave up; of some alerts only, if they are named."""
    named = None if ids is None else list(ids)
    return [_underway(row) for row in fetch_all(connection, "alerts/read_abandoned", after=after, ids=named)]


def give_up(connection: Connection, underway: Underway) -> None:
    """Note that whoever began it does not know what became of it."""
    execute(connection, "alerts/give_up_acknowledgement", **_columns(underway))


def end_acknowledgement(connection: Connection, underway: Underway) -> bool:
    """Note that it is over; False: somebody else has found out what became of it."""
    return execute(connection, "alerts/end_acknowledgement", **_columns(underway)) == 1


def _underway(row: Any) -> Underway:  # noqa: ANN401 - a named tuple of the query's own columns
    return Underway(alert_id=row.alert_id, by=row.acknowledged_by, until=row.silenced_until)


def _columns(underway: Underway) -> dict[str, object]:
    return {
        "alert_id": underway.alert_id,
        "acknowledged_by": underway.by,
        "silenced_until": underway.until,
    }
