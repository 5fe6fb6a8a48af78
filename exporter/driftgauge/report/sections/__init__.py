"""The sections of a report in their order, one file each: to add one, write its file and name it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from driftgauge.report.data import ReportData
from driftgauge.report.section import Section
from driftgauge.report.sections.alerts import alerts
from driftgauge.report.sections.anomalies import anomalies
from driftgauge.report.sections.concept import concept
from driftgauge.report.sections.drift import drift
from driftgauge.report.sections.explanations import explanations
from driftgauge.report.sections.features import features
from driftgauge.report.sections.health import health
from driftgauge.report.sections.importance import importance
from driftgauge.report.sections.performance import performance
from driftgauge.report.sections.quality import quality
from driftgauge.report.sections.traffic import traffic

SECTIONS: Final[tuple[Callable[[ReportData], Section], ...]] = (
    health,
    traffic,
    drift,
    features,
    performance,
    concept,
    importance,
    explanations,
    quality,
    anomalies,
    alerts,
)
