"""Score the health of every model, by what the other jobs have found and services have logged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.health.components import Yardstick
from driftgauge.health.facts import ConceptFacts, Facts, JudgedFacts, SilenceFacts, TrafficFacts
from driftgauge.health.score import HealthScore, Rule, score_classic, score_components
from driftgauge.jobs.concept import SILENT_COHORTS, ConceptOptions
from driftgauge.jobs.failures import ModelFailures
from driftgauge.jobs.job import model_labels
from driftgauge.jobs.performance import KEPT_SHOWING
from driftgauge.model.identity import ModelKey
from driftgauge.model.window import closed_window, floor_to
from driftgauge.store.clock import read_now
from driftgauge.store.concept_detectors import read_standings
from driftgauge.store.concept_windows import T_TEST, ModelMetric
from driftgauge.store.database import Database
from driftgauge.store.execute import Connection
from driftgauge.store.health import (
    JudgedWindow,
    LoggedCheck,
    WrittenScore,
    read_checks,
    read_cohorts,
    read_drift,
    read_explanations,
    read_feature_checks,
    read_last_predictions,
    read_metric_tests,
    read_row_checks,
    read_silence_limits,
    read_traffic,
    read_written,
    write_score,
)
from driftgauge.store.watermarks import read_rolled_up

SILENT: Final = timedelta(days=28)
"""A model that has not predicted for so long is retired: it has no health."""
WIDER: Final = 24
"""Multiples of the window that are looked at of a model with too few predictions in one."""
JUDGED_LATELY: Final = timedelta(days=2)
"""A judgement of drift, or of how long a model may be silent, that is older says nothing of now."""
CHECKED_BUCKETS: Final = 2
"""Buckets for which the checks of rows and texts hold: that of the last one, and while the next is checked."""
EXPLAINED_LATELY: Final = timedelta(days=7)
LOGGED_LATELY: Final = timedelta(days=1)
UNWRITTEN: Final = timedelta(hours=1)
"""For how long a score that stays as it is need not be written."""
CHANGE: Final = 0.01
"""A smaller change of a score waits for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHealthOptions:
    """How one model is scored; a score below `threshold` should be looked at."""

    rule: Rule
    weights: Mapping[str, float]
    yardstick: Yardstick
    threshold: float

    def score(self, facts: Facts) -> HealthScore:
        """Return the score of a model of which this is known."""
        if self.rule is Rule.CLASSIC:
            return score_classic(facts, self.yardstick)
        return score_components(facts, self.yardstick, self.weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthOptions:
    """How models are scored by their names, every so often, and over which `window` of traffic.

    Traffic is kept by `traffic_bucket`, rows are checked by `bucket`, and `concept` says which drifts are recent.
    """

    of_model: Callable[[str], ModelHealthOptions]
    every: timedelta
    window: timedelta
    traffic_bucket: timedelta
    bucket: timedelta
    concept: ConceptOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What was read of all models: facts by model, checks that services logged, and the scores written last."""

    facts: Mapping[ModelKey, Facts]
    checks: Mapping[ModelKey, LoggedCheck]
    written: Mapping[ModelKey, WrittenScore]


class HealthJob:
    """Scores every model that has logged predictions in the last four weeks; keeps the samples of each."""

    name = "health"

    def __init__(self, database: Database, options: HealthOptions) -> None:
        """Take how models are scored."""
        self._database = database
        self.options = options
        self._feature_checks: dict[ModelKey, tuple[JudgedWindow, JudgedFacts]] = {}
        self._samples: dict[ModelKey, tuple[AnySample, ...]] = {}
        self.failures = ModelFailures()

    def run(self) -> tuple[AnySample, ...]:
        """Read all that is known, score each model, and write the scores that have changed or are an hour old.

        A model that fails keeps its latest samples and stops no other; what failed in a run is in `failures`, and
        raised if every model did.
        """
        self.failures = failures = ModelFailures()
        with self._database.transaction(read_only=True) as connection:
            rolled_up = read_rolled_up(connection)
            if rolled_up is None:  # nobody knows yet which predictions there are
                return ()
            now = read_now(connection)
            last = read_last_predictions(connection, since=now - SILENT)
            # while the roll-up lags behind, nobody knows of later rows
            known = self._read(connection, last, now=now, known_to=min(now, rolled_up.horizon_at))
        at = floor_to(now, self.options.every)
        for key, facts in sorted(known.facts.items()):
            with failures.of(key):
                options = self.options.of_model(key.model)
                health = options.score(facts)
                self._samples[key] = tuple(_samples(key, health, options.threshold, known.checks.get(key)))
                written = known.written.get(key)
                if health.score is not None and _is_news(health, options.threshold, written, at):
                    with self._database.transaction() as connection:
                        write_score(connection, key, health, threshold=options.threshold, at=at)
        self._samples = {key: kept for key, kept in self._samples.items() if key in last}
        failures.raise_if_all(len(last))
        return tuple(sample for _, samples in sorted(self._samples.items()) for sample in samples)

    def _read(
        self, connection: Connection, last: Mapping[ModelKey, datetime], *, now: datetime, known_to: datetime
    ) -> _Known:
        """Read what is known of all models, by one query a component."""
        keys = sorted(last)
        traffic = self._traffic(connection, last, known_to)
        limits = read_silence_limits(connection, keys, since=now - JUDGED_LATELY)
        drift = read_drift(connection, keys, since=now - JUDGED_LATELY)
        quality = self._quality(connection, keys, drift, now)
        concept = self._concept(connection, keys, now)
        cohorts = {
            key: cohort.facts
            for key, cohort in read_cohorts(connection, keys).items()
            if now < cohort.end + self.options.concept.of_model(key.model).maturity + KEPT_SHOWING
        }
        explanations = read_explanations(connection, keys, since=now - EXPLAINED_LATELY)
        checks = read_checks(connection, keys, since=now - LOGGED_LATELY)
        facts = {
            key: Facts(
                traffic=traffic.get(key),
                silence=SilenceFacts(silent=max((known_to - last[key]).total_seconds(), 0.0), limit=limits.get(key)),
                drift=drift[key].facts if key in drift else None,
                concept=concept.get(key),
                performance=cohorts.get(key),
                quality=quality.get(key),
                explanations=explanations.get(key),
                check=checks[key].facts if key in checks else None,
            )
            for key in keys
        }
        return _Known(facts=facts, checks=checks, written=read_written(connection, keys))

    def _traffic(
        self, connection: Connection, last: Mapping[ModelKey, datetime], known_to: datetime
    ) -> dict[ModelKey, TrafficFacts]:
        """Return the traffic of the last window, and of a wider one where that has too few predictions."""
        found: dict[ModelKey, TrafficFacts] = {}
        for width in (self.options.window, WIDER * self.options.window):
            window = closed_window(known_to, width=width, bucket=self.options.traffic_bucket)
            sparse = [
                key
                for key, last_at in sorted(last.items())
                if last_at >= window.start and not self._is_enough(key, found.get(key))
            ]
            found |= read_traffic(connection, sparse, window)
        return found

    def _is_enough(self, key: ModelKey, traffic: TrafficFacts | None) -> bool:
        least = self.options.of_model(key.model).yardstick.minimum_predictions
        return traffic is not None and traffic.predictions >= least

    def _quality(
        self, connection: Connection, keys: Collection[ModelKey], drift: Mapping[ModelKey, JudgedWindow], now: datetime
    ) -> dict[ModelKey, JudgedFacts]:
        """Return the newest checks of rows, texts and features; those of a window of features are read once."""
        known = {
            key: (window, facts)
            for key, (window, facts) in self._feature_checks.items()
            if key in drift and (drift[key].end, drift[key].told_at) == (window.end, window.told_at)
        }
        new = {key: window for key, window in drift.items() if key not in known}
        for key, facts in read_feature_checks(connection, new).items():
            known[key] = new[key], facts
        self._feature_checks = known
        of_rows = read_row_checks(connection, keys, since=now - CHECKED_BUCKETS * self.options.bucket)
        found: dict[ModelKey, JudgedFacts] = dict(of_rows)
        for key, (_, facts) in known.items():
            rows = of_rows.get(key, JudgedFacts(judged=0, wanting=()))
            found[key] = JudgedFacts(judged=facts.judged + rows.judged, wanting=(*rows.wanting, *facts.wanting))
        return found

    def _concept(
        self, connection: Connection, keys: Collection[ModelKey], now: datetime
    ) -> dict[ModelKey, ConceptFacts]:
        """Return what follows the outcomes of models and what of it tells a drift, as the job `concept` exports it."""
        options = self.options.concept
        told: dict[ModelKey, dict[str, bool]] = {}
        for standing in read_standings(connection):
            if standing.score is not None and options.tells_detector(standing, now):
                name = f"{standing.detector} of {standing.metric}"
                told.setdefault(standing.key, {})[name] = options.is_recent(standing, now)
        longest = max((options.of_model(key.model).maturity for key in keys), default=timedelta())
        since = now - SILENT_COHORTS * options.cohort - longest
        for key, tests in read_metric_tests(connection, keys, options.metrics, since=since).items():
            for test in tests:
                of = ModelMetric(key=key, metric=test.metric)
                chosen = test.metric in options.of_model(key.model).metrics
                if chosen and test.score is not None and options.tells_metric(of, test.newest, now):
                    told.setdefault(key, {})[f"{T_TEST} of {test.metric}"] = test.drifted
        return {
            key: ConceptFacts(watching=len(found), drifted=tuple(sorted(name for name in found if found[name])))
            for key, found in told.items()
        }


def _is_news(health: HealthScore, threshold: float, written: WrittenScore | None, at: datetime) -> bool:
    """Tell whether a score is to be written: it is not as it was, or was written too long ago."""
    assert health.score is not None  # noqa: S101 - the caller's condition
    if written is None or at - written.at >= UNWRITTEN:
        return True
    if (written.rule, written.threshold, written.weights) != (health.rule, threshold, _weights(health)):
        return True
    known = {part.component for part in health.parts if part.value is not None}
    was_known = {name for name, value in written.values.items() if value is not None}
    crossed = (health.score < threshold) != (written.score < threshold)
    return known != was_known or crossed or abs(health.score - written.score) >= CHANGE


def _weights(health: HealthScore) -> dict[str, float]:
    return {part.component: part.weight for part in health.parts}


def _samples(key: ModelKey, health: HealthScore, threshold: float, check: LoggedCheck | None) -> Iterator[AnySample]:
    if health.score is not None:
        yield Sample("ml_health_score", model_labels(key), health.score)
        yield Sample("ml_health_score_threshold", model_labels(key), threshold)
    for part in health.parts:
        if part.value is not None:
            yield Sample("ml_health_component_ratio", model_labels(key, part.component), part.value)
            yield Sample("ml_health_component_weight_ratio", model_labels(key, part.component), part.weight)
    if check is not None:
        yield Sample("ml_health_check_score", model_labels(key), check.facts.score)
        yield Sample("ml_health_check_timestamp_seconds", model_labels(key), check.at.timestamp())
