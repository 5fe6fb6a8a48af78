"""The jobs of the sources, and their databases: one each, shared by the sources that are in it."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import structlog

from driftgauge.app.settings import rollup_options, source_database, source_options
from driftgauge.config import Settings
from driftgauge.jobs.job import Job
from driftgauge.jobs.sources import SourceJob
from driftgauge.model.identity import ModelKey
from driftgauge.store.database import Database
from driftgauge.store.inspection import Finding
from driftgauge.store.metering import Meter
from driftgauge.store.references import Layouts
from driftgauge.store.source_inspection import inspect_source

log = structlog.get_logger()

Place = tuple[str | None, Path | None]


def inspect_sources(settings: Settings) -> list[Finding]:
    """Return what is found of each source, whatever becomes of the others."""
    found: list[Finding] = []
    for source in settings.sources:
        database = source_database(settings, source)
        try:
            found += inspect_source(database, source_options(settings, source).table)
        finally:
            database.close()
    return found


class Sources:
    """Makes the sources' jobs, and keeps a database as long as a source is in it."""

    def __init__(self, meter: Meter) -> None:
        """Start with none; `meter` is told how long their databases take."""
        self._meter = meter
        self._databases: dict[Place, Database] = {}
        self._told: dict[str, Mapping[ModelKey, str]] = {}
        self._turn = threading.Lock()

    def jobs(self, database: Database, settings: Settings, layouts: Layouts) -> list[SourceJob]:
        """Return a job for each source, in their order; databases that no source is in any more are closed."""
        kept: dict[Place, Database] = {}
        jobs: list[SourceJob] = []
        for source in settings.sources:
            place = (None if source.dsn is None else source.dsn.get_secret_value(), source.dsn_file)
            kept[place] = (
                kept.get(place) or self._databases.get(place) or source_database(settings, source, self._meter)
            )
            options = source_options(settings, source)
            jobs.append(
                SourceJob(database, kept[place], options, rollup_options(settings), self._turn, layouts=layouts)
            )
        left = [foreign for place, foreign in self._databases.items() if place not in kept]
        self._databases = kept
        for foreign in left:
            foreign.close()
        return jobs

    def follow(self, job: Job) -> None:
        """Name each model that a source has to leave out, once."""
        if not isinstance(job, SourceJob):
            return
        for key in sorted(job.refused.keys() - self._told.get(job.name, {}).keys()):
            log.warning(
                "model left out of the source: it comes from another place, too",
                job=job.name,
                model=str(key),
                place=job.refused[key],
                mend="give it another name, version or environment in one of the two",
            )
        self._told[job.name] = job.refused

    def cancel(self) -> None:
        """Cancel what runs."""
        for foreign in self._databases.values():
            foreign.cancel()

    def close(self) -> None:
        """Close every database."""
        for foreign in self._databases.values():
            foreign.close()
