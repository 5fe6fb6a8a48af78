"""A table of the operator's own: which of its columns are what, and how far back it is read."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from pydantic import Field, SecretStr

from driftgauge.config.connection import read_conninfo
from driftgauge.config.section import Section
from driftgauge.config.values import DAY, FilePath, Interval, Name, Names, Relation, SourceName, Span

MOST_SOURCES: Final = 32
"""Each is a job of its own."""


class SourceSettings(Section):
    """A source: exactly one of `relation` and `query`, and of `model` and `model_column`."""

    name: SourceName = Field(description="What metrics and messages call it.")
    dsn: SecretStr | None = Field(
        default=None, description="Connection to where it is; none, and no dsn_file: that of database."
    )
    dsn_file: FilePath | None = Field(default=None, description="File with the connection instead.")
    relation: Relation | None = Field(default=None, description="Table or view, as name or schema.name.")
    query: Name | None = Field(default=None, description="One SELECT instead of a relation.")
    time: Name = Field(description="Column with the event time: timestamptz, or timestamp in UTC.")
    model: Name | None = Field(default=None, description="The model that all rows are of.")
    model_column: Name | None = Field(default=None, description="Column with the model's name instead.")
    version: Name | None = Field(default=None, description="The version of all rows; none: unversioned.")
    version_column: Name | None = Field(default=None, description="Column with the version instead.")
    environment: Name | None = Field(default=None, description="The environment of all rows; none: production.")
    environment_column: Name | None = Field(default=None, description="Column with the environment instead.")
    features: Names = Field(
        default=(),
        description="Columns that are features; none: all of a fitting type, but for keys and those named here.",
    )
    latency_ms: Name | None = Field(default=None, description="Column with how long a prediction took.")
    status: Name | None = Field(default=None, description="Column with the status; none: success.")
    confidence: Name | None = Field(default=None, description="Column with the model's confidence.")
    segment: Name | None = Field(
        default=None, description="Column with the part of the traffic, which may be a feature, too."
    )
    lookback: Span = Field(
        default=timedelta(minutes=10),
        description="How far back rows are read again: longer than any row takes to become visible.",
    )
    history: Span = Field(default=7 * DAY, description="How far back the first reading goes.")
    every: Interval = Field(default=timedelta(minutes=1), description="Time between two readings.")

    def conninfo(self) -> str | None:
        """Return the source's own connection string, reading `dsn_file` anew; None where it has none.

        Raises
        ------
        ConfigError
            When `dsn_file` cannot be read or is empty.
        """
        if self.dsn is None and self.dsn_file is None:
            return None
        return read_conninfo(self.dsn, self.dsn_file, place="dsn_file")
