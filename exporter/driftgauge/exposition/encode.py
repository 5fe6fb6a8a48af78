"""How a family is written in the two formats, which share their sample lines and differ in the lines above."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from driftgauge.exposition.family import MetricFamily, MetricKind
from driftgauge.exposition.samples import HistogramSample

OPENMETRICS_END = "# EOF\n"


def text_header(family: MetricFamily) -> str:
    """Return HELP and TYPE for the text format 0.0.4, which knows no info type and quotes nothing in HELP."""
    kind = MetricKind.GAUGE if family.kind is MetricKind.INFO else family.kind
    help_text = family.help.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {family.name} {help_text}\n# TYPE {family.name} {kind}\n"


def openmetrics_header(family: MetricFamily) -> str:
    """Return HELP, TYPE and UNIT for OpenMetrics 1.0, which name counters and infos without their suffix."""
    name = family.bare_name
    unit = f"# UNIT {name} {family.unit}\n" if family.unit else ""
    return f"# HELP {name} {escape(family.help)}\n# TYPE {name} {family.kind}\n{unit}"


def escape(value: str) -> str:
    """Return a label value as it stands between quotes, in either format."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def number(value: float) -> str:
    """Return a finite value as both formats take it, whatever kind of number it is."""
    return float.__repr__(float(value))


def line_template(name: str, labels: Sequence[str]) -> str:
    """Return the `%` template of one line: a `%s` for each escaped label value, then one for the value."""
    pairs = ",".join(f'{label}="%s"' for label in labels)
    return f"{name}{{{pairs}}} %s\n" if labels else f"{name} %s\n"


def histogram_lines(family: MetricFamily, labels: tuple[str, ...], sample: HistogramSample) -> str:
    """Return the bucket, count and sum lines of one histogram; `labels` are its escaped label values."""
    bucket = line_template(f"{family.name}_bucket", (*family.labels, "le"))
    limits = (*map(number, sample.bounds), "+Inf")
    totals = tuple(accumulate(sample.counts))
    return "".join(
        [
            *(bucket % (*labels, limit, total) for limit, total in zip(limits, totals, strict=True)),
            line_template(f"{family.name}_count", family.labels) % (*labels, totals[-1]),
            line_template(f"{family.name}_sum", family.labels) % (*labels, number(sample.total)),
        ]
    )
