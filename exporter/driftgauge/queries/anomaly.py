"""Whether a model's metrics are as usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftgauge.queries.asking import at_most, hours_back, of_model
from driftgauge.queries.values import finite, utc
from driftgauge.store.execute import Connection, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricVerdict:
    """A metric in the hour from `hour` on: `normal`, `anomalous` or `insufficient_data`.

    `direction` is `up` or `down` of an anomaly. `expected`, `lower` and `upper` are what is usual and what is allowed,
    in the metric's own unit; `score` is the distance from usual in multiples of what is allowed.
    """

    version: str
    environment: str
    metric: str
    hour: datetime
    verdict: str
    direction: str | None
    reason: str
    value: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    score: float | None
    rows: int


def anomalies(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    hours: float = 24,
    limit: int = 100,
) -> list[MetricVerdict]:
    """Return the anomalies of a model in the last hours, and what each metric was last, the newest first.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection,
        "show/anomalies",
        **of_model(model, version, environment),
        hours=hours_back(hours),
        rows=at_most(limit),
    )
    return [
        MetricVerdict(
            version=row.version,
            environment=row.environment,
            metric=row.metric_name,
            hour=utc(row.bucket_start),
            verdict=row.verdict,
            direction=row.direction,
            reason=row.reason,
            value=finite(row.value),
            expected=finite(row.expected),
            lower=finite(row.lower),
            upper=finite(row.upper),
            score=finite(row.score),
            rows=row.rows,
        )
        for row in rows
    ]
