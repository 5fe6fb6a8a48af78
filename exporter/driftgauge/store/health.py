"""What models' health follows from, read for all models at once out of what others found, and the scores of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from driftgauge.health.facts import CheckFacts, DriftFacts, JudgedFacts, TrafficFacts
from driftgauge.health.score import HealthScore
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import TimeWindow
from driftgauge.quality.silence import STALENESS
from driftgauge.store.execute import Connection, execute, fetch_all
from driftgauge.store.keys import key_of

SECONDS_AN_HOUR: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedWindow:
    """The last window that drift was judged in; another judgement has another `told_at`."""

    end: datetime
    told_at: datetime
    facts: DriftFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTest:
    """The newest test of a metric, of values up to `newest`; `score` is None where there were too few."""

    metric: str
    newest: datetime
    score: float | None
    drifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedCohort:
    """The latest matured cohort, and what was found of its metrics."""

    end: datetime
    facts: JudgedFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCheck:
    """The newest health check that a service logged."""

    at: datetime
    facts: CheckFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenScore:
    """The newest score that was written of a model; `values` and `weights` are of its components, by name."""

    at: datetime
    score: float
    threshold: float
    rule: str
    values: Mapping[str, float | None]
    weights: Mapping[str, float]


def read_last_predictions(connection: Connection, *, since: datetime) -> dict[ModelKey, datetime]:
    """Return the event time of the last prediction of each model that has one since a moment."""
    return {key_of(row): row.last_at for row in fetch_all(connection, "health/read_models", since=since)}


def read_traffic(
    connection: Connection, keys: Collection[ModelKey], window: TimeWindow
) -> dict[ModelKey, TrafficFacts]:
    """Return what models' predictions in a window add up to; those without any are left out."""
    return {
        key_of(row): TrafficFacts(
            hours=window.width.total_seconds() / SECONDS_AN_HOUR,
            predictions=row.predictions,
            successes=row.successes,
            latency_buckets=tuple(row.latency_buckets),
            latency_sum=row.latency_sum,
        )
        for row in fetch_all(connection, "health/read_traffic", **_params(keys), since=window.start, until=window.end)
    }


def read_silence_limits(
    connection: Connection, keys: Collection[ModelKey], *, since: datetime
) -> dict[ModelKey, float | None]:
    """Return for how many seconds models may be silent, by the newest check since a moment."""
    rows = fetch_all(connection, "health/read_silences", **_params(keys), check_name=STALENESS, since=since)
    return {key_of(row): row.limit_seconds for row in rows}


def read_drift(connection: Connection, keys: Collection[ModelKey], *, since: datetime) -> dict[ModelKey, JudgedWindow]:
    """Return the last judged window of models that ends after a moment."""
    return {
        key_of(row): JudgedWindow(
            end=row.window_end,
            told_at=row.told_at,
            facts=DriftFacts(
                drifted_features=row.drifted_features,
                judged_features=row.judged_features,
                drifted_share=row.drifted_share,
                drifted_weight=row.drifted_weight,
                reason=row.reason,
            ),
        )
        for row in fetch_all(connection, "health/read_drift", **_params(keys), since=since)
    }


def read_feature_checks(
    connection: Connection, windows: Mapping[ModelKey, JudgedWindow]
) -> dict[ModelKey, JudgedFacts]:
    """Return the checks of features in models' last judged windows; all models given have an answer."""
    rows = fetch_all(
        connection,
        "health/read_feature_checks",
        **_params(windows),
        window_ends=[window.end for window in windows.values()],
    )
    nothing = JudgedFacts(judged=0, wanting=())
    return {**dict.fromkeys(windows, nothing), **_judged(rows, "faulty")}


def read_row_checks(
    connection: Connection, keys: Collection[ModelKey], *, since: datetime
) -> dict[ModelKey, JudgedFacts]:
    """Return the newest checks of models' rows and texts since a moment, but for that of their silence."""
    rows = fetch_all(connection, "health/read_row_checks", **_params(keys), left_out=STALENESS, since=since)
    return _judged(rows, "faulty")


def read_metric_tests(
    connection: Connection, keys: Collection[ModelKey], metrics: Collection[str], *, since: datetime
) -> dict[ModelKey, list[MetricTest]]:
    """Return the newest test of each of these metrics of models, of values since a moment."""
    found: dict[ModelKey, list[MetricTest]] = {}
    for row in fetch_all(
        connection, "health/read_concept_tests", **_params(keys), metric_names=sorted(metrics), since=since
    ):
        test = MetricTest(metric=row.metric_name, newest=row.newest, score=row.score, drifted=row.drift_detected)
        found.setdefault(key_of(row), []).append(test)
    return found


def read_cohorts(connection: Connection, keys: Collection[ModelKey]) -> dict[ModelKey, JudgedCohort]:
    """Return the latest matured cohort of models."""
    rows = fetch_all(connection, "health/read_performance", **_params(keys))
    judged = _judged(rows, "degraded")
    return {key_of(row): JudgedCohort(end=row.cohort_end, facts=judged[key_of(row)]) for row in rows}


def read_explanations(
    connection: Connection, keys: Collection[ModelKey], *, since: datetime
) -> dict[ModelKey, JudgedFacts]:
    """Return what was found of the explanations of models when they were judged last, since a moment."""
    return _judged(fetch_all(connection, "health/read_explanations", **_params(keys), since=since), "drifted")


def read_checks(connection: Connection, keys: Collection[ModelKey], *, since: datetime) -> dict[ModelKey, LoggedCheck]:
    """Return the newest health check of models since a moment."""
    return {
        key_of(row): LoggedCheck(at=row.checked_at, facts=CheckFacts(status=row.status, score=row.health_score))
        for row in fetch_all(connection, "health/read_checks", **_params(keys), since=since)
    }


def read_written(connection: Connection, keys: Collection[ModelKey]) -> dict[ModelKey, WrittenScore]:
    """Return the newest score that was written of models."""
    return {
        key_of(row): WrittenScore(
            at=row.timestamp,
            score=row.score,
            threshold=row.threshold,
            rule=row.rule,
            values={part["component"]: part["value"] for part in row.components},
            weights={part["component"]: part["weight"] for part in row.components},
        )
        for row in fetch_all(connection, "health/read_latest", **_params(keys))
    }


def write_score(connection: Connection, key: ModelKey, health: HealthScore, *, threshold: float, at: datetime) -> None:
    """Write a score with its components, in place of what was written in the same interval."""
    components: list[dict[str, Any]] = [
        {"component": part.component, "value": part.value, "weight": part.weight, "reason": part.reason}
        for part in health.parts
    ]
    execute(
        connection,
        "health/write_score",
        model_name=key.model,
        version=key.version,
        environment=key.environment,
        score=health.score,
        threshold=threshold,
        rule=health.rule.value,
        components=orjson.dumps(components).decode(),
        at=at,
    )


def _params(keys: Iterable[ModelKey]) -> dict[str, list[str]]:
    asked: Sequence[ModelKey] = list(keys)
    return {
        "model_names": [key.model for key in asked],
        "versions": [key.version for key in asked],
        "environments": [key.environment for key in asked],
    }


def _judged(rows: Iterable[Any], wanting: str) -> dict[ModelKey, JudgedFacts]:
    return dict(_each_judged(rows, wanting))


def _each_judged(rows: Iterable[Any], wanting: str) -> Iterator[tuple[ModelKey, JudgedFacts]]:
    for row in rows:
        yield key_of(row), JudgedFacts(judged=row.judged, wanting=tuple(getattr(row, wanting)))
