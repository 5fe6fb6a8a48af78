"""How concept drift is shown to people: the detectors, what they found, and why none follows a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from driftgauge.cli.output import moment
from driftgauge.cli.tables import Columns, figure
from driftgauge.queries import ConceptDetector, ConceptDriftAlert

DETECTOR: Final[Columns[ConceptDetector]] = {
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "detector": lambda row: row.detector,
    "metric": lambda row: row.metric,
    "seen": lambda row: f"{row.seen:,}",
    "score": lambda row: "" if row.score is None else f"{row.score:.2f}",
    "up to": lambda row: "" if row.last_at is None else moment(row.last_at),
    "last drift": lambda row: "" if row.drifted_at is None else moment(row.drifted_at),
    "direction": lambda row: row.direction or "",
    "why not": lambda row: row.reason,
}
CONCEPT: Final[Columns[ConceptDriftAlert]] = {
    "when": lambda row: moment(row.timestamp),
    "version": lambda row: row.version,
    "environment": lambda row: row.environment,
    "metric": lambda row: row.metric,
    "reference": lambda row: figure(row.reference_mean),
    "current": lambda row: figure(row.current_mean),
    "statistic": lambda row: figure(row.statistic),
    "threshold": lambda row: figure(row.threshold),
    "found by": lambda row: row.detector,
    "direction": lambda row: row.direction or "",
    "found": lambda row: moment(row.told_at),
}


def mark_left_out(detectors: Sequence[ConceptDetector], chosen: Sequence[str]) -> list[ConceptDetector]:
    """Return detectors, those that no longer follow the model without a score and saying so."""
    return [
        row
        if row.detector in (*chosen, "t_test")
        else replace(row, score=None, reason="no longer chosen: not in concept.detectors")
        for row in detectors
    ]


def say_why_none_follows(name: str, detectors: Sequence[str]) -> str:
    """Return why no detector has anything to show.

    Examples
    --------
    >>> say_why_none_follows("churn", [])
    'no detector follows churn: concept.detectors is empty'
    >>> say_why_none_follows("churn", ["adwin", "ddm"])
    'adwin, ddm have seen no error of churn: there are no outcomes yet, or too few to tell what it predicts'
    """
    if not detectors:
        return f"no detector follows {name}: concept.detectors is empty"
    have = "has" if len(detectors) == 1 else "have"
    seen = f"{', '.join(detectors)} {have} seen no error of {name}"
    return f"{seen}: there are no outcomes yet, or too few to tell what it predicts"
