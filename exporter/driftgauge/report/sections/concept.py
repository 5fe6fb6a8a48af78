"""Whether the model still gets it right, as detectors tell."""

from __future__ import annotations

from driftgauge.queries import ConceptDetector, ConceptDriftAlert
from driftgauge.report.data import ReportData
from driftgauge.report.section import Badge, Section, Tone, table_of
from driftgauge.report.wording import count, counted, moment, number

ERRORS = frozenset({"error_rate", "absolute_error"})


def concept(data: ReportData) -> Section:
    """Return the section: the drifts that were found, and how far each detector is."""
    conclusion, tone = _conclude(data)
    return Section(
        key="concept",
        title="Concept drift",
        conclusion=conclusion,
        tone=tone,
        tables=(
            *table_of(
                data.concept_drift_alerts,
                f"Concept drifts found in the last {data.days} days, the newest first",
                {
                    "when": lambda row: moment(row.timestamp),
                    "metric": lambda row: row.metric,
                    "direction": lambda row: row.direction or "",
                    "mean before": lambda row: number(row.reference_mean),
                    "mean after": lambda row: number(row.current_mean),
                    "found by": lambda row: row.detector,
                    "found at": lambda row: moment(row.told_at),
                },
                numbers=frozenset({"mean before", "mean after"}),
            ),
            *table_of(
                data.detectors,
                "How far each detector is; from a score of 1 on there is a drift",
                {
                    "detector": lambda row: row.detector,
                    "metric": lambda row: row.metric,
                    "seen": lambda row: count(row.seen),
                    "score": lambda row: "" if row.score is None else f"{row.score:.2f}",
                    "state": _state,
                    "last drift": lambda row: "" if row.drifted_at is None else moment(row.drifted_at),
                    "why not": lambda row: row.reason,
                },
                numbers=frozenset({"seen", "score"}),
            ),
        ),
    )


def _conclude(data: ReportData) -> tuple[str, Tone]:
    found = data.concept_drift_alerts
    if found:
        newest = max(found, key=lambda alert: alert.timestamp)
        again = f" ({counted(len(found), 'concept drift')} found in {data.days} days)" if len(found) > 1 else ""
        return f"{_say(newest)}, as {newest.detector} found{again}.", Tone.ATTENTION
    if not any(row.seen for row in data.detectors):
        why = "no outcomes, or too few" if data.chosen else "no detector is chosen (concept.detectors)"
        return f"Nobody can tell whether the concept drifts: {why}.", Tone.UNKNOWN
    seen = max(row.seen for row in data.detectors)
    return f"No concept drift was found in {data.days} days; detectors saw up to {counted(seen, 'error')}.", Tone.GOOD


def _say(alert: ConceptDriftAlert) -> str:
    at = f"since {moment(alert.timestamp)}"
    if alert.metric in ERRORS and alert.direction in {"up", "down"}:
        return f"The model errs {'more' if alert.direction == 'up' else 'less'} {at}"
    way = f" is {'higher' if alert.direction == 'up' else 'lower'}" if alert.direction else " has changed"
    return f"{alert.metric}{way} {at}"


def _state(row: ConceptDetector) -> Badge:
    if row.score is None:
        return Badge(text="cannot tell yet", tone=Tone.UNKNOWN)
    if row.score >= 1:
        return Badge(text="drift", tone=Tone.ATTENTION)
    return Badge(text="none", tone=Tone.GOOD)
