"""The running exporter: jobs on a schedule, each followed by a new snapshot."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from driftgauge import __version__
from driftgauge.app.alerting import AlertIntake
from driftgauge.app.jobs import build_jobs
from driftgauge.app.judging_settings import judges_anomalies_alike
from driftgauge.app.ledger import JobRecord, answered, retry_after, told
from driftgauge.app.limits import limit_samples
from driftgauge.app.memory import give_back
from driftgauge.app.page import landing_page, readiness
from driftgauge.app.schedule import Schedule
from driftgauge.app.settings import database
from driftgauge.app.sources import Sources
from driftgauge.app.turns import Turns
from driftgauge.config import Settings
from driftgauge.errors import BadSource, DatabaseUnreachable, DriftgaugeError, SchemaMismatch, SetupError
from driftgauge.exposition.process import process_samples
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.exposition.snapshot import Renderer
from driftgauge.jobs.alerts import AlertsJob
from driftgauge.jobs.failures import JudgesModels
from driftgauge.jobs.job import Job, WorksOff
from driftgauge.jobs.outcomes import OutcomeJob
from driftgauge.jobs.traffic import RollupJob
from driftgauge.store.faults import describe_ending, sqlstate_class
from driftgauge.store.metering import Meter
from driftgauge.store.migrations import require_current
from driftgauge.web.published import Published
from driftgauge.web.server import MetricsServer

log = structlog.get_logger()

PUBLISH: Final = "publish"
PUBLISH_EVERY: Final = timedelta(seconds=15)
RENDERING_SHARE: Final = 0.1


class Exporter:
    """Everything that runs in one process; `start`, `reload` and `stop` belong to one thread."""

    def __init__(self, settings: Settings) -> None:
        """Build the parts; nothing connects or listens yet."""
        self._settings = settings
        self._meter = Meter()
        self._database = database(settings, self._meter)
        self._sources = Sources(self._meter)
        self._published = Published()
        self._renderer = Renderer()
        self._publishing = threading.Lock()
        self._rng = random.Random()  # noqa: S311 - jitter
        self._database_up = False
        self._stopping = False
        self._schema_known = False
        self._told_pids: dict[str, int | None] = {}
        self._records: dict[str, JobRecord] = {}
        self._turns = Turns(RENDERING_SHARE)
        self._reloaded_at, self._reload_ok = time.time(), True
        self._intake = AlertIntake(settings)
        self._server = MetricsServer(
            self._published,
            listen=settings.http.listen,
            web_config=settings.http.web_config,
            webhook=self._intake.webhook,
        )
        self._jobs = build_jobs(self._database, self._sources, settings, anomalies=None)
        self._keep_records()
        self._schedule = Schedule(self._missed)

    @property
    def url(self) -> str:
        """Where metrics are served."""
        return self._server.url

    @property
    def records(self) -> Mapping[str, JobRecord]:
        """What is known of each job, by name."""
        return self._records

    def start(self) -> None:
        """Serve at once, whether the database is there or not, and start the jobs."""
        self.publish()
        self._server.start()
        self._schedule_jobs()
        self._schedule.start()
        log.info("serving", url=self._server.url, version=__version__)

    def run_once(self) -> bytes:
        """Run each job once, in order, and return the exposition; errors are raised, those of Postgres in one line."""
        self._require_schema()
        unread: BadSource | None = None
        for name, job in self._jobs.by_name.items():
            started = time.monotonic()
            try:
                with self._metered(self._records[name]):
                    samples = job.run()
                    while isinstance(job, WorksOff) and job.behind:
                        samples = job.run()
            except BadSource as error:  # told when the other jobs are done
                unread = unread or error
                continue
            except Exception as error:
                if isinstance(error, DriftgaugeError) or not answered(error):
                    raise
                line = describe_ending(error) or f"{told(error)}; try again, or see the server's log"
                raise SetupError(f"{name}: {line}") from error
            self._database_up = True
            self._records[name].succeeded(samples, at=time.time(), duration=time.monotonic() - started)
            self._sources.follow(job)
        self.publish()
        for name, job in self._jobs.by_name.items():
            for problem, error in _failed_models(job):
                raise SetupError(f"{name}: {problem}") from error
        if unread is not None:
            raise unread
        assert self._published.snapshot is not None  # noqa: S101 - publish has just made it
        return self._published.snapshot.text

    def reload(self, settings: Settings) -> None:
        """Put new settings in force; the database and the address change only at a restart."""
        for part in ("database", "http"):
            if getattr(settings, part) != getattr(self._settings, part):
                log.warning("needs a restart to take effect", section=part)
        before = self._jobs
        anomalies = before.anomalies if judges_anomalies_alike(self._settings, settings) else None
        self._jobs = build_jobs(self._database, self._sources, settings, anomalies=anomalies)
        self._keep_records()
        for name in before.by_name.keys() - self._jobs.by_name.keys():
            self._schedule.forget(name)
        self._jobs.traffic.traffic = before.traffic.traffic  # the landing page shows it still; drift is judged anew
        self._jobs.drift.inherit(before.drift.standings)
        self._schedule_jobs()
        self._settings = settings
        self._reloaded_at, self._reload_ok = time.time(), True
        self.publish()
        log.info("configuration reloaded")

    def reload_failed(self, error: DriftgaugeError) -> None:
        """Keep the settings in force and tell why the new ones were refused."""
        self._reload_ok = False
        self.publish()
        log.error("configuration not reloaded; the old one stays in force", problem=str(error))

    def stop(self) -> None:
        """End the jobs, cancelling what they wait for, then the server."""
        self._stopping = True
        self._schedule.stop()
        self._database.cancel()
        self._sources.cancel()
        self._database.close()
        self._sources.close()
        self._intake.stop()
        self._server.stop()
        log.info("stopped")

    def publish(self) -> None:
        """Render what the jobs know and put it in place of the last snapshot."""
        with self._publishing:
            now = time.time()
            self._published.readiness = readiness(self._records, now)
            self._published.page = landing_page(self._jobs, self._records, now)
            with self._turns.taken():
                self._published.snapshot = self._renderer.render(
                    self._samples(now), max_series=self._settings.limits.max_series, created_at=now
                )
            give_back()

    def _publish_in_turn(self) -> None:
        """Publish, or let the next turn come early: a fleet's series take seconds to render, and jobs end often."""
        wait = self._turns.wait()
        if wait:
            self._schedule.bring_forward(timedelta(seconds=wait), PUBLISH)
        else:
            self.publish()

    def _keep_records(self) -> None:
        """Go on with the records of the jobs that stay, and begin those of new ones."""
        records: dict[str, JobRecord] = {}
        for name in self._jobs.by_name:
            interval = self._jobs.intervals[name]
            record = records[name] = self._records.get(name) or JobRecord(name=name, interval=interval)
            record.interval = interval
        self._records = records  # as a whole: others may be reading the old

    def _schedule_jobs(self) -> None:
        for name, record in self._records.items():
            self._schedule.every(record.interval, name, partial(self._run, name))
        often = min(PUBLISH_EVERY, *(record.interval for record in self._records.values()))
        self._schedule.every(often, PUBLISH, self._publish_in_turn)  # so that what is stale goes even while jobs hang

    def _run(self, name: str) -> None:
        """Run one job; its failure is counted and logged here and nowhere else."""
        record, job = self._records.get(name), self._jobs.by_name.get(name)
        if record is None or job is None:  # a source that a reload has just taken away
            return
        started = time.monotonic()
        try:
            with self._metered(record):
                self._require_schema()
                samples = job.run()
        except Exception as error:  # noqa: BLE001 - one job's failure never stops another
            if self._stopping:
                return
            self._failed(record, error, duration=time.monotonic() - started)
        else:
            before = record.problem
            self._database_up = True
            record.succeeded(samples, at=time.time(), duration=time.monotonic() - started)
            if isinstance(job, WorksOff) and job.behind:
                self._schedule.again_in(timedelta(), name)
            else:
                record.complete = True
            if isinstance(job, RollupJob | OutcomeJob):
                self._follow_writers(job)
            self._sources.follow(job)
            for problem, error in _failed_models(job):
                record.partly_failed(problem, sqlstate_class=sqlstate_class(error))
                if problem != before:
                    known = isinstance(error, DriftgaugeError)
                    failed = "job failed in part" if isinstance(job, AlertsJob) else "job failed for some models"
                    log.error(failed, job=name, problem=problem, exc_info=None if known else error)
            if before and not record.problem:
                log.info("job works again", job=name)
        give_back()
        self._publish_in_turn()

    @contextmanager
    def _metered(self, record: JobRecord) -> Generator[None]:
        """Charge a job with the time for which the body waits for Postgres, in this thread, which is all of it."""
        before = self._meter.spent
        try:
            yield
        finally:
            record.database_seconds += self._meter.spent - before

    def _follow_writers(self, job: RollupJob | OutcomeJob) -> None:
        """Name the writer that holds a log table up, once."""
        holder = job.report.held_by
        pid = holder.pid if holder else None
        if holder and pid != self._told_pids.get(job.name):
            log.warning(
                "waits for a writer of the log table",
                job=job.name,
                pid=pid,
                application=holder.application_name,
                query_start=str(holder.query_start),
            )
        self._told_pids[job.name] = pid

    def _require_schema(self) -> None:
        """Look at the schema before the first job, and again after the database was away."""
        if not self._schema_known:
            with self._database.transaction(read_only=True) as connection:
                require_current(connection)
            self._schema_known = True

    def _failed(self, record: JobRecord, error: Exception, *, duration: float) -> None:
        known = isinstance(error, DriftgaugeError)
        problem = told(error)
        if isinstance(error, DatabaseUnreachable | SchemaMismatch):
            self._schema_known = False
        if isinstance(error, DatabaseUnreachable):
            self._database_up = False
        elif answered(error) and not isinstance(error, BadSource):
            self._database_up = True
        repeated = record.problem == problem
        record.failed(problem, sqlstate_class=sqlstate_class(error), duration=duration)
        delay = retry_after(error, record, self._rng)
        if delay is not None:
            self._schedule.again_in(timedelta(seconds=delay), record.name)
        if not repeated:
            log.error("job failed", job=record.name, problem=problem, exc_info=None if known else error)

    def _missed(self, name: str) -> None:
        record = self._records.get(name)
        if record is not None:
            record.missed += 1

    def _samples(self, now: float) -> Iterator[AnySample]:
        for record in self._records.values():
            yield from record.current_samples(now)
            yield from record.own_samples()
        yield from self._intake.samples()
        yield from process_samples()
        yield from limit_samples(self._settings)
        yield Sample("driftgauge_database_up", (), float(self._database_up))
        yield Sample("driftgauge_build_info", (__version__,), 1.0)
        yield Sample("driftgauge_snapshot_render_seconds", (), self._turns.seconds)
        yield Sample("driftgauge_config_last_reload_successful", (), float(self._reload_ok))
        yield Sample("driftgauge_config_last_reload_success_timestamp_seconds", (), self._reloaded_at)


def _failed_models(job: Job) -> Iterator[tuple[str, Exception]]:
    """Yield what is told of the models, or of the part, that failed in a job's last run, and the first error."""
    if isinstance(job, AlertsJob) and job.problem is not None:
        yield told(job.problem), job.problem
    if not isinstance(job, JudgesModels):
        return
    if job.failures.problem is not None:
        yield f"{job.failures.describe()}; {told(job.failures.problem)}", job.failures.problem
