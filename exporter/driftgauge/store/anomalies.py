"""What anomalies are found from, and where they are written."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from driftgauge.anomaly.finding import AnomalyVerdict, Direction, Normality
from driftgauge.anomaly.hours import HourFigure
from driftgauge.anomaly.measure import ERROR_SHARE, MEAN_CONFIDENCE, MEAN_LATENCY, PREDICTIONS
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import EPOCH, TimeWindow
from driftgauge.store.execute import Connection, execute_many, fetch_all
from driftgauge.store.keys import key_of


def read_traffic_models(connection: Connection, *, since: datetime) -> dict[ModelKey, datetime | None]:
    """Return the models with predictions since a moment, those of a source with when that was last read."""
    return {key_of(row): row.read_to for row in fetch_all(connection, "anomalies/read_models", since=since)}


def read_hours(
    connection: Connection, key: ModelKey, span: TimeWindow, *, logged: Sequence[str]
) -> dict[str, list[HourFigure]]:
    """Return by metric what the hours of a span were, of predictions and of the named metrics that services log."""
    found: dict[str, list[HourFigure]] = {}
    of_span = {**_of(key), "since": span.start, "until": span.end}
    for row in fetch_all(connection, "anomalies/read_traffic", **of_span):
        counted = {PREDICTIONS: float(row.predictions), ERROR_SHARE: row.errors / row.predictions}
        for metric, value in counted.items():
            found.setdefault(metric, []).append(HourFigure(hour=row.hour, value=value, rows=row.predictions))
        for metric, rows, total, squares in (
            (MEAN_LATENCY, row.timed, row.latency_sum, row.latency_squares),
            (MEAN_CONFIDENCE, row.confidence_count, row.confidence_sum, row.confidence_squares),
        ):
            if rows:
                error = math.sqrt(max(squares / rows - (total / rows) ** 2, 0.0) / rows)
                figure = HourFigure(hour=row.hour, value=total / rows, rows=rows, error=error)
                found.setdefault(metric, []).append(figure)
    if logged:
        for row in fetch_all(connection, "anomalies/read_metrics", **of_span, metric_names=list(logged)):
            figure = HourFigure(hour=row.hour, value=row.value, rows=row.rows)
            found.setdefault(row.metric_name, []).append(figure)
    return found


def read_verdicts(connection: Connection, *, since: datetime) -> dict[ModelKey, dict[str, tuple[int, AnomalyVerdict]]]:
    """Return the last verdict on each metric of every model with its hour, counted from 1970 on, since a moment."""
    found: dict[ModelKey, dict[str, tuple[int, AnomalyVerdict]]] = {}
    for row in fetch_all(connection, "anomalies/read_verdicts", since=since):
        key = key_of(row)
        verdict = AnomalyVerdict(
            metric=row.metric_name,
            verdict=Normality(row.verdict),
            reason=row.reason,
            value=row.value,
            rows=row.rows,
            expected=row.expected,
            lower=row.lower,
            upper=row.upper,
            score=row.score,
            direction=None if row.direction is None else Direction(row.direction),
        )
        found.setdefault(key, {})[row.metric_name] = row.hour, verdict
    return found


def write_anomalies(connection: Connection, key: ModelKey, verdicts: Sequence[tuple[int, AnomalyVerdict]]) -> None:
    """Write a row a metric and hour, counted from 1970 on, in place of those of an earlier look."""
    execute_many(connection, "anomalies/write_result", list(_rows(key, verdicts)))


def _rows(key: ModelKey, verdicts: Sequence[tuple[int, AnomalyVerdict]]) -> Iterator[dict[str, object]]:
    for hour, verdict in verdicts:
        yield _of(key) | {
            "metric_name": verdict.metric,
            "bucket_start": EPOCH + hour * timedelta(hours=1),
            "value": verdict.value,
            "expected": verdict.expected,
            "lower": verdict.lower,
            "upper": verdict.upper,
            "score": verdict.score,
            "direction": verdict.direction,
            "verdict": verdict.verdict,
            "reason": verdict.reason,
            "rows": verdict.rows,
        }


def _of(key: ModelKey) -> dict[str, object]:
    return {"model_name": key.model, "version": key.version, "environment": key.environment}
