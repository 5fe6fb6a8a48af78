"""Where a source's rows are, and which of its columns are what."""

from __future__ import annotations

from dataclasses import dataclass

from driftgauge.store.faults import quoted


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a row is labelled with: the text of a column, `otherwise` where that is NULL or there is none."""

    column: str | None = None
    otherwise: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """A relation, or where that is empty a query, and the columns of it that have a role.

    Without `features`, every column of a fitting type is one, but for keys and those of another role; that of the
    segment may be a feature, too.
    """

    name: str
    time: str
    model: Label
    relation: tuple[str, ...] = ()
    query: str = ""
    version: Label = Label(otherwise="unversioned")
    environment: Label = Label(otherwise="production")
    status: Label = Label(otherwise="success")
    features: tuple[str, ...] = ()
    latency_ms: str | None = None
    confidence: str | None = None
    segment: str | None = None

    @property
    def place(self) -> str:
        """Where the rows are, as messages and Postgres say it."""
        return ".".join(map(quoted, self.relation)) if self.relation else "its query"

    @property
    def quoted_time(self) -> str:
        """The time column as one would type it."""
        return quoted(self.time)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The columns that must be numbers."""
        return tuple(column for column in (self.latency_ms, self.confidence) if column is not None)

    @property
    def taken(self) -> tuple[str, ...]:
        """The columns whose role leaves them no feature."""
        labels = (self.model, self.version, self.environment, self.status)
        return (self.time, *self.numbers, *(label.column for label in labels if label.column is not None))

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that must be there."""
        return (*self.taken, *self.features, *([] if self.segment is None else [self.segment]))
