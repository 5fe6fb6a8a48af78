"""What people see of the jobs: whether the exporter is ready, and the lines of the landing page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from driftgauge.app.jobs import Jobs
from driftgauge.app.ledger import JobRecord
from driftgauge.web.published import JobLine, ModelLine, Page, Readiness


def readiness(records: Mapping[str, JobRecord], now: float) -> Readiness:
    """Tell whether the jobs that all others rest on have run, lately and well."""
    for name in ("rollup", "drift"):
        record = records[name]
        if record.problem:
            return Readiness(ready=False, reason=f"{name}: {record.problem}")
        if record.last_success is None:
            return Readiness(ready=False, reason=f"starting: {name} has not run yet")
        if name == "drift" and not record.complete:
            return Readiness(ready=False, reason="starting: references are being learned, model by model")
        if not record.fresh(now):
            return Readiness(ready=False, reason=f"{name} has not ended for three intervals")
    return Readiness(ready=True, reason="every job is up to date")


def landing_page(jobs: Jobs, records: Mapping[str, JobRecord], now: float) -> Page:
    """Return a line for each model that has traffic, and for each job."""
    standings = jobs.drift.standings
    return Page(
        at=datetime.fromtimestamp(now, UTC),
        models=tuple(
            ModelLine(
                key=key,
                verdict=standing.verdict if standing else None,
                drifted_features=jobs.drift.drifted_features(key),
                rows=standing.rows if standing else None,
                last_prediction_at=datetime.fromtimestamp(traffic.last_at, UTC),
                reference=standing.describe_reference() if standing else "",
            )
            for key, traffic in sorted(jobs.traffic.traffic.items())
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
            for record in records.values()
        ),
    )
