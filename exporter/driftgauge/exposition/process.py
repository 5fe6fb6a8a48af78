"""What the exporter's own process uses, read through prometheus_client."""

from __future__ import annotations

from prometheus_client.process_collector import ProcessCollector

from driftgauge.exposition.inventory import INVENTORY
from driftgauge.exposition.samples import Sample


def process_samples() -> tuple[Sample, ...]:
    """Return the process families of the inventory as they stand now; none where there is no /proc."""
    return tuple(
        Sample(sample.name, (), sample.value)
        for metric in ProcessCollector(registry=None).collect()
        for sample in metric.samples
        if sample.name in INVENTORY
    )
