"""The running exporter: jobs on a schedule, each followed by a new snapshot."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from driftgauge import __version__
from driftgauge.app.alerting import AlertIntake, alertmanager
from driftgauge.app.ledger import JobRecord, answered, retry_after, told
from driftgauge.app.schedule import Schedule
from driftgauge.app.settings import (
    alert_options,
    anomaly_options,
    attribution_options,
    concept_detectors,
    concept_options,
    database,
    drift_options,
    explanation_options,
    explanation_policy,
    health_options,
    importance_options,
    judges_anomalies_alike,
    objectives,
    outcome_options,
    performance_options,
    policy,
    quality_options,
    retention_options,
    rollup_options,
    rule_options,
)
from driftgauge.app.sources import Sources
from driftgauge.config import Settings
from driftgauge.errors import BadSource, DatabaseUnreachable, DriftgaugeError, SchemaMismatch, SetupError
from driftgauge.exposition.process import process_samples
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.exposition.snapshot import Renderer
from driftgauge.jobs.alerts import AlertsJob
from driftgauge.jobs.anomalies import AnomalyJob
from driftgauge.jobs.attributions import AttributionJob, AttributionRollup
from driftgauge.jobs.concept import ConceptJob
from driftgauge.jobs.concept_streams import ConceptStreams
from driftgauge.jobs.drift import DriftJob
from driftgauge.jobs.explanations import ExplanationJob
from driftgauge.jobs.failures import JudgesModels
from driftgauge.jobs.health import HealthJob
from driftgauge.jobs.importance import ImportanceJob
from driftgauge.jobs.job import Job
from driftgauge.jobs.metrics import MetricsJob
from driftgauge.jobs.outcomes import OutcomeJob, OutcomeJoin
from driftgauge.jobs.performance import PerformanceJob
from driftgauge.jobs.quality import QualityJob
from driftgauge.jobs.retention import RetentionJob
from driftgauge.jobs.rollup import Rollup
from driftgauge.jobs.rules import RuleJob
from driftgauge.jobs.sources import SourceJob
from driftgauge.jobs.traffic import RollupJob
from driftgauge.store.attributions import TABLES
from driftgauge.store.faults import describe_ending, sqlstate_class
from driftgauge.store.metering import Meter
from driftgauge.store.migrations import require_current
from driftgauge.web.published import JobLine, ModelLine, Page, Published, Readiness
from driftgauge.web.server import MetricsServer

log = structlog.get_logger()

PUBLISH: Final = "publish"
PUBLISH_EVERY: Final = timedelta(seconds=15)


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
        self._render_seconds = 0.0
        self._reloaded_at, self._reload_ok = time.time(), True
        self._intake = AlertIntake(settings)
        self._server = MetricsServer(
            self._published,
            listen=settings.http.listen,
            web_config=settings.http.web_config,
            webhook=self._intake.webhook,
        )
        self._anomalies: AnomalyJob | None = None
        self._build(settings)
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
        for name, job in self._jobs.items():
            started = time.monotonic()
            try:
                with self._metered(self._records[name]):
                    samples = job.run()
                    while _is_behind(job):
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
        for name, job in self._jobs.items():
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
        traffic, before = self._rollup.traffic, set(self._jobs)
        self._build(settings)
        for name in before - set(self._jobs):
            self._schedule.forget(name)
        self._rollup.traffic = traffic  # the landing page goes on showing it; drift is judged anew
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
            self._published.readiness = self._readiness(now)
            self._published.page = self._page(now)
            started = time.monotonic()
            self._published.snapshot = self._renderer.render(
                self._samples(now), max_series=self._settings.limits.max_series, created_at=now
            )
            self._render_seconds = time.monotonic() - started

    def _build(self, settings: Settings) -> None:
        rollup = Rollup(self._database, rollup_options(settings), time.sleep)
        self._rollup = RollupJob(self._database, rollup, partial(objectives, settings))
        self._drift = DriftJob(
            self._database,
            policy(settings),
            lambda model: drift_options(settings, model),
            settings.rollup.profile_bucket,
        )
        retention = RetentionJob(self._database, retention_options(settings))
        quality = QualityJob(self._database, quality_options(settings))
        concept = ConceptJob(self._database, concept_options(settings))
        streams = ConceptStreams(partial(concept_detectors, settings))
        join = OutcomeJoin(self._database, outcome_options(settings), time.sleep, streams.follow)
        self._outcomes = OutcomeJob(self._database, join)
        metrics = MetricsJob(self._database)
        self._anomalies = self._anomaly_job(settings)
        importance = ImportanceJob(self._database, importance_options(settings))
        alerts = AlertsJob(self._database, alertmanager(settings), alert_options(settings))
        performance = PerformanceJob(self._database, lambda model: performance_options(settings, model))
        attributions = AttributionJob(
            self._database,
            [AttributionRollup(self._database, kind, attribution_options(settings), time.sleep) for kind in TABLES],
        )
        explanations = ExplanationJob(
            self._database,
            explanation_policy(settings),
            lambda model: explanation_options(settings, model),
            settings.rollup.profile_bucket,
        )
        health = HealthJob(self._database, health_options(settings))
        rules = RuleJob(self._database, rule_options(settings))
        sources = self._sources.jobs(self._database, settings)
        # Sources first, so that a single run tells the traffic that they have just read, and judges it.
        jobs: tuple[Job, ...] = (
            *sources,
            self._rollup,
            self._outcomes,
            attributions,
            self._drift,
            explanations,
            quality,
            performance,
            concept,
            importance,
            metrics,
            self._anomalies,
            health,  # after all that it follows from
            rules,  # after all that they can ask of
            alerts,
            retention,
        )
        self._jobs = {job.name: job for job in jobs}
        intervals = {
            "rollup": settings.rollup.every,
            "outcomes": settings.outcomes.every,
            "drift": settings.drift.every,
            "quality": settings.drift.every,
            "performance": settings.performance.every,
            "metrics": settings.anomalies.every,
            "anomalies": settings.anomalies.every,
            "concept": settings.concept.every,
            "attributions": settings.explanations.every,
            "explanations": settings.explanations.every,
            "importance": settings.importance.every,
            "health": settings.health.every,
            "rules": settings.rules.every,
            "alerts": settings.alertmanager.every,
            "retention": settings.retention.every,
            **{job.name: source.every for job, source in zip(sources, settings.sources, strict=True)},
        }
        records: dict[str, JobRecord] = {}
        for name in self._jobs:
            record = records[name] = self._records.get(name) or JobRecord(name=name, interval=intervals[name])
            record.interval = intervals[name]
        self._records = records  # as a whole: others may be reading the old

    def _anomaly_job(self, settings: Settings) -> AnomalyJob:
        """Return the job that is there, which remembers four weeks, or another where a model is judged otherwise."""
        if self._anomalies is not None and judges_anomalies_alike(self._settings, settings):
            return self._anomalies
        return AnomalyJob(self._database, lambda model: anomaly_options(settings, model), settings.drift.zone)

    def _schedule_jobs(self) -> None:
        for name, record in self._records.items():
            self._schedule.every(record.interval, name, partial(self._run, name))
        often = min(PUBLISH_EVERY, *(record.interval for record in self._records.values()))
        self._schedule.every(often, PUBLISH, self.publish)  # so that what is stale goes even while jobs hang

    def _run(self, name: str) -> None:
        """Run one job; its failure is counted and logged here and nowhere else."""
        record, job = self._records.get(name), self._jobs.get(name)
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
            if _is_behind(job):
                self._schedule.again_in(timedelta(), name)  # go on with a backlog at once
            if isinstance(job, RollupJob | OutcomeJob):
                self._follow_writers(job)
            self._sources.follow(job)
            for problem, error in _failed_models(job):
                record.partly_failed(problem, sqlstate_class=sqlstate_class(error))
                if problem != before:
                    log.error("job failed for some models", job=name, problem=problem, exc_info=error)
            if before and not record.problem:
                log.info("job works again", job=name)
        self.publish()

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

    def _samples(self, now: float) -> list[AnySample]:
        samples: list[AnySample] = []
        for record in self._records.values():
            samples += record.current_samples(now)
            samples += record.own_samples()
        answer = self._settings.acknowledgement
        return [
            *samples,
            *self._intake.samples(),
            *process_samples(),
            Sample("driftgauge_rollup_lag_threshold_seconds", (), self._settings.rollup.lag_limit.total_seconds()),
            *(
                Sample("driftgauge_alert_unacknowledged_threshold_seconds", (severity,), longest.total_seconds())
                for severity, longest in (("critical", answer.critical), ("warning", answer.warning))
            ),
            Sample("driftgauge_process_cpu_threshold_ratio", (), self._settings.limits.cpu),
            Sample("driftgauge_job_database_threshold_ratio", (), self._settings.limits.database),
            Sample("driftgauge_database_up", (), float(self._database_up)),
            Sample("driftgauge_build_info", (__version__,), 1.0),
            Sample("driftgauge_snapshot_render_seconds", (), self._render_seconds),
            Sample("driftgauge_config_last_reload_successful", (), float(self._reload_ok)),
            Sample("driftgauge_config_last_reload_success_timestamp_seconds", (), self._reloaded_at),
        ]

    def _readiness(self, now: float) -> Readiness:
        for name in ("rollup", "drift"):
            record = self._records[name]
            if record.problem:
                return Readiness(ready=False, reason=f"{name}: {record.problem}")
            if record.last_success is None:
                return Readiness(ready=False, reason=f"starting: {name} has not run yet")
            if not record.fresh(now):
                return Readiness(ready=False, reason=f"{name} has not ended for three intervals")
        return Readiness(ready=True, reason="every job is up to date")

    def _page(self, now: float) -> Page:
        standings = self._drift.standings
        return Page(
            at=datetime.fromtimestamp(now, UTC),
            models=tuple(
                ModelLine(
                    key=key,
                    verdict=standing.verdict.verdict if standing else None,
                    drifted_features=self._drift.drifted_features(key),
                    rows=standing.verdict.rows if standing else None,
                    last_prediction_at=datetime.fromtimestamp(traffic.last_at, UTC),
                    reference=standing.describe_reference() if standing else "",
                )
                for key, traffic in sorted(self._rollup.traffic.items())
                for standing in [standings.get(key)]
            ),
            jobs=tuple(
                JobLine(
                    name=record.name,
                    every=record.interval,
                    last_success_at=None
                    if record.last_success is None
                    else datetime.fromtimestamp(record.last_success, UTC),
                    problem=record.problem,
                )
                for record in self._records.values()
            ),
        )


def _is_behind(job: Job) -> bool:
    """Tell whether a job has left work for a run at once."""
    return isinstance(job, RollupJob | OutcomeJob | AttributionJob | SourceJob | PerformanceJob) and job.behind


def _failed_models(job: Job) -> Iterator[tuple[str, Exception]]:
    """Yield what is told of the models, or of the part, that failed in a job's last run, and the first error."""
    if isinstance(job, AlertsJob) and job.problem is not None:
        yield told(job.problem), job.problem
    if not isinstance(job, JudgesModels):
        return
    if job.failures.problem is not None:
        yield f"{job.failures.describe()}; {told(job.failures.problem)}", job.failures.problem
