"""Find what is unusual in the metrics of each model, hour by hour, by how they were in the four weeks before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Final

import numpy as np

from driftgauge.anomaly.expectation import HOURS_A_DAY
from driftgauge.anomaly.finding import AnomalyVerdict, Direction, Normality
from driftgauge.anomaly.hours import HOURS, MetricHours
from driftgauge.anomaly.judging import judge
from driftgauge.anomaly.measure import MEASURES, PREDICTIONS
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.failures import ModelFailures
from driftgauge.jobs.job import model_labels
from driftgauge.jobs.metrics import MOST_METRICS
from driftgauge.model.bins import IntArray
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import EPOCH, TimeWindow
from driftgauge.store.anomalies import read_hours, read_traffic_models, read_verdicts, write_anomalies
from driftgauge.store.clock import read_now
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.metrics import read_latest_metrics
from driftgauge.store.watermarks import read_rolled_up

HOUR: Final = timedelta(hours=1)
SETTLING: Final = timedelta(minutes=5)
"""How long after its end an hour is looked at: loggers send in the background."""

LATE_HOURS: Final = 24
"""As far back are hours read again, and judged again where late rows changed them."""

KEPT_HOURS: Final = 26
"""How long the last verdict on a metric that is not logged each hour is told: one that is logged each night stays."""

KEPT_TRAFFIC_HOURS: Final = 2
"""How long that on what each hour has is told: for an hour more than the next one takes to close."""

Verdicts = Mapping[str, tuple[int, AnomalyVerdict]]
"""The last verdict on each metric of a model, with its hour."""

MONDAY: Final = 4 * HOURS_A_DAY  # the first of 1970 was a Thursday


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyOptions:
    """How a model is judged: `alpha` are the false alarms that all of its metrics together may raise in 30 days.

    `deviations` are allowed in place of as many as that asks for; `ignored` metrics are not judged, and none is unless
    `enabled`.
    """

    alpha: float
    enabled: bool = True
    deviations: float | None = None
    ignored: frozenset[str] = frozenset()


@dataclass(slots=True, kw_only=True)
class _Known:
    """What is remembered of a model: its hours by metric, up to `end`."""

    end: int
    hours: dict[str, MetricHours] = field(default_factory=dict[str, MetricHours])


class AnomalyJob:
    """Judges every model that has logged predictions or metrics."""

    name = "anomalies"

    def __init__(
        self,
        database: Database,
        options_of: Callable[[str], AnomalyOptions],
        zone: tzinfo,
        clock: Callable[[Connection], datetime] = read_now,
    ) -> None:
        """Take how each model, by name, is judged, whose clocks the hours of a week go by, and what tells the time."""
        self._database = database
        self._options_of = options_of
        self._zone = zone
        self._clock = clock
        self._known: dict[ModelKey, _Known] = {}
        self._verdicts: dict[ModelKey, Verdicts] | None = None
        self._told_to = 0
        self._end = 0
        self.failures = ModelFailures()

    def run(self) -> tuple[AnySample, ...]:
        """Judge the last closed hour of each model, if it was not yet, and those that late rows changed.

        A model that fails keeps its latest samples, as long as they are told, and stops no other; what failed in a run
        is in `failures`, and raised if every model did. The first run goes on with the verdicts that are stored.
        """
        self.failures = failures = ModelFailures()
        with self._database.transaction(read_only=True) as connection:
            rolled_up = read_rolled_up(connection)
            if rolled_up is None:
                return ()
            now = self._clock(connection)
            self._told_to = _hour(now - SETTLING)
            if self._verdicts is None:
                self._verdicts = dict(read_verdicts(connection, since=_moment(self._told_to - KEPT_HOURS)))
            end = _hour(min(rolled_up.horizon_at, now) - SETTLING)
            if end == self._end:
                return self._samples()
            since = _moment(end - HOURS)
            models = read_traffic_models(connection, since=since)
            logged = {
                key: [metric.name for metric in found.metrics if metric.name not in MEASURES]
                for key, found in read_latest_metrics(
                    connection, since=since, most=MOST_METRICS, counted=MOST_METRICS
                ).items()
            }
        calendar = hours_of_week(end, self._zone)
        keys = [key for key in sorted({*models, *logged}) if self._options_of(key.model).enabled]
        waiting = 0
        for key in keys:
            read_to = models.get(key)
            if read_to is not None and _hour(read_to - SETTLING) < end:
                waiting += 1
            elif key not in self._known or self._known[key].end < end:
                with failures.of(key):
                    self._known[key] = self._judge(key, end, logged.get(key, ()), calendar)
        self._known = {key: self._known[key] for key in keys if key in self._known}
        self._verdicts = {key: self._verdicts[key] for key in keys if key in self._verdicts}
        if not failures.models and not waiting:
            self._end = end
        failures.raise_if_all(len(keys))
        return self._samples()

    def _judge(self, key: ModelKey, end: int, logged: Sequence[str], calendar: IntArray) -> _Known:
        """Return what is known of a model once its hours up to `end` are read, judged and written."""
        before = self._known.get(key)
        first = max(before.end - LATE_HOURS if before else 0, end - HOURS - LATE_HOURS)
        options = self._options_of(key.model)
        with self._database.transaction() as connection:
            read = read_hours(connection, key, TimeWindow(start=_moment(first), end=_moment(end)), logged=logged)
            known = _Known(end=end)
            judged: list[tuple[int, AnomalyVerdict]] = []
            changed: dict[str, list[int]] = {}
            for metric in sorted({*read, *(before.hours if before else ())}):
                hours = before.hours[metric].later(end) if before and metric in before.hours else MetricHours.empty(end)
                changed[metric] = hours.put(read.get(metric, ()))
                if not np.isnan(hours.values).all():
                    known.hours[metric] = hours
            wanted = sorted(known.hours.keys() - options.ignored)
            for metric in wanted:
                again = {hour for hour in changed[metric] if hour >= end - LATE_HOURS} if before else set[int]()
                for hour in sorted({*again, end - 1}):
                    history = known.hours[metric].up_to(hour, metric, calendar, counts=metric == PREDICTIONS)
                    if history is not None:
                        alpha = options.alpha / len(wanted)
                        judged.append((hour, judge(history, alpha=alpha, fixed=options.deviations)))
            write_anomalies(connection, key, judged)
        self._tell(key, end, wanted, judged)
        return known

    def _tell(
        self, key: ModelKey, end: int, wanted: Sequence[str], judged: Sequence[tuple[int, AnomalyVerdict]]
    ) -> None:
        """Put new verdicts on the wanted metrics of a model in place of older ones."""
        assert self._verdicts is not None  # noqa: S101 - read before anything is judged
        latest = dict(self._verdicts.get(key, {}))
        for hour, verdict in judged:
            if verdict.metric not in latest or hour >= latest[verdict.metric][0]:
                latest[verdict.metric] = hour, verdict
        self._verdicts[key] = {
            metric: (hour, verdict)
            for metric, (hour, verdict) in latest.items()
            if metric in wanted and end - hour <= (1 if metric in MEASURES else KEPT_HOURS)
        }

    def _samples(self) -> tuple[AnySample, ...]:
        """Return the samples of verdicts that are still told: what is no longer judged says nothing of now."""
        return tuple(
            sample
            for key, latest in sorted((self._verdicts or {}).items())
            for metric, (hour, verdict) in sorted(latest.items())
            if self._told_to - hour <= (KEPT_TRAFFIC_HOURS if metric in MEASURES else KEPT_HOURS)
            if metric not in self._options_of(key.model).ignored
            for sample in _samples(key, verdict)
        )


def hours_of_week(end: int, zone: tzinfo) -> IntArray:
    """Return the hour of the week, from Monday on, of each hour that is remembered before `end`, by local clocks.

    Examples
    --------
    >>> from datetime import UTC
    >>> int(hours_of_week(96 + 168 * 2_900, UTC)[-1])  # Sunday, 23:00
    167
    """
    hours = np.arange(end - MetricHours.empty(end).values.size, end)
    return (hours + _offsets(hours, zone) - MONDAY) % (7 * HOURS_A_DAY)


def _offsets(hours: IntArray, zone: tzinfo) -> IntArray:
    """Return by how many hours, rounded down, clocks in a zone are ahead."""
    found = [_moment(hour).astimezone(zone).utcoffset() or timedelta() for hour in hours.tolist()]
    return np.array([offset // HOUR for offset in found])


def _samples(key: ModelKey, verdict: AnomalyVerdict) -> Iterator[AnySample]:
    if verdict.score is None:
        return
    yield Sample("ml_anomaly_score", model_labels(key, verdict.metric), verdict.score)
    for direction in Direction:
        told = verdict.verdict is Normality.ANOMALOUS and verdict.direction is direction
        yield Sample("ml_anomaly_detected", model_labels(key, verdict.metric, direction), float(told))


def _hour(moment: datetime) -> int:
    """Return the number of hours from 1970 on that have closed at a moment."""
    return (moment - EPOCH) // HOUR


def _moment(hour: int) -> datetime:
    return EPOCH + hour * HOUR
