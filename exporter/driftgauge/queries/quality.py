"""Whether a model's rows and features are sound as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftgauge.queries.asking import hours_back, of_model
from driftgauge.queries.values import finite, utc
from driftgauge.store.execute import Connection, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityCheck:
    """The last verdict of one check: `sound`, `faulty` or `insufficient_data`; `feature` is None for checks of rows.

    `value` and `threshold` are shares, or seconds of silence.
    """

    version: str
    environment: str
    feature: str | None
    check: str
    verdict: str
    value: float | None
    threshold: float | None
    rows: int | None
    reason: str
    window_end: datetime


def data_quality(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    hours: float = 24,
) -> list[QualityCheck]:
    """Return the last verdict of each check of a model in the last hours, faults first.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(connection, "show/data_quality", **of_model(model, version, environment), hours=hours_back(hours))
    return [
        QualityCheck(
            version=row.version,
            environment=row.environment,
            feature=row.feature_name,
            check=row.check_name,
            verdict=row.verdict,
            value=finite(row.value),
            threshold=finite(row.threshold),
            rows=row.rows,
            reason=row.reason,
            window_end=utc(row.window_end),
        )
        for row in rows
    ]
