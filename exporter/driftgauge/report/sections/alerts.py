"""What was alerted, and what waits for somebody."""

from __future__ import annotations

from datetime import timedelta

from driftgauge.report.data import ALERTS, ReportData
from driftgauge.report.figures import Lane, Timeline
from driftgauge.report.section import Section, Tone, badge, table_of
from driftgauge.report.wording import count, counted, moment, number


def alerts(data: ReportData) -> Section:
    """Return the section: a lane a kind of alert, those that wait, and the drift alerts of the days."""
    waiting, raised = len(data.alerts), len(data.drift_alerts)
    wait = (
        f"{counted(waiting, 'alert')} wait{'s' if waiting == 1 else ''} to be resolved" if waiting else "No alert waits"
    )
    many = f"{count(raised)} or more drift alerts" if raised >= ALERTS else counted(raised, "drift alert")
    said = f"{wait}; {many} raised in {data.days} days, {_recent(data)}."
    if not waiting and not raised:
        said = f"No alert waits, and no drift alert was raised in {data.days} days."
    return Section(
        key="alerts",
        title="Alert history",
        conclusion=said,
        headline=False,
        tone=Tone.ATTENTION if waiting or data.health.drift_alerts else Tone.GOOD,
        plots=_timeline(data),
        tables=(
            *table_of(
                data.alerts,
                "Alerts that wait to be resolved, the gravest first",
                {
                    "severity": lambda row: badge(row.severity),
                    "since": lambda row: moment(row.triggered_at),
                    "type": lambda row: row.alert_type,
                    "message": lambda row: row.message,
                    "acknowledged by": lambda row: (row.acknowledged_by or "somebody") if row.acknowledged else "",
                },
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


def _recent(data: ReportData) -> str:
    recent = sum(row.raised_at > data.at - timedelta(hours=data.hours) for row in data.drift_alerts)
    return f"{count(recent)}{' or more' if recent >= ALERTS else ''} of them in the last {data.hours:g} hours"


def _timeline(data: ReportData) -> tuple[Timeline, ...]:
    lanes = [
        Lane(label="data drift", moments=tuple(row.raised_at for row in data.drift_alerts)),
        Lane(label="concept drift", moments=tuple(row.timestamp for row in data.concept_drift_alerts)),
        Lane(label="anomalies", moments=tuple(row.hour for row in data.anomalies if row.verdict == "anomalous")),
        Lane(label="alerts that wait", moments=tuple(row.triggered_at for row in data.alerts)),
    ]
    shown = [
        Lane(label=lane.label, moments=tuple(at for at in lane.moments if data.start <= at <= data.at))
        for lane in lanes
    ]
    if not any(lane.moments for lane in shown):
        return ()
    counts = ", ".join(f"{lane.label} {len(lane.moments):,}" for lane in shown)
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
