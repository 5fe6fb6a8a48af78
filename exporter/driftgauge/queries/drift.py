"""What the drift tests found: alerts of late, and the trend by day; replays are left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from driftgauge.queries.asking import at_most, hours_back, of_model, whole_days
from driftgauge.queries.values import finite, utc
from driftgauge.store.execute import Connection, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAlert:
    """A drifted feature that somebody should hear of; `score` and `threshold` are of the test that decided it.

    `segment` is the part of the rows that it drifted in, empty where it is all of them.
    """

    version: str
    environment: str
    segment: str
    severity: str
    message: str
    feature: str
    test: str
    score: float | None
    threshold: float | None
    p_value: float | None
    adjusted_p_value: float | None
    acknowledged: bool
    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDrift:
    """What was found of one feature in a window, and why.

    `ratio` is its greatest score in multiples of the threshold, at most 10; `importance` is what was logged. Both are
    None where there is none; the ratio is of judged features only.
    """

    feature: str
    verdict: str
    ratio: float | None
    importance: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestDrift:
    """The last judged window of one version and environment, and its features, first those to look at first.

    `drifted_share` counts features alike, `drifted_weight` by importance, where any is known; from `threshold` on the
    data set as a whole has drifted. `segment` is the part of the rows that was judged, empty where it is all of them;
    of a segment's features only those that drifted tell why.
    """

    version: str
    environment: str
    segment: str
    window_start: datetime
    window_end: datetime
    rows: int
    verdict: str
    reason: str
    drifted_share: float | None
    drifted_weight: float | None
    threshold: float
    score: float | None
    features: tuple[FeatureDrift, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftDay:
    """The drift checks of one UTC day, a check being one test on one feature in one window.

    Those that had no data, or too little, are `unjudged` and no `checks`.
    """

    day: date
    drifted: int
    checks: int
    unjudged: int
    mean_p_value: float | None


def latest_drift(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    segment: str | None = "",
    hours: float = 24,
) -> list[LatestDrift]:
    """Return the last window that was judged in the last hours, one a version and environment of a model.

    Of all rows by default, else of one `segment`; None takes all of them, each segment after the whole.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection,
        "show/latest_drift",
        **of_model(model, version, environment),
        segment=segment,
        hours=hours_back(hours),
    )
    return [
        LatestDrift(
            version=row.version,
            environment=row.environment,
            segment=row.segment,
            window_start=utc(row.window_start),
            window_end=utc(row.window_end),
            rows=row.rows,
            verdict=row.verdict,
            reason=row.reason,
            drifted_share=row.drifted_share,
            drifted_weight=row.drifted_weight,
            threshold=row.threshold,
            score=row.score,
            features=tuple(_features(row.features, row.ranking)),
        )
        for row in rows
    ]


def _features(told: list[dict[str, Any]], ranking: list[dict[str, Any]]) -> Iterator[FeatureDrift]:
    """Yield the features in the order of the ranking, then those that were not judged."""
    untold = {one["feature"]: one for one in told}
    for rank in ranking:
        found = untold.pop(rank["feature"], None)
        yield FeatureDrift(
            feature=rank["feature"],
            verdict=found["verdict"] if found else "stable",
            ratio=rank["ratio"],
            importance=rank["importance"],
            reason=found["reason"] if found else "",
        )
    for name, found in sorted(untold.items()):
        yield FeatureDrift(feature=name, verdict=found["verdict"], ratio=None, importance=None, reason=found["reason"])


def drift_alerts(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    segment: str | None = None,
    hours: float = 24,
    limit: int = 100,
) -> list[DriftAlert]:
    """Return the drift alerts of a model that were raised in the last hours, the newest first.

    Those of one `segment`, of all rows together ('') or of both (None).

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection,
        "show/drift_alerts",
        **of_model(model, version, environment),
        segment=segment,
        hours=hours_back(hours),
        rows=at_most(limit),
    )
    return [
        DriftAlert(
            version=row.version,
            environment=row.environment,
            segment=row.segment,
            severity=row.severity,
            message=row.message,
            feature=row.feature_name,
            test=row.statistical_test,
            score=finite(row.effect),
            threshold=finite(row.threshold),
            p_value=row.p_value,
            adjusted_p_value=row.adjusted_p_value,
            acknowledged=row.acknowledged,
            raised_at=utc(row.created_at),
        )
        for row in rows
    ]


def drift_trend(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    days: int = 7,
) -> list[DriftDay]:
    """Return the drift checks of a model by UTC day, today the last; a day without any is left out.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(connection, "show/drift_trend", **of_model(model, version, environment), days=whole_days(days))
    return [
        DriftDay(
            day=row.day,
            drifted=row.drifted,
            checks=row.checks,
            unjudged=row.unjudged,
            mean_p_value=row.mean_p_value,
        )
        for row in rows
    ]
