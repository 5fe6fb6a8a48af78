"""How well the model did by its outcomes, and is estimated to do before they are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from driftgauge.queries import CohortMetric, MetricFinding, PerformanceCohort
from driftgauge.queries.performance import MAIN_METRICS
from driftgauge.report.data import ReportData
from driftgauge.report.figures import Calibration, Limit, Line, LineStyle, OverTime, Plot
from driftgauge.report.section import Badge, Cell, Section, Tone, badge, table_of
from driftgauge.report.wording import count, counted, day, moment, number, percent


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One metric of a cohort."""

    cohort: PerformanceCohort
    metric: CohortMetric


def performance(data: ReportData) -> Section:
    """Return the section: realised and estimated values by cohort, coverage, and the reliability of scores."""
    lines = [_Line(cohort=cohort, metric=metric) for cohort in reversed(data.cohorts) for metric in _main(cohort)]
    conclusion, tone = _conclude(data, lines)
    plotted = _plotted(data.cohorts)
    return Section(
        key="performance",
        title="Performance and outcomes",
        conclusion=conclusion,
        tone=tone,
        plots=(*_plots(data, plotted), *_coverage(data), *_reliability(data)),
        tables=table_of(
            lines,
            "Cohorts, the newest first: the predictions of a span of time, with the outcomes that they have by now",
            {
                "cohort": lambda row: _start(row.cohort),
                "predictions": lambda row: count(row.cohort.predictions),
                "coverage": lambda row: percent(row.cohort.coverage),
                "metric": lambda row: row.metric.name,
                "estimated": lambda row: _estimate(row.metric.estimated),
                "realised": lambda row: number(row.metric.realised.value),
                "verdict": _verdict,
                "why": _why,
            },
            numbers=frozenset({"predictions", "coverage", "estimated", "realised"}),
        ),
    )


def _main(cohort: PerformanceCohort) -> list[CohortMetric]:
    by_name = {metric.name: metric for metric in cohort.metrics}
    return [by_name[name] for name in MAIN_METRICS.get(cohort.task, ()) if name in by_name]


def _conclude(data: ReportData, lines: list[_Line]) -> tuple[str, Tone]:
    if not data.cohorts:
        return f"No outcomes were logged for predictions of the last {data.days} days: see docs/outcomes.md.", (
            Tone.UNKNOWN
        )
    matured = next((line for line in lines if line.cohort.matured and line.metric.realised.value is not None), None)
    if matured is None:
        newest = data.cohorts[-1]
        said = (
            f"No cohort with outcomes has matured yet; {percent(newest.coverage) or 'none'} of the "
            f"{counted(newest.predictions, 'prediction')} of {_start(newest)} have an outcome by now."
        )
        return said, Tone.UNKNOWN
    found = matured.metric.realised
    verdicts = {
        metric.realised.verdict for metric in _main(matured.cohort) if metric.realised.verdict != "insufficient_data"
    }
    judged = "too few to judge" if found.verdict == "insufficient_data" else found.verdict
    said = (
        f"{matured.metric.name} was {number(found.value)} in the newest mature cohort, {_start(matured.cohort)} "
        f"({judged}), where outcomes cover {percent(matured.cohort.coverage)} of the predictions"
    )
    estimated = next(
        (line for line in lines if line.metric.estimated and line.metric.estimated.value is not None), None
    )
    worse = False
    if estimated and estimated.metric.estimated and estimated.cohort.cohort_start > matured.cohort.cohort_start:
        worse = estimated.metric.estimated.verdict == "degraded"
        said += (
            f"; for {_start(estimated.cohort)} {estimated.metric.name} is estimated at "
            f"{number(estimated.metric.estimated.value)}" + (", degraded" if worse else "")
        )
    if worse or "degraded" in verdicts:
        return f"{said}.", Tone.ATTENTION
    return f"{said}.", Tone.GOOD if verdicts else Tone.UNKNOWN


def _start(cohort: PerformanceCohort) -> str:
    whole = cohort.cohort_end - cohort.cohort_start == timedelta(days=1)
    return day(cohort.cohort_start) if whole else moment(cohort.cohort_start)


def _estimate(found: MetricFinding | None) -> str:
    if found is None or found.value is None:
        return ""
    within = "" if found.low is None or found.high is None else f" ({number(found.low)} to {number(found.high)})"
    return f"{number(found.value)}{within}"


def _verdict(row: _Line) -> Cell:
    if row.cohort.matured:
        return badge(row.metric.realised.verdict)
    estimated = row.metric.estimated
    if estimated is not None and estimated.verdict == "degraded":
        return Badge(text="estimated: degraded", tone=Tone.ATTENTION)
    return Badge(text="not mature", tone=Tone.UNKNOWN)


def _why(row: _Line) -> str:
    estimated = row.metric.estimated
    told = f"; estimated: {estimated.reason}" if estimated is not None and estimated.verdict == "degraded" else ""
    restated = f"; restated {moment(row.cohort.restated_at)}" if row.cohort.restated_at else ""
    return f"{row.metric.realised.reason}{told}{restated}"


def _plotted(cohorts: tuple[PerformanceCohort, ...]) -> list[str]:
    """Return the metrics to plot: the first two main ones that have a value."""
    names: dict[str, None] = {}
    for cohort in reversed(cohorts):
        for metric in _main(cohort):
            if any(found is not None and found.value is not None for found in (metric.realised, metric.estimated)):
                names[metric.name] = None
    return list(names)[:2]


def _plots(data: ReportData, names: list[str]) -> list[OverTime]:
    plots: list[OverTime] = []
    marks = tuple(alert.timestamp for alert in data.concept_drift_alerts if alert.timestamp >= data.start)
    for name in names:
        found = [(cohort, metric) for cohort in data.cohorts for metric in _main(cohort) if metric.name == name]
        times = tuple(_middle(cohort) for cohort, _ in found)
        unit = found[0][1].unit
        estimates = [metric.estimated for _, metric in found]
        realised = Line(
            label="realised",
            times=times,
            values=tuple(metric.realised.value for _, metric in found),
            accent=True,
            faults=tuple(cohort.matured and metric.realised.verdict == "degraded" for cohort, metric in found),
        )
        estimated = Line(
            label="estimated",
            times=times,
            values=tuple(one.value if one else None for one in estimates),
            style=LineStyle.DASHED,
            low=tuple(one.low if one else None for one in estimates),
            high=tuple(one.high if one else None for one in estimates),
            faults=tuple(one is not None and one.verdict == "degraded" for one in estimates),
        )
        bounds = [
            metric.realised if metric.realised.lower is not None or metric.realised.upper is not None else one
            for (_, metric), one in zip(found, estimates, strict=True)
        ]
        limits = tuple(
            Limit(label="limit", times=times, values=values)
            for values in (
                tuple(one.lower if one else None for one in bounds),
                tuple(one.upper if one else None for one in bounds),
            )
            if any(value is not None for value in values)
        )
        has_estimates = any(value is not None for value in estimated.values)
        plots.append(
            OverTime(
                title=f"{name} by cohort",
                description=f"{name} of {counted(len(found), 'cohort')} over {data.days} days: realised"
                + (", estimated" if has_estimates else "")
                + (", and its limits" if limits else "")
                + (f"; {counted(len(marks), 'concept drift')} marked" if marks else "")
                + ".",
                note=" ".join(
                    [
                        *(["The band is where the realised value should lie."] if has_estimates else []),
                        *(["Triangles are degraded."] if any((*realised.faults, *estimated.faults)) else []),
                    ]
                ),
                wide=True,
                start=data.start,
                end=data.at,
                unit=unit,
                lines=(realised, estimated) if has_estimates else (realised,),
                limits=limits,
                marks=marks,
                mark_label="concept drift",
            )
        )
    return plots


def _middle(cohort: PerformanceCohort) -> datetime:
    return cohort.cohort_start + (cohort.cohort_end - cohort.cohort_start) / 2


def _coverage(data: ReportData) -> list[OverTime]:
    if not data.cohorts:
        return []
    return [
        OverTime(
            title="Predictions that have an outcome by now",
            description=f"The share of each cohort's predictions that have an outcome by now, over {data.days} days.",
            wide=True,
            start=data.start,
            end=data.at,
            unit="%",
            from_zero=True,
            to_one=True,
            lines=(
                Line(
                    label="coverage",
                    times=tuple(_middle(cohort) for cohort in data.cohorts),
                    values=tuple(cohort.coverage for cohort in data.cohorts),
                    accent=True,
                ),
            ),
        )
    ]


def _reliability(data: ReportData) -> list[Plot]:
    found = data.reliability
    if found is None or not found.points:
        return []
    rows = sum(point.rows for point in found.points)
    return [
        Calibration(
            title="Are scores probabilities?",
            description=f"Share of positives by mean score for {counted(rows, 'row')} of the cohort of "
            f"{moment(found.cohort_start)}; on the diagonal, scores are probabilities.",
            note=f"Cohort of {moment(found.cohort_start)}, {counted(rows, 'row')}"
            + ("" if found.matured else ", not mature"),
            wide=True,
            scores=tuple(point.mean_score for point in found.points),
            shares=tuple(point.positive_share for point in found.points),
        )
    ]
