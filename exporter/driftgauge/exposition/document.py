"""Write docs/metrics.md from the inventory: `python -m driftgauge.exposition.document > docs/metrics.md`."""

from __future__ import annotations

import sys

from driftgauge.exposition.family import EXPORTER, MetricFamily
from driftgauge.exposition.inventory import INVENTORY

INTRODUCTION = """\
# Metrics

Generated from `exporter/driftgauge/exposition/inventory/`; a test compares.

Values are collected on a schedule and served from a snapshot, so a scrape costs the database nothing. Judge their age
by `driftgauge_job_last_success_timestamp_seconds` and `driftgauge_job_interval_seconds` of their job. A series whose
data vanished vanishes from the next scrape; there is never a NaN. Counters are absolute: they survive restarts and do
not go back when rows are dropped. With `honor_labels: false`, Prometheus shows our label `job` as `exported_job`.
"""


def inventory_markdown() -> str:
    """Return the page."""
    jobs = sorted({family.job for family in INVENTORY.values()}, key=lambda job: (job == EXPORTER, job))
    parts = [INTRODUCTION]
    for job in jobs:
        title = "Of the exporter itself" if job == EXPORTER else f"Of the {job} job"
        rows = [_row(family) for family in INVENTORY.values() if family.job == job]
        parts.append(
            "\n".join([f"## {title}", "", "| metric | type | labels | meaning |", "|---|---|---|---|", *rows, ""])
        )
    return "\n".join(parts)


def _row(family: MetricFamily) -> str:
    labels = ", ".join(f"`{label}`" for label in family.labels)
    return f"| `{family.name}` | {family.kind} | {labels} | {family.help} |"


if __name__ == "__main__":
    sys.stdout.write(inventory_markdown())
