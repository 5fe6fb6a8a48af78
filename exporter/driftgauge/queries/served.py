"""Which models there are, and how much traffic one had over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.errors import BadInput
from driftgauge.queries.asking import of_model, whole_days
from driftgauge.queries.values import utc
from driftgauge.store.execute import Connection, fetch_all

MOST_STEPS: Final = 200
STEPS: Final = tuple(timedelta(minutes=minutes) for minutes in (15, 60, 6 * 60, 24 * 60, 7 * 24 * 60))


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """A model that was ever counted; the moments are the event times of its first and its last prediction."""

    model: str
    version: str
    environment: str
    predictions: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficStep:
    """The traffic of a model from `start` up to `end`, which is later than now in the step that is not over.

    The mean latency is over the `timed` predictions, those with a finite latency; None where there are none.
    """

    start: datetime
    end: datetime
    predictions: int
    errors: int
    timed: int
    mean_latency_ms: float | None


def models(connection: Connection) -> list[ServedModel]:
    """Return every model that was ever counted, by name, version and environment."""
    return [
        ServedModel(
            model=row.model_name,
            version=row.version,
            environment=row.environment,
            predictions=row.predictions,
            first_at=utc(row.first_at),
            last_at=utc(row.last_at),
        )
        for row in fetch_all(connection, "show/models")
    ]


def traffic_trend(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    days: int = 7,
    step: timedelta | None = None,
) -> list[TrafficStep]:
    """Return the traffic of a model over UTC days, today the last, in steps; one without any is left out.

    A step is as short as makes at most 200 of them, unless one is given. It is read from the roll-ups, and so goes back
    as far as those of minutes are kept.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    wide = step_for(whole_days(days)) if step is None else step
    if wide < timedelta(seconds=1):
        raise BadInput(f"step is {wide}; give a second or more")
    rows = fetch_all(
        connection,
        "show/traffic_trend",
        **of_model(model, version, environment),
        days=whole_days(days),
        step=wide.total_seconds(),
    )
    return [
        TrafficStep(
            start=utc(row.start),
            end=utc(row.start) + wide,
            predictions=row.predictions,
            errors=row.errors,
            timed=row.timed,
            mean_latency_ms=1000 * row.latency_seconds / row.timed if row.timed else None,
        )
        for row in rows
    ]


def step_for(days: int) -> timedelta:
    """Return the shortest step of which a span has at most 200; the longest that there is, of very many days.

    Examples
    --------
    >>> str(step_for(1)), str(step_for(7)), str(step_for(30))
    ('0:15:00', '1:00:00', '6:00:00')
    """
    return next((step for step in STEPS if timedelta(days=days) <= MOST_STEPS * step), STEPS[-1])
