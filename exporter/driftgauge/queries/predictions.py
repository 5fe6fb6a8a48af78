"""How many predictions there were, how they ended, and how long they took."""

from __future__ import annotations

from dataclasses import dataclass

from driftgauge.queries.asking import hours_back, of_model
from driftgauge.store.execute import Connection, fetch_one


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionSummary:
    """Predictions of a span; what is neither `success` nor `error` counts in `total` only.

    The latencies are exact, over the `timed` predictions whose latency can be right: finite and not negative. They are
    None when there is none.
    """

    total: int
    success: int
    error: int
    timed: int
    mean_latency_ms: float | None
    p95_latency_ms: float | None
    min_latency_ms: float | None
    max_latency_ms: float | None

    @property
    def success_rate(self) -> float | None:
        """The share of the predictions that succeeded; None when there were none."""
        return self.success / self.total if self.total else None


def prediction_summary(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    hours: float = 24,
) -> PredictionSummary:
    """Return the summary of a model's predictions of the last hours.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    row = fetch_one(
        connection, "show/prediction_summary", **of_model(model, version, environment), hours=hours_back(hours)
    )
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY has its one row
    return PredictionSummary(
        total=row.total,
        success=row.success,
        error=row.error,
        timed=row.timed,
        mean_latency_ms=row.mean_latency_ms,
        p95_latency_ms=row.p95_latency_ms,
        min_latency_ms=row.min_latency_ms,
        max_latency_ms=row.max_latency_ms,
    )
