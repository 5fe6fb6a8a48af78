"""The roll-up job: count what is new, then tell the totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from driftgauge.exposition.samples import AnySample, HistogramSample, Sample
from driftgauge.jobs.job import Traffic, model_labels
from driftgauge.jobs.options import Objectives
from driftgauge.jobs.progress import progress_samples
from driftgauge.jobs.rollup import Rollup, RollupReport
from driftgauge.model.identity import ModelKey
from driftgauge.model.traffic import LATENCY_BOUNDS
from driftgauge.store.database import Database
from driftgauge.store.horizon import PREDICTIONS
from driftgauge.store.traffic import TrafficTotal, read_mean_confidence, read_totals
from driftgauge.store.watermarks import read_progress

SECONDS_A_RUN: Final = 15.0  # so that a long backlog shows its progress, and other exporters get their turn


class RollupJob:
    """Rolls up and reports traffic."""

    name = "rollup"

    def __init__(self, database: Database, rollup: Rollup, objectives: Callable[[str], Objectives]) -> None:
        """Take the roll-up that it drives, and what tells the objectives of a model by its name."""
        self._database = database
        self._rollup = rollup
        self._objectives = objectives
        self.traffic: Mapping[ModelKey, Traffic] = {}
        self.report = RollupReport()

    @property
    def behind(self) -> bool:
        """Whether the last run has left rows for a run at once."""
        return self.report.behind

    def run(self) -> tuple[AnySample, ...]:
        """Roll up the rows that are final, for a bounded time, then read the totals."""
        self.report = report = self._rollup.run(most_seconds=SECONDS_A_RUN)
        with self._database.transaction(read_only=True) as connection:
            totals = read_totals(connection)
            confidence = read_mean_confidence(connection)
            progress = read_progress(connection)
        by_model: dict[ModelKey, list[TrafficTotal]] = {}
        for total in totals:
            by_model.setdefault(total.key, []).append(total)
        self.traffic = {
            key: Traffic(
                predictions=sum(total.predictions for total in parts), last_at=max(total.last_at for total in parts)
            )
            for key, parts in by_model.items()
        }
        return (
            *(sample for key, parts in by_model.items() for sample in _traffic_samples(key, parts)),
            *(
                sample
                for key, parts in by_model.items()
                for sample in _objective_samples(key, parts, self._objectives(key.model))
            ),
            *(Sample("ml_prediction_confidence", model_labels(key), mean) for key, mean in confidence.items()),
            *progress_samples(
                PREDICTIONS,
                processed=progress.rows_processed,
                quarantined=progress.rows_quarantined,
                lag_seconds=progress.lag_seconds,
                held_by=report.held_by,
            ),
        )


def _traffic_samples(key: ModelKey, totals: list[TrafficTotal]) -> list[AnySample]:
    return [
        *(
            Sample("ml_predictions_total", model_labels(key, total.status), float(total.predictions))
            for total in totals
        ),
        HistogramSample(
            "ml_prediction_latency_seconds",
            model_labels(key),
            LATENCY_BOUNDS,
            _latency_buckets(totals),
            sum(total.latency_sum for total in totals),
        ),
        Sample("ml_last_prediction_timestamp_seconds", model_labels(key), max(total.last_at for total in totals)),
        Sample("ml_model_info", model_labels(key), 1.0),
    ]


def _objective_samples(key: ModelKey, totals: list[TrafficTotal], objectives: Objectives) -> Iterator[AnySample]:
    """Yield what is promised, and how many predictions were too slow for it."""
    for name, objective in (("errors", objectives.errors), ("latency", objectives.latency)):
        if objective is not None:
            yield Sample("ml_slo_objective_ratio", model_labels(key, name), objective)
    yield Sample("ml_slo_minimum_predictions", model_labels(key), float(objectives.minimum_predictions))
    if objectives.latency is None:
        return
    threshold = objectives.latency_threshold
    yield Sample("ml_slo_latency_threshold_seconds", model_labels(key), threshold)
    slow = sum(_latency_buckets(totals)[LATENCY_BOUNDS.index(threshold) + 1 :])
    yield Sample("ml_slow_predictions_total", model_labels(key, f"{threshold:g}"), float(slow))


def _latency_buckets(totals: list[TrafficTotal]) -> tuple[int, ...]:
    return tuple(sum(counts) for counts in zip(*(total.latency_buckets for total in totals), strict=True))
