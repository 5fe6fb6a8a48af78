"""Every metric family that driftgauge exports: the one list behind the snapshot, the docs and the checks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from driftgauge.exposition.family import MetricFamily
from driftgauge.exposition.inventory.alerts import ALERTS
from driftgauge.exposition.inventory.anomalies import ANOMALIES
from driftgauge.exposition.inventory.concept import CONCEPT
from driftgauge.exposition.inventory.drift import DRIFT, SEGMENTS
from driftgauge.exposition.inventory.explanations import EXPLANATIONS
from driftgauge.exposition.inventory.exporter import EXPORTER_ITSELF
from driftgauge.exposition.inventory.health import HEALTH
from driftgauge.exposition.inventory.importance import IMPORTANCE
from driftgauge.exposition.inventory.jobs import JOBS
from driftgauge.exposition.inventory.models import MODELS
from driftgauge.exposition.inventory.performance import PERFORMANCE
from driftgauge.exposition.inventory.quality import FEATURES, ROWS
from driftgauge.exposition.inventory.rollups import ROLLUPS, SOURCES
from driftgauge.exposition.inventory.traffic import OBJECTIVES, TRAFFIC

INVENTORY: Mapping[str, MetricFamily] = MappingProxyType(
    {
        family.name: family
        for family in (
            *TRAFFIC,
            *OBJECTIVES,
            *DRIFT,
            *SEGMENTS,
            *FEATURES,
            *PERFORMANCE,
            *ROWS,
            *ANOMALIES,
            *CONCEPT,
            *EXPLANATIONS,
            *IMPORTANCE,
            *HEALTH,
            *MODELS,
            *ALERTS,
            *JOBS,
            *ROLLUPS,
            *SOURCES,
            *EXPORTER_ITSELF,
        )
    }
)
"""Every family by name, in the order of the exposition."""
