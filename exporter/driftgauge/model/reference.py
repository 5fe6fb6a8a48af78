"""What the current window is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from driftgauge.model.identity import ModelKey


class ReferenceSource(StrEnum):
    """Where a reference's rows came from."""

    TIME_RANGE = "time_range"
    FILE = "file"
    QUERY = "query"
    AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One registered reference; a version or environment of None serves every one of them.

    `segments` are the parts of a model's rows that are judged apart, those with most rows first.
    """

    reference_id: int
    model: str
    version: str | None
    environment: str | None
    source: ReferenceSource
    description: str
    rows: int
    window_start: datetime | None
    window_end: datetime | None
    active: bool
    created_at: datetime
    segments: tuple[str, ...] = ()

    def serves(self, key: ModelKey) -> bool:
        """Tell whether the reference applies to `key`."""
        return (
            self.model == key.model
            and self.version in (None, key.version)
            and self.environment in (None, key.environment)
        )


def reference_for(key: ModelKey, references: Iterable[Reference]) -> Reference | None:
    """Return the reference that `key` is compared with, None if no active one serves it.

    One that somebody set outranks an automatic one; then the more specific wins, and a version weighs more than an
    environment.
    """
    serving = [reference for reference in references if reference.active and reference.serves(key)]
    return max(
        serving,
        key=lambda reference: (
            reference.source is not ReferenceSource.AUTOMATIC,
            reference.version is not None,
            reference.environment is not None,
            reference.reference_id,
        ),
        default=None,
    )
