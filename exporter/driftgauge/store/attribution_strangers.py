"""Attributions of features that the reference of their model has not: strangers, by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow, floor_to
from driftgauge.store.attributions import AttributionGroup
from driftgauge.store.execute import Connection, execute_many, fetch_all
from driftgauge.store.profiles import DAY

MOST_STRANGERS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """Attributions of a feature that its reference has not, on one day."""

    reference_id: int
    key: ModelKey
    feature: str
    day: datetime
    rows: int
    first_at: datetime
    last_at: datetime


def add_strangers(connection: Connection, strangers: Iterable[Strangers]) -> None:
    """Add what features have that their references have not; of very many names of a model, the rest goes under ''.

    The caller holds the lock of the roll-ups.
    """
    known: dict[tuple[int, ModelKey], set[str]] = {}
    rows: list[dict[str, object]] = []
    for found in sorted(strangers, key=lambda one: (one.reference_id, one.key, one.day, one.feature)):
        place = found.reference_id, found.key
        names = known.get(place)
        if names is None:
            listed = fetch_all(
                connection, "attributions/read_known_strangers", reference_id=found.reference_id, **_of(found.key)
            )
            names = known[place] = {row.feature_name for row in listed}
        if len(names) < MOST_STRANGERS:
            names.add(found.feature)
        rows.append(
            _of(found.key)
            | {
                "reference_id": found.reference_id,
                "feature_name": found.feature if found.feature in names else "",
                "day": found.day,
                "rows": found.rows,
                "first_at": found.first_at,
                "last_at": found.last_at,
            }
        )
    execute_many(connection, "attributions/add_strangers", rows)


def strangers_of(reference_id: int, groups: Sequence[AttributionGroup]) -> list[Strangers]:
    """Return what groups of features that a reference has not come to, day by day."""
    return [
        Strangers(
            reference_id=reference_id,
            key=group.key,
            feature=group.feature,
            day=floor_to(group.start, DAY),
            rows=group.values.size,
            first_at=group.first_at,
            last_at=group.last_at,
        )
        for group in groups
        if group.feature is not None and group.start is not None
    ]


def read_strangers(connection: Connection, reference_id: int, key: ModelKey, window: TimeWindow) -> list[str]:
    """Return the features with attributions in a window of a model that its reference has not, by name."""
    rows = fetch_all(
        connection,
        "attributions/read_strangers",
        reference_id=reference_id,
        **_of(key),
        window_start=window.start,
        window_end=window.end,
    )
    return [row.feature_name for row in rows]


def _of(key: ModelKey) -> dict[str, object]:
    return {"model_name": key.model, "version": key.version, "environment": key.environment}
