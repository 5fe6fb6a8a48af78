"""The immutable snapshot that a scrape reads, and the renderer that turns samples into one."""

from __future__ import annotations

import gzip
import math
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from driftgauge.exposition.encode import (
    escape,
    histogram_lines,
    line_template,
    number,
)
from driftgauge.exposition.family import MetricFamily, MetricKind
from driftgauge.exposition.inventory import INVENTORY
from driftgauge.exposition.packing import Packing
from driftgauge.exposition.samples import AnySample, HistogramSample, LabelValues, Sample
from driftgauge.exposition.sanitise import sanitise

FOLDED = "other"


class DropReason(StrEnum):
    """Why a series is not in the snapshot as it was handed over."""

    VALUE = "value"  # not finite, or a negative counter
    DUPLICATE = "duplicate"  # the first one stays
    LIMIT = "limit"  # beyond max_series: folded into `other` where that keeps totals right


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One exposition in each format, gzipped, as Prometheus asks for it; `created_at` is unix time.

    The plain ones, twenty times as long, are unpacked when somebody asks.
    """

    text_gzip: bytes
    openmetrics_gzip: bytes
    series: int
    dropped: Mapping[tuple[str, DropReason], int]
    created_at: float

    @property
    def text(self) -> bytes:
        """The exposition in Prometheus' text format."""
        return gzip.decompress(self.text_gzip)

    @property
    def openmetrics(self) -> bytes:
        """The exposition in OpenMetrics."""
        return gzip.decompress(self.openmetrics_gzip)


class Renderer:
    """Turns samples into snapshots; one a process, as it counts what was dropped over all snapshots.

    Not for two threads at once. Families of the renderer's own (`driftgauge_series`, `…_series_dropped_total`,
    `driftgauge_label_values_sanitised_total`) must not be handed in.
    """

    def __init__(self) -> None:
        """Start all counts at zero."""
        self._dropped: Counter[str] = Counter()
        self._sanitised = 0
        self._statuses = _StatusFolding()

    def render(self, samples: Iterable[AnySample], *, max_series: int, created_at: float) -> Snapshot:
        """Return the snapshot of `samples`: sanitised, free of duplicates, at most `max_series` a family.

        Raises
        ------
        ValueError
            Where a sample does not fit its family in the inventory: a mistake in the calling code.
        """
        escaped = _EscapedValues()
        exposition, series = Packing(), 0
        dropped: dict[tuple[str, DropReason], int] = {}
        groups = _grouped(samples)
        for family in _in_order(groups):
            folding = self._statuses if family.labels[-1:] == ("status",) else None
            body = _FamilyBody.of(family, groups.pop(family.name), escaped, max_series, folding)
            exposition.add(family, body.lines())  # at once: all lines of a fleet are a hundred megabytes
            series += body.series
            dropped |= {(family.name, reason): count for reason, count in body.dropped.items()}
            self._dropped[family.name] += sum(body.dropped.values())
        self._sanitised += escaped.changed
        for body in self._own(series):
            exposition.add(body.family, body.lines())
            series += body.series
        text, openmetrics = exposition.end()
        return Snapshot(
            text_gzip=text,
            openmetrics_gzip=openmetrics,
            series=series,
            dropped=MappingProxyType(dropped),
            created_at=created_at,
        )

    def _own(self, series: int) -> list[_FamilyBody]:
        """Return the families that only the renderer knows, counting themselves."""
        total = series + len(self._dropped) + 2
        samples = [
            Sample("driftgauge_series", (), total),
            Sample("driftgauge_label_values_sanitised_total", (), self._sanitised),
            *(Sample("driftgauge_series_dropped_total", (name,), count) for name, count in self._dropped.items()),
        ]
        escaped, groups = _EscapedValues(), _grouped(samples)
        return [_FamilyBody.of(family, groups[family.name], escaped, len(INVENTORY)) for family in _in_order(groups)]


class _EscapedValues(dict[str, str]):
    """Label values as they are written, worked out once each: few values make up many series."""

    changed = 0

    def of(self, labels: LabelValues) -> LabelValues:
        """Return the values as they are written: nearly always as they are, and then they take no memory again."""
        written = tuple(map(self.__getitem__, labels))
        return labels if written == labels else written

    def __missing__(self, value: str) -> str:
        clean = sanitise(value)
        self.changed += clean != value
        self[value] = escape(clean)
        return self[value]


class _StatusFolding:
    """Which series of counters by status are shown on their own once there are too many.

    Whoever was shown stays shown and whoever was folded stays folded, as a counter that moved between the two
    would look like a reset.
    """

    def __init__(self) -> None:
        self._shown: set[LabelValues] = set()
        self._models: set[LabelValues] = set()

    def target(self, labels: LabelValues, max_series: int) -> LabelValues | None:
        """Return the labels that a value is added to; None where even its model is beyond the limit."""
        if labels not in self._shown:
            if len(self._shown) >= max_series:
                return (*labels[:-1], FOLDED) if labels[:-1] in self._models else None
            self._shown.add(labels)
            self._models.add(labels[:-1])
        return labels


@dataclass(frozen=True, slots=True, kw_only=True)
class _FamilyBody:
    """The samples of one family that are shown, by their escaped labels; `series` is how many they are."""

    family: MetricFamily
    shown: Mapping[LabelValues, AnySample]
    series: int
    dropped: Mapping[DropReason, int]

    @classmethod
    def of(
        cls,
        family: MetricFamily,
        samples: Iterable[AnySample],
        escaped: _EscapedValues,
        max_series: int,
        folding: _StatusFolding | None = None,
    ) -> _FamilyBody:
        """Choose the series of one family."""
        dropped: Counter[DropReason] = Counter()
        unique: dict[LabelValues, AnySample] = {}
        for sample in samples:
            labels = escaped.of(sample.labels)
            if not _publishable(family, sample):
                dropped[DropReason.VALUE] += 1
            elif labels in unique:
                dropped[DropReason.DUPLICATE] += 1
            else:
                unique[labels] = sample
        if folding is not None:
            shown, cut = _folded(family, unique, max_series, folding)
        else:
            shown, cut = _capped(unique, max_series)
        if cut:
            dropped[DropReason.LIMIT] += cut
        return cls(family=family, shown=shown, series=sum(map(_size, shown.values())), dropped=dropped)

    def lines(self) -> Iterator[str]:
        """Yield what is written of each sample, which both formats write alike."""
        template = line_template(self.family.name, self.family.labels)
        for labels, sample in self.shown.items():
            if isinstance(sample, HistogramSample):
                yield histogram_lines(self.family, labels, sample)
            else:
                yield template % (*labels, number(sample.value))


def _grouped(samples: Iterable[AnySample]) -> dict[str, list[AnySample]]:
    """Return the samples by family, each checked against the inventory."""
    groups: dict[str, list[AnySample]] = {}
    for sample in samples:
        groups.setdefault(sample.family, []).append(sample)
    for name, members in groups.items():
        family = INVENTORY.get(name)
        if family is None:
            raise ValueError(f"{name} is not in the inventory")
        for sample in members:
            _check(family, sample)
    return groups


def _in_order(groups: Container[str]) -> Iterator[MetricFamily]:
    """Yield the families that have samples, in the order of the exposition."""
    return (family for name, family in INVENTORY.items() if name in groups)


def _check(family: MetricFamily, sample: AnySample) -> None:
    if len(sample.labels) != len(family.labels):
        raise ValueError(f"{family.name} has the labels {family.labels}, got the values {sample.labels}")
    is_histogram = isinstance(sample, HistogramSample)
    if is_histogram != (family.kind is MetricKind.HISTOGRAM):
        raise ValueError(f"{family.name} is a {family.kind}, got a {type(sample).__name__}")
    if is_histogram and (
        len(sample.counts) != len(sample.bounds) + 1
        or not all(low < high for low, high in zip((0.0, *sample.bounds), sample.bounds, strict=False))
    ):
        raise ValueError(f"{family.name} needs rising bounds above 0 and a count for each and for +Inf, got {sample}")


def _publishable(family: MetricFamily, sample: AnySample) -> bool:
    if isinstance(sample, HistogramSample):
        return math.isfinite(sample.total) and min(sample.counts) >= 0
    return math.isfinite(sample.value) and (family.kind is not MetricKind.COUNTER or sample.value >= 0)


def _size(sample: AnySample) -> int:
    return len(sample.counts) + 2 if isinstance(sample, HistogramSample) else 1


def _capped(unique: Mapping[LabelValues, AnySample], max_series: int) -> tuple[Mapping[LabelValues, AnySample], int]:
    """Return the first samples that fit, and how many series were cut."""
    if sum(map(_size, unique.values())) <= max_series:
        return unique, 0
    shown: dict[LabelValues, AnySample] = {}
    series = cut = 0
    for labels, sample in unique.items():
        size = _size(sample)
        if series + size > max_series:
            cut += size
        else:
            series += size
            shown[labels] = sample
    return shown, cut


def _folded(
    family: MetricFamily, unique: Mapping[LabelValues, AnySample], max_series: int, folding: _StatusFolding
) -> tuple[Mapping[LabelValues, AnySample], int]:
    """Return the samples with the statuses beyond the limit added up as `other`, and how many were folded or cut."""
    totals: dict[LabelValues, float] = {}
    cut = 0
    for labels, sample in unique.items():
        target = folding.target(labels, max_series)
        cut += target != labels
        if target is not None and isinstance(sample, Sample):
            totals[target] = totals.get(target, 0.0) + float(sample.value)
    return {labels: Sample(family.name, labels, total) for labels, total in totals.items()}, cut
