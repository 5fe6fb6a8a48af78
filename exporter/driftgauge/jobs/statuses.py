"""Which statuses of a model are counted by their names: the first few for good, all others together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from driftgauge.exposition.snapshot import FOLDED
from driftgauge.model.identity import ModelKey
from driftgauge.model.traffic import TrafficSummary
from driftgauge.store.predictions import SliceGroup
from driftgauge.store.traffic import TrafficBucket

MOST_STATUSES: Final = 20
ALWAYS: Final = frozenset({"success", "error", FOLDED})
"""Statuses that have their names beside those: a model's first error may come late, and must be seen as one."""

Statuses = dict[ModelKey, set[str]]


def name_statuses(groups: Sequence[SliceGroup], known: Statuses) -> list[SliceGroup]:
    """Return groups under the statuses that they are counted by, and add to the `known` as long as there is room.

    Of those that are new, the more frequent come first. A status that has its name keeps it, and one that has none
    never gets one: a counter that moved between the two would fall, or count twice.
    """
    rows: Counter[tuple[ModelKey, str]] = Counter()
    for group in groups:
        rows[group.key, group.status] += group.predictions
    for key, status in sorted(rows, key=lambda place: (-rows[place], place)):
        named = known.setdefault(key, set())
        if status in ALWAYS or len(named) - len(named & ALWAYS) < MOST_STATUSES:
            named.add(status)
    return [group if group.status in known[group.key] else replace(group, status=FOLDED) for group in groups]


def add_minutes(
    minutes: dict[TrafficBucket, TrafficSummary], groups: Iterable[SliceGroup], summaries: Iterable[TrafficSummary]
) -> None:
    """Add the summary of each group to that of its minute."""
    for group, summary in zip(groups, summaries, strict=True):
        bucket = TrafficBucket(key=group.key, status=group.status, start=group.start)
        minutes[bucket] = minutes[bucket] + summary if bucket in minutes else summary
