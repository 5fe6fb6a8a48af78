"""What was alerted, what became of it, and what waits for somebody."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from driftgauge.queries import PastAlert
from driftgauge.report.data import ALERTS, ReportData
from driftgauge.report.figures import Lane, Timeline
from driftgauge.report.section import Cell, Section, Tone, badge, table_of
from driftgauge.report.wording import count, counted, moment, number

LANES: Final = 8
"""As many alerts by name have a lane of their own."""


def alerts(data: ReportData) -> Section:
    """Return the section: when what was told, the alerts that wait, those of the days, and the drift alerts."""
    waiting = len(data.alerts)
    return Section(
        key="alerts",
        title="Alert history",
        conclusion=_conclude(data),
        headline=bool(waiting or data.alert_history),
        tone=Tone.ATTENTION if waiting or data.health.drift_alerts else Tone.GOOD,
        plots=(*_timeline(data), *_lasting(data)),
        tables=(
            *table_of(
                data.alerts,
                "Alerts that wait to be resolved, the gravest first",
                {
                    "severity": lambda row: badge(row.severity),
                    "since": lambda row: moment(row.triggered_at),
                    "alert": lambda row: row.alert_type,
                    "message": lambda row: row.message,
                    "acknowledged by": lambda row: (row.acknowledged_by or "somebody") if row.acknowledged else "",
                },
            ),
            *table_of(
                data.alert_history,
                f"Alerts that began in the last {data.days} days, the newest first",
                {
                    "began": lambda row: moment(row.triggered_at),
                    "alert": lambda row: row.alert_type,
                    "severity": lambda row: badge(row.severity),
                    "of": lambda row: row.labels.get("feature") or row.labels.get("metric") or "",
                    "acknowledged by": _acknowledged,
                    "ended": _ended,
                    "lasted": lambda row: "" if row.resolved_at is None else _span(row.resolved_at - row.triggered_at),
                    "message": lambda row: row.message,
                },
                folded=True,
            ),
            *table_of(
                data.drift_alerts,
                f"Drift alerts of the last {data.days} days, the newest first",
                {
                    "raised": lambda row: moment(row.raised_at),
                    "severity": lambda row: badge(row.severity),
                    "feature": lambda row: row.feature,
                    "segment": lambda row: row.segment,
                    "score": lambda row: number(row.score),
                    "threshold": lambda row: number(row.threshold),
                    "message": lambda row: row.message,
                },
                numbers=frozenset({"score", "threshold"}),
                folded=True,
            ),
        ),
    )


def _conclude(data: ReportData) -> str:
    waiting, raised, began = len(data.alerts), len(data.drift_alerts), len(data.alert_history)
    if not waiting and not raised and not began:
        return f"No alert waits, and none began in {data.days} days; no drift alert was raised."
    wait = "No alert waits"
    if waiting:
        grave = sum(row.severity == "critical" for row in data.alerts)
        alone = sum(not row.acknowledged for row in data.alerts)
        told = [f"{count(grave)} critical"] * (grave > 0) + [f"{count(alone)} that nobody acknowledged"] * (alone > 0)
        wait = f"{counted(waiting, 'alert')} wait{'s' if waiting == 1 else ''} to be resolved"
        wait += f" ({', '.join(told)})" if told else ""
    ended = sum(row.resolved for row in data.alert_history)
    began_said = f"{_many(began, 'alert')} began in {data.days} days, {count(ended)} of them ended" if began else ""
    raised_said = f"{_many(raised, 'drift alert')} raised in {data.days} days, {_recent(data)}" if raised else ""
    return "; ".join(part for part in (wait, began_said, raised_said) if part) + "."


def _many(number_of: int, thing: str) -> str:
    return f"{count(number_of)} or more {thing}s" if number_of >= ALERTS else counted(number_of, thing)


def _recent(data: ReportData) -> str:
    recent = sum(row.raised_at > data.at - timedelta(hours=data.hours) for row in data.drift_alerts)
    return f"{count(recent)}{' or more' if recent >= ALERTS else ''} of them in the last {data.hours:g} hours"


def _acknowledged(row: PastAlert) -> str:
    if not row.acknowledged:
        return ""
    at = "" if row.acknowledged_at is None else f", {moment(row.acknowledged_at)}"
    return f"{row.acknowledged_by or 'somebody'}{at}"


def _ended(row: PastAlert) -> Cell:
    if not row.resolved:
        return "not yet, silenced" if row.suppressed else "not yet"
    by = row.resolved_by or row.resolution or ""
    at = "" if row.resolved_at is None else moment(row.resolved_at)
    return ", ".join(part for part in (at, by) if part) or "yes"


def _span(lasted: timedelta) -> str:
    """Return a span in the largest unit that it has two of."""
    for unit, name in ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "min")):
        if lasted >= 2 * unit:
            return f"{lasted / unit:.0f} {name}"
    return f"{max(lasted.total_seconds(), 0):.0f} s"


def _timeline(data: ReportData) -> tuple[Timeline, ...]:
    lanes = [
        Lane(label="data drift", moments=tuple(row.raised_at for row in data.drift_alerts)),
        Lane(label="concept drift", moments=tuple(row.timestamp for row in data.concept_drift_alerts)),
        Lane(label="anomalies", moments=tuple(row.hour for row in data.anomalies if row.verdict == "anomalous")),
        Lane(label="alerts", moments=tuple(row.triggered_at for row in data.alert_history)),
    ]
    shown = [
        Lane(label=lane.label, moments=tuple(at for at in lane.moments if data.start <= at <= data.at))
        for lane in lanes
    ]
    if not any(lane.moments for lane in shown):
        return ()
    counts = ", ".join(f"{lane.label} {lane.count:,}" for lane in shown)
    return (
        Timeline(
            title=f"What was told in {data.days} days",
            description=f"When something was told over {data.days} days: {counts}.",
            wide=True,
            start=data.start,
            end=data.at,
            lanes=tuple(shown),
        ),
    )


def _lasting(data: ReportData) -> tuple[Timeline, ...]:
    """Return from when to when the alerts fired that began in the days, the most frequent by name first."""
    names = Counter(row.alert_type for row in data.alert_history).most_common(LANES)
    if not names:
        return ()
    lanes = tuple(
        Lane(
            label=name,
            spans=tuple(
                (row.triggered_at, max(row.triggered_at, _until(row, data.at)))
                for row in data.alert_history
                if row.alert_type == name and row.triggered_at <= data.at
            ),
        )
        for name, _ in names
    )
    counts = ", ".join(f"{lane.label} {lane.count:,}" for lane in lanes)
    return (
        Timeline(
            title="How long alerts lasted",
            description=f"From when to when alerts fired that began in {data.days} days: {counts}.",
            note=f"Those until {moment(data.at)} have not ended.",
            wide=True,
            start=data.start,
            end=data.at,
            lanes=lanes,
        ),
    )


def _until(row: PastAlert, at: datetime) -> datetime:
    """Return when an alert ended, or now; of one that ended nobody knows when, only its beginning is known."""
    if row.resolved_at is not None:
        return min(row.resolved_at, at)
    return row.triggered_at if row.resolved else at
