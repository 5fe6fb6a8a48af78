"""What is known of each job's runs: counts, ages, the last samples, and when to try again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from driftgauge.errors import DatabaseUnreachable, DriftgaugeError, ForeignRestore, MissingPrivilege, SchemaMismatch
from driftgauge.exposition.family import MetricKind
from driftgauge.exposition.inventory import INVENTORY
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.store.faults import sqlstate_class

STALE_INTERVALS: Final = 3
LASTING: Final = (MetricKind.COUNTER, MetricKind.HISTOGRAM)
LONGEST_BACK_OFF: Final = 60.0
PRIVILEGE_RETRY: Final = 3600.0


@dataclass(slots=True, kw_only=True)
class JobRecord:
    """One job's runs; times are unix seconds. It is `complete` once a run has left nothing of its work."""

    name: str
    interval: timedelta
    runs: int = 0
    failures: int = 0
    failures_in_a_row: int = 0
    missed: int = 0
    duration: float | None = None
    database_seconds: float = 0.0
    last_success: float | None = None
    complete: bool = False
    problem: str = ""
    samples: tuple[AnySample, ...] = ()
    errors: Counter[str] = field(default_factory=Counter[str])

    def succeeded(self, samples: tuple[AnySample, ...], *, at: float, duration: float) -> None:
        """Record a run that ended well."""
        self.runs += 1
        self.failures_in_a_row = 0
        self.duration, self.last_success = duration, at
        self.problem, self.samples = "", samples

    def partly_failed(self, problem: str, *, sqlstate_class: str) -> None:
        """Record that part of a run that ended well had failed; its samples are fresh all the same."""
        self.failures += 1
        self.problem = problem
        self.errors = self.errors + Counter({sqlstate_class: 1})

    def failed(self, problem: str, *, sqlstate_class: str, duration: float) -> None:
        """Record a run that failed; its last samples stay for a while."""
        self.runs += 1
        self.failures += 1
        self.failures_in_a_row += 1
        self.duration, self.problem = duration, problem
        self.errors = self.errors + Counter((sqlstate_class,))  # a new one: others may be reading the old

    def fresh(self, now: float) -> bool:
        """Tell whether the last success is younger than three intervals."""
        age_limit = STALE_INTERVALS * self.interval.total_seconds()
        return self.last_success is not None and now - self.last_success <= age_limit

    def current_samples(self, now: float) -> Iterable[AnySample]:
        """Return the last samples: all while fresh, later only those that never go back."""
        if self.fresh(now):
            return self.samples
        return (sample for sample in self.samples if INVENTORY[sample.family].kind in LASTING)

    def own_samples(self) -> Iterable[AnySample]:
        """Return what is told of the job itself."""
        yield Sample("driftgauge_job_runs_total", (self.name,), float(self.runs))
        yield Sample("driftgauge_job_failures_total", (self.name,), float(self.failures))
        yield Sample("driftgauge_job_missed_total", (self.name,), float(self.missed))
        yield Sample("driftgauge_job_database_seconds_total", (self.name,), self.database_seconds)
        yield Sample("driftgauge_job_interval_seconds", (self.name,), self.interval.total_seconds())
        if self.duration is not None:
            yield Sample("driftgauge_job_duration_seconds", (self.name,), self.duration)
        if self.last_success is not None:
            yield Sample("driftgauge_job_last_success_timestamp_seconds", (self.name,), self.last_success)
        for state_class, count in self.errors.items():
            yield Sample("driftgauge_job_errors_total", (self.name, state_class), float(count))


def answered(error: Exception) -> bool:
    """Tell whether an error is the database's own answer: then it is up, whatever it refuses."""
    return isinstance(error, SchemaMismatch | MissingPrivilege | ForeignRestore) or sqlstate_class(error) != "none"


def told(error: Exception) -> str:
    """Return an error as one line; Postgres adds more, which the log has."""
    return str(error) if isinstance(error, DriftgaugeError) else f"{type(error).__name__}: {error}".partition("\n")[0]


def retry_after(error: Exception, record: JobRecord, rng: random.Random) -> float | None:
    """Return in how many seconds to try again; None waits for the job's next turn.

    A database that is away is asked again after 1 s, then less and less often up to once a minute, with jitter so
    that a fleet does not come back at once. A missing privilege is tried hourly. Whatever else keeps failing is
    given more and more turns of rest.
    """
    interval = record.interval.total_seconds()
    doubled = 2.0 ** min(record.failures_in_a_row - 1, 10)
    if isinstance(error, MissingPrivilege):
        return PRIVILEGE_RETRY
    if isinstance(error, DatabaseUnreachable):
        return min(doubled, LONGEST_BACK_OFF) * rng.uniform(0.5, 1.0)
    if isinstance(error, ForeignRestore) or record.failures_in_a_row == 1:
        return None
    return min(interval * doubled, max(interval, LONGEST_BACK_OFF))
