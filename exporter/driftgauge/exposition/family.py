"""What a metric family is, and the words in which the inventory lists families."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MODEL_LABELS = ("model", "version", "environment")
EXPORTER = "exporter"


class MetricKind(StrEnum):
    """The metric types in use; `INFO` is a gauge of 1 whose labels are the message."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricFamily:
    """One family: its full name (with `_total` or `_info`), and which job its values come from.

    `job` is `exporter` for what the exporter knows of itself.
    """

    name: str
    kind: MetricKind
    help: str
    labels: tuple[str, ...] = ()
    unit: str = ""
    job: str = EXPORTER

    @property
    def bare_name(self) -> str:
        """The name as OpenMetrics declares it: without the suffix of its type."""
        match self.kind:
            case MetricKind.COUNTER:
                return self.name.removesuffix("_total")
            case MetricKind.INFO:
                return self.name.removesuffix("_info")
            case _:
                return self.name


UNITS = ("seconds", "bytes", "ratio")


def _family(kind: MetricKind, name: str, text: str, *labels: str, job: str) -> MetricFamily:
    scheduled = "" if job == EXPORTER else f" Collected on a schedule, as of the last {job} cycle."
    unit = next((unit for unit in UNITS if name.removesuffix("_total").endswith(f"_{unit}")), "")
    if name.startswith("ml_"):
        labels = MODEL_LABELS + labels
    return MetricFamily(name=name, kind=kind, help=text + scheduled, labels=labels, unit=unit, job=job)


def gauge(name: str, text: str, *labels: str, job: str = EXPORTER) -> MetricFamily:
    """Return a family whose values go up and down."""
    return _family(MetricKind.GAUGE, name, text, *labels, job=job)


def counter(name: str, text: str, *labels: str, job: str = EXPORTER) -> MetricFamily:
    """Return a family whose values only go up."""
    return _family(MetricKind.COUNTER, name, text, *labels, job=job)


def histogram(name: str, text: str, *labels: str, job: str) -> MetricFamily:
    """Return a family that counts values in buckets."""
    return _family(MetricKind.HISTOGRAM, name, text, *labels, job=job)


def info(name: str, text: str, *labels: str, job: str = EXPORTER) -> MetricFamily:
    """Return a family whose labels are the message."""
    return _family(MetricKind.INFO, name, text, *labels, job=job)
