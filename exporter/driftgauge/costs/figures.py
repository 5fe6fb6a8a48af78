"""What a bench has measured, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from driftgauge.costs.spread import Spread


class Way(StrEnum):
    """How a service logs its predictions."""

    NOTHING = "nothing"
    """Not at all: what the measurement itself costs."""
    CLIENT = "client"
    """`log_prediction`: the row is queued, and stored in the background."""
    INSERT = "insert"
    """An INSERT a prediction on a connection that is open."""
    EXECUTEMANY = "executemany"
    """Many INSERTs in one transaction."""
    COPY = "copy"
    """One COPY of many rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggingCost:
    """What one call costs the thread that logs: microseconds, and predictions a second."""

    way: Way
    rows_a_call: int
    calls: int
    p50: Spread
    p99: Spread
    rate: Spread

    @property
    def a_prediction(self) -> float:
        """Microseconds a prediction, in the middle."""
        return self.p50.median / self.rows_a_call


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStream:
    """What became of all rows that the client was given, and how many Postgres took a second while it was behind."""

    accepted: int
    stored: int
    dropped: int
    rate: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCost:
    """How much of an operation a second gets done without logging and with it, and the share lost, pair by pair."""

    operation: str
    unit: str
    without: Spread
    logged: Spread
    loss: Spread


class RowKind(StrEnum):
    """Where the rows that are rolled up come from."""

    JSONB = "jsonb"
    """`prediction_logs`, with features as jsonb."""
    TYPED = "typed"
    """A source with a column a feature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupCost:
    """Seconds that so many new rows take; of jsonb, the shares of reading the rows and of parsing documents."""

    kind: RowKind
    rows: int
    seconds: Spread
    reading_share: float | None = None
    parsing_share: float | None = None

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds.median


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationCost:
    """Milliseconds that judging so many models takes, once, with so many features in a window of so many hours."""

    models: int
    features: int
    hours: float
    rows: int
    milliseconds: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapeCost:
    """Milliseconds that rendering takes, once a cycle, and what a scrape then sends."""

    series: int
    milliseconds: Spread
    size: int
    gzip_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionCost:
    """Milliseconds that a question of the read API takes; `answers` is how many rows it had to tell."""

    question: str
    calls: int
    answers: int
    p50: Spread
    p99: Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRead:
    """How Postgres would read the newest rows of a table of the user's: by an index, or all of it.

    `rows` and `cost` are the planner's; `mend` is the statement that would help.
    """

    table: str
    purpose: str
    rows: int
    cost: float
    whole: bool
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Nanoseconds: what the clock can tell apart, and what asking it twice costs."""

    resolution: float
    overhead: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All that was measured; a part that was left out is empty."""

    clock: Clock
    logging: tuple[LoggingCost, ...] = ()
    stream: ClientStream | None = None
    operations: tuple[OperationCost, ...] = ()
    rollup: tuple[RollupCost, ...] = ()
    evaluation: tuple[EvaluationCost, ...] = ()
    scrape: tuple[ScrapeCost, ...] = ()
    questions: tuple[QuestionCost, ...] = ()
    tables: tuple[TableRead, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the figures are held against: the traffic that is expected, and how driftgauge is configured.

    Seconds; None is not known.
    """

    expected_rate: float | None = None
    expected_models: int | None = None
    rollup_every: float = 15.0
    drift_every: float = 60.0
    slice_rows: int = 20_000
    max_series: int = 100_000
    queue_rows: int = 50_000
