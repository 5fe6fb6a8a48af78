"""What a job of the cycle is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, runtime_checkable

from driftgauge.exposition.samples import AnySample
from driftgauge.model.identity import ModelKey

THIRTY_DAYS: Final = timedelta(days=30)
"""What the budget of false alarms is counted over."""


class Job(Protocol):
    """One part of the cycle: reads, calls pure functions, writes, and returns its samples."""

    @property
    def name(self) -> str:
        """The name that its metrics carry."""
        ...

    def run(self) -> tuple[AnySample, ...]:
        """Do the work once. An exception means that something broke; what was written is then rolled back."""
        ...


@runtime_checkable
class WorksOff(Protocol):
    """A job that works off a backlog, a bounded part at a run: so its progress shows, and others get their turn."""

    @property
    def behind(self) -> bool:
        """Whether the last run has left work for a run at once."""
        ...


def model_labels(key: ModelKey, *more: str) -> tuple[str, ...]:
    """Return the label values of an `ml_` series."""
    return (key.model, key.version, key.environment, *more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What the landing page tells of a model's traffic."""

    predictions: int
    last_at: float
