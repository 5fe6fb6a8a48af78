"""How a model's cohorts are shown to people: a table of the main metrics, or of one with its reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

import typer

from driftgauge.cli.output import moment
from driftgauge.cli.tables import Columns, figure, name_model, print_rows
from driftgauge.queries import CohortMetric, MetricFinding, PerformanceCohort, PerformanceDay
from driftgauge.queries.performance import MAIN_METRICS

DAY: Final = timedelta(days=1)

PERFORMANCE_DAY: Final[Columns[PerformanceDay]] = {
    "day": lambda row: row.day.isoformat(),
    "mean": lambda row: figure(row.mean),
    "p95": lambda row: figure(row.p95),
    "samples": lambda row: f"{row.samples:,}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One metric of a cohort; only the `first` of a cohort says which it is."""

    cohort: PerformanceCohort
    metric: CohortMetric
    first: bool


def of_first(cell: Callable[[PerformanceCohort], str]) -> Callable[[Line], str]:
    """Return a cell that only the first line of a cohort has."""
    return lambda line: cell(line.cohort) if line.first else ""


def lines_of(cohort: PerformanceCohort, metric: str | None) -> Iterator[Line]:
    """Yield the lines of a cohort, in the order of its main metrics."""
    by_name = {one.name: one for one in cohort.metrics}
    names = MAIN_METRICS[cohort.task] if metric is None else (metric,)
    for place, name in enumerate(name for name in names if name in by_name):
        yield Line(cohort=cohort, metric=by_name[name], first=place == 0)


def start_of(start: datetime, end: datetime) -> str:
    """Return the start of a cohort, of a whole day without its time.

    Examples
    --------
    >>> noon = datetime.fromisoformat("2026-03-01T12:00:00+00:00")
    >>> start_of(noon, noon + DAY), start_of(noon, noon + DAY / 4)
    ('2026-03-01', '2026-03-01 12:00Z')
    """
    return f"{start:%Y-%m-%d}" if end - start == DAY else moment(start)


def state_of(cohort: PerformanceCohort) -> str:
    """Return whether a cohort has matured, and when it last changed after that."""
    if cohort.restated_at is not None:
        return f"restated {moment(cohort.restated_at)}"
    return "matured" if cohort.matured else "not mature"


def value_of(finding: MetricFinding) -> str:
    """Return a value to four digits, or nothing where there is none."""
    return "" if finding.value is None else f"{finding.value:.4g}"


def estimate_of(finding: MetricFinding | None) -> str:
    """Return an estimate, where the realised value should lie, and whether it is worse or better than usual."""
    if finding is None or finding.value is None:
        return ""
    told = f" {finding.verdict}" if finding.verdict in {"degraded", "improved"} else ""
    within = "" if finding.low is None or finding.high is None else f" ({finding.low:.4g} to {finding.high:.4g})"
    return f"{finding.value:.4g}{within}{told}"


def verdict_of(cohort: PerformanceCohort, finding: MetricFinding) -> str:
    """Return the verdict on a realised value, which an immature cohort does not have."""
    return finding.verdict.replace("_", " ") if cohort.matured else ""


def why(line: Line) -> str:
    """Return the reason of the verdict, and that of a degraded estimate."""
    estimated = line.metric.estimated
    told = f"; estimated: {estimated.reason}" if estimated is not None and estimated.verdict == "degraded" else ""
    return f"{line.metric.realised.reason}{told}"


COHORT: Final[Columns[Line]] = {
    "cohort": of_first(lambda cohort: start_of(cohort.cohort_start, cohort.cohort_end)),
    "predictions": of_first(lambda cohort: f"{cohort.predictions:,}"),
    "outcomes": of_first(lambda cohort: f"{cohort.outcomes:,}"),
    "coverage": of_first(lambda cohort: "" if cohort.coverage is None else f"{cohort.coverage:.0%}"),
    "": of_first(state_of),
}
FINDINGS: Final[Columns[Line]] = {
    "estimated": lambda line: estimate_of(line.metric.estimated),
    "realised": lambda line: value_of(line.metric.realised),
    "verdict": lambda line: verdict_of(line.cohort, line.metric.realised),
}
MAIN_COLUMNS: Final[Columns[Line]] = {**COHORT, "metric": lambda line: line.metric.name, **FINDINGS}
ONE_METRIC: Final[Columns[Line]] = {**COHORT, **FINDINGS, "why": why}


def print_cohorts(
    model: str, asked: str, cohorts: Sequence[PerformanceCohort], *, metric: str | None, days: int
) -> None:
    """Print the cohorts of each version and environment, the main metrics or the one that was asked for."""
    shown = [line for cohort in cohorts for line in lines_of(cohort, metric)]
    if not shown:
        typer.echo(f"no cohort of {asked}{f' with {metric}' if metric else ''} in the last {days} days")
        return
    for (version, environment, segment), lines in groupby(
        shown, key=lambda line: (line.cohort.version, line.cohort.environment, line.cohort.segment)
    ):
        found = list(lines)
        unit = f", {metric} in {found[0].metric.unit}" if metric else ""
        typer.echo(f"{name_model(model, version, environment, segment)}{unit}")
        print_rows(found, ONE_METRIC if metric else MAIN_COLUMNS, nothing="")
        typer.echo()
