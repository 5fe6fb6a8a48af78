"""Tell whether the concept of models drifts: how far their detectors are, and what their metrics' last days say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from driftgauge.concept.windows import Compared, Widths, compare
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.failures import ModelFailures
from driftgauge.jobs.job import model_labels
from driftgauge.model.identity import ModelKey
from driftgauge.store.clock import read_now
from driftgauge.store.concept_detectors import DetectorStanding, read_standings
from driftgauge.store.concept_windows import (
    T_TEST,
    ModelMetric,
    read_fingerprints,
    read_history,
    write_comparisons,
)
from driftgauge.store.database import Database

SILENT_COHORTS: Final = 4
"""For how many cohorts, beyond the wait for outcomes, a metric may have no new value before it is no longer told."""

SILENT: Final = timedelta(days=28)
"""For how long, beyond the wait for outcomes, a detector may see no error before it is no longer told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConcept:
    """What is looked at of a model: its detectors, its metrics, and how long its outcomes are waited for."""

    detectors: frozenset[str]
    metrics: frozenset[str]
    maturity: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptOptions:
    """How concept drift is looked for, of models by their names; `metrics` are those of any model.

    A metric is tested once a `cohort`, at the level `alpha`, or, where that is None, at its part of `chance`, which all
    metrics of a model share. A drift that a detector told stays a `recent` one for so long by the clock.
    """

    of_model: Callable[[str], ModelConcept]
    metrics: frozenset[str]
    widths: Widths
    cohort: timedelta
    alpha: float | None
    chance: float
    recent: timedelta

    def level(self, metrics: int) -> float:
        """Return the level of one test of a model with so many metrics."""
        return self.chance / metrics if self.alpha is None else self.alpha

    def tells_metric(self, of: ModelMetric, newest: datetime, now: datetime) -> bool:
        """Tell whether a metric whose newest test is of that time is still known."""
        return now - newest <= SILENT_COHORTS * self.cohort + self.of_model(of.key.model).maturity

    def tells_detector(self, standing: DetectorStanding, now: datetime) -> bool:
        """Tell whether a detector is chosen and still sees errors."""
        chosen = self.of_model(standing.key.model)
        silent = SILENT + chosen.maturity
        return (
            standing.detector in chosen.detectors and standing.last_at is not None and now - standing.last_at <= silent
        )

    def is_recent(self, standing: DetectorStanding, now: datetime) -> bool:
        """Tell whether a detector has told a drift that somebody should still hear of.

        Outcomes come late, so a drift is told late, and is news when it is told. But one that is told of predictions
        whose outcomes should long have been there, as after a rebuild, is history.
        """
        if standing.drifted_at is None or standing.told_at is None:
            return False
        late = standing.told_at - standing.drifted_at
        return late <= self.recent + self.of_model(standing.key.model).maturity and now - standing.told_at < self.recent


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What the windows of a metric say, of values that had this `fingerprint`, at this level."""

    fingerprint: str
    alpha: float
    latest: Compared | None
    drifted_at: datetime | None


class ConceptJob:
    """Compares the metrics of every model that have changed, and exports what is known of all.

    The detectors run where errors are paired (`jobs/concept_streams.py`); here is read how far they are.
    """

    name = "concept"

    def __init__(self, database: Database, options: ConceptOptions) -> None:
        """Take how models are looked at."""
        self._database = database
        self.options = options
        self._tested: dict[ModelMetric, Tested] = {}
        self.failures = ModelFailures()

    def run(self) -> tuple[AnySample, ...]:
        """Compare what is new or was restated, and return the samples of every model.

        A model that fails keeps its latest comparisons and stops no other; what failed in a run is in `failures`, and
        raised if every model did.
        """
        self.failures = failures = ModelFailures()
        with self._database.transaction(read_only=True) as connection:
            now = read_now(connection)
            standings = read_standings(connection)
            newer = now - self.options.widths.both
            since = newer - self.options.widths.both
            found = read_fingerprints(connection, self.options.metrics, since=since, newer=newer)
        models: dict[ModelKey, dict[ModelMetric, str]] = {}
        for of, fingerprint in sorted(found.items()):
            if of.metric in self.options.of_model(of.key.model).metrics:
                models.setdefault(of.key, {})[of] = fingerprint
        for key, fingerprints in models.items():
            with failures.of(key):
                self._compare(fingerprints, now)
        self._tested = {of: kept for of, kept in self._tested.items() if of in models.get(of.key, {})}
        failures.raise_if_all(len(models))
        return (*self._of_detectors(standings, now), *self._of_windows(now))

    def _compare(self, fingerprints: Mapping[ModelMetric, str], now: datetime) -> None:
        """Test the metrics of a model that changed, each in a transaction of its own.

        What is restated changes all tests that it is in: so those of both widths are made anew, and written where they
        find something else.
        """
        alpha, widths = self.options.level(len(fingerprints)), self.options.widths
        for of, fingerprint in fingerprints.items():
            known = self._tested.get(of)
            if known is not None and (known.fingerprint, known.alpha) == (fingerprint, alpha):
                continue
            since = now - widths.both
            with self._database.transaction() as connection:
                history = read_history(connection, of, since=since - widths.both)
                compared = compare(history, widths, since=since, alpha=alpha, every=self.options.cohort)
                write_comparisons(connection, of, compared, since=since)
            drifted = [one.end for one in compared if one.drifted]
            self._tested[of] = Tested(
                fingerprint=fingerprint,
                alpha=alpha,
                latest=compared[-1] if compared else None,
                drifted_at=drifted[-1] if drifted else None,
            )

    def _of_detectors(self, standings: Iterable[DetectorStanding], now: datetime) -> Iterator[AnySample]:
        for standing in standings:
            if standing.score is not None and self.options.tells_detector(standing, now):
                labels = model_labels(standing.key, standing.detector, standing.metric)
                drifted = self.options.is_recent(standing, now)
                yield from _samples(labels, standing.score, drifted=drifted, at=standing.drifted_at)

    def _of_windows(self, now: datetime) -> Iterator[AnySample]:
        for of, found in sorted(self._tested.items()):
            latest = found.latest
            if latest is not None and latest.score is not None and self.options.tells_metric(of, latest.end, now):
                labels = model_labels(of.key, T_TEST, of.metric)
                yield from _samples(labels, latest.score, drifted=latest.drifted, at=found.drifted_at)


def _samples(labels: tuple[str, ...], score: float, *, drifted: bool, at: datetime | None) -> Iterator[AnySample]:
    yield Sample("ml_concept_drift_score", labels, score)
    yield Sample("ml_concept_drift_detected", labels, float(drifted))
    if at is not None:
        yield Sample("ml_concept_drift_timestamp_seconds", labels, at.timestamp())
