"""What the drift tests found: alerts of late, and the trend by day; replays are left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
class Distribution:
    """How the values of a feature were distributed, in cells that reference and current window share.

    Of a numeric feature the cells lie between `edges`, one more than there are: the first and the last are open. Of a
    categorical one there is one each of `categories`. `count` is without the missing ones. `mean` and `std` are None
    where there is no number.
    """

    count: int
    missing: int
    mean: float | None
    std: float | None
    edges: tuple[float, ...]
    categories: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureDistribution:
    """A feature in the reference and in the last judged window; `kind` is numeric or categorical."""

    version: str
    environment: str
    feature: str
    kind: str
    window_start: datetime
    window_end: datetime
    reference: Distribution
    current: Distribution


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


def feature_distributions(
    connection: Connection,
    model: str,
    *,
    features: Sequence[str] | None = None,
    version: str | None = None,
    environment: str | None = None,
    hours: float = 24,
) -> list[FeatureDistribution]:
    """Return how features were distributed in the reference and in the last window that was judged in the last hours.

    Of all features, or of those named, by name; those that were not compared are left out.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection,
        "show/feature_distributions",
        **of_model(model, version, environment),
        hours=hours_back(hours),
        features=None if features is None else list(features),
    )
    return [
        FeatureDistribution(
            version=row.version,
            environment=row.environment,
            feature=row.feature_name,
            kind=row.feature_kind,
            window_start=utc(row.window_start),
            window_end=utc(row.window_end),
            reference=_distribution(row.reference_distribution),
            current=_distribution(row.current_distribution),
        )
        for row in rows
    ]


def _distribution(told: dict[str, Any]) -> Distribution:
    histogram = told["histogram"]
    numeric = isinstance(histogram.get("edges"), list)  # a category may be called edges
    return Distribution(
        count=told["count"],
        missing=told["missing"],
        mean=finite(told.get("mean")),
        std=finite(told.get("std")),
        edges=tuple(histogram["edges"]) if numeric else (),
        categories=() if numeric else tuple(histogram),
        counts=tuple(histogram["counts"]) if numeric else tuple(histogram.values()),
    )


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
