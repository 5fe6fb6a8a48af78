"""How the model is, all in all, and what that follows from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from driftgauge.queries import HealthDay
from driftgauge.report.data import ReportData
from driftgauge.report.figures import Line, OverTime
from driftgauge.report.section import Badge, Section, Tone, table_of
from driftgauge.report.wording import count, counted, day, midnight, number, percent

FINE: Final = 0.9
SLOW_MS: Final = 200
"""From here on the classic score takes a mean latency for slow."""

LISTED: Final = 100
"""As many alerts of each kind does a model's health list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The figure that stands above all, what it is out of, and what it follows from."""

    figure: str
    unit: str
    reason: str
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What the score is multiplied by, and why."""

    part: str
    factor: float | None
    found: str


def headline(data: ReportData) -> Headline:
    """Return the health in one figure."""
    score = data.health.score
    if score is None:
        return Headline(figure="unknown", unit="", reason=_without(data), tone=Tone.UNKNOWN)
    parts = _parts(data)
    lowered = [part.found for part in parts[1:] if part.factor != 1]
    reason = "; ".join([parts[0].found, *lowered]) + ("" if lowered else "; nothing else lowers it")
    return Headline(
        figure=f"{score:.2f}", unit="of 1", reason=reason, tone=Tone.GOOD if score >= FINE else Tone.ATTENTION
    )


def health(data: ReportData) -> Section:
    """Return the section: the parts of the score, and what services reported by day."""
    score = data.health.score
    checks = sum(one.checks for one in data.health_days)
    healthy = sum(one.healthy for one in data.health_days)
    reported = (
        f"Services reported {counted(checks, 'health check')} in {data.days} days, {percent(healthy / checks)} healthy."
        if checks
        else "Services reported no health checks."
    )
    said = _without(data) if score is None else f"Health is {score:.2f} of 1, the product of the parts below"
    return Section(
        key="health",
        title="Health",
        conclusion=f"{said}. {reported}",
        tone=headline(data).tone,
        headline=False,
        tables=(
            *table_of(
                [] if score is None else _parts(data),
                "What the score is made of",
                {
                    "part": lambda row: row.part,
                    "factor": lambda row: number(row.factor),
                    "found": lambda row: row.found,
                    "": lambda row: (
                        Badge(text="as it should be", tone=Tone.GOOD)
                        if row.factor is not None and row.factor >= FINE
                        else Badge(text="lowers it", tone=Tone.ATTENTION)
                    ),
                },
                numbers=frozenset({"factor"}),
            ),
            *table_of(
                data.health_days[::-1],
                "Health checks by day",
                {
                    "day": lambda row: day(row.day),
                    "mean score": lambda row: number(row.mean_score),
                    "healthy": lambda row: count(row.healthy),
                    "checks": lambda row: count(row.checks),
                },
                numbers=frozenset({"mean score", "healthy", "checks"}),
                folded=True,
            ),
        ),
        plots=_plots(data, data.health_days),
    )


def _without(data: ReportData) -> str:
    return f"There were no predictions in prediction_logs in the last {data.hours:g} hours"


def _parts(data: ReportData) -> list[_Part]:
    found = data.health.predictions
    slow = found.mean_latency_ms is not None and found.mean_latency_ms > SLOW_MS
    drifted, concept = data.health.drift_alerts, data.health.concept_drift_alerts
    latency = "no latency was logged" if found.mean_latency_ms is None else f"{number(found.mean_latency_ms)} ms"
    return [
        _Part(
            part="predictions that succeeded",
            factor=found.success_rate,
            found=f"{percent(found.success_rate)} of {count(found.total)} predictions succeeded",
        ),
        _Part(part="mean latency", factor=0.8 if slow else 1, found=f"mean latency {latency}, {SLOW_MS} is the limit"),
        _Part(
            part="data drift",
            factor=0.7 if drifted else 1,
            found=_alerts(len(drifted), "drift alert"),
        ),
        _Part(
            part="concept drift",
            factor=0.6 if concept else 1,
            found=_alerts(len(concept), "concept drift"),
        ),
    ]


def _alerts(number_of: int, thing: str) -> str:
    if number_of >= LISTED:
        return f"{LISTED} or more {thing}s"
    return counted(number_of, thing) if number_of else f"no {thing}"


def _plots(data: ReportData, days: tuple[HealthDay, ...]) -> tuple[OverTime, ...]:
    if len(days) < 2:  # noqa: PLR2004 - one point makes no trend
        return ()
    return (
        OverTime(
            title="Health checks: mean score by day",
            description="The mean score of the health checks that services reported, by day.",
            wide=True,
            start=data.start,
            end=data.at,
            unit="score",
            from_zero=True,
            lines=(
                Line(
                    label="mean score",
                    times=tuple(midnight(one.day) for one in days),
                    values=tuple(one.mean_score for one in days),
                    accent=True,
                ),
            ),
        ),
    )
