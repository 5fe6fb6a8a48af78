"""The immutable snapshot that a scrape reads, and the renderer that turns samples into one."""

from __future__ import annotations

import gzip
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from types import MappingProxyType

from driftgauge.exposition.encode import (
    OPENMETRICS_END,
    escape,
    histogram_lines,
    line_template,
    number,
    openmetrics_header,
    text_header,
)
from driftgauge.exposition.family import MetricFamily, MetricKind
from driftgauge.exposition.inventory import INVENTORY
from driftgauge.exposition.samples import AnySample, HistogramSample, LabelValues, Sample
from driftgauge.exposition.sanitise import sanitise

GZIP_LEVEL = 4  # 100,000 series: 0.07 s and 1.24 MB; level 6 takes 0.12 s for 4 % less
GZIP_FORMAT = 31  # zlib's number for it, with the largest window
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
        bodies: list[_FamilyBody] = []
        for family, members in _grouped(samples):
            folding = self._statuses if family.labels[-1:] == ("status",) else None
            bodies.append(_FamilyBody.of(family, members, escaped, max_series, folding))
            self._dropped[family.name] += sum(bodies[-1].dropped.values())
        self._sanitised += escaped.changed
        bodies += self._own(sum(body.series for body in bodies))
        order = {name: place for place, name in enumerate(INVENTORY)}
        bodies.sort(key=lambda body: order[body.family.name])
        shown = [body for body in bodies if body.lines]
        return Snapshot(
            text_gzip=_packed(part for body in shown for part in (text_header(body.family), body.lines)),
            openmetrics_gzip=_packed(
                chain(
                    (part for body in shown for part in (openmetrics_header(body.family), body.lines)),
                    [OPENMETRICS_END],
                )
            ),
            series=sum(body.series for body in shown),
            dropped=MappingProxyType(
                {(body.family.name, reason): count for body in bodies for reason, count in body.dropped.items()}
            ),
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
        escaped = _EscapedValues()
        return [_FamilyBody.of(family, members, escaped, len(INVENTORY)) for family, members in _grouped(samples)]


class _EscapedValues(dict[str, str]):
    """Label values as they are written, worked out once each: few values make up many series."""

    changed = 0

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
    family: MetricFamily
    lines: str
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
        """Choose and write the series of one family."""
        dropped: Counter[DropReason] = Counter()
        unique: dict[LabelValues, AnySample] = {}
        for sample in samples:
            labels = tuple(map(escaped.__getitem__, sample.labels))
            if not _publishable(family, sample):
                dropped[DropReason.VALUE] += 1
            elif labels in unique:
                dropped[DropReason.DUPLICATE] += 1
            else:
                unique[labels] = sample
        if folding is not None:
            lines, series, cut = _folded_lines(family, unique, max_series, folding)
        else:
            lines, series, cut = _capped_lines(family, unique, max_series)
        if cut:
            dropped[DropReason.LIMIT] += cut
        return cls(family=family, lines=lines, series=series, dropped=dropped)


def _packed(parts: Iterable[str]) -> bytes:
    """Return the parts gzipped, one by one: the whole, of a hundred megabytes in a fleet, is never in memory."""
    packer = zlib.compressobj(GZIP_LEVEL, wbits=GZIP_FORMAT)
    return b"".join([*(packer.compress(part.encode()) for part in parts), packer.flush()])


def _grouped(samples: Iterable[AnySample]) -> Iterable[tuple[MetricFamily, list[AnySample]]]:
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
        yield family, members


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


def _capped_lines(
    family: MetricFamily, unique: Mapping[LabelValues, AnySample], max_series: int
) -> tuple[str, int, int]:
    """Return the lines of the first samples that fit, how many series they are, and how many were cut."""
    template = line_template(family.name, family.labels)
    lines: list[str] = []
    series = cut = 0
    for labels, sample in unique.items():
        size = len(sample.counts) + 2 if isinstance(sample, HistogramSample) else 1
        if series + size > max_series:
            cut += size
            continue
        series += size
        if isinstance(sample, HistogramSample):
            lines.append(histogram_lines(family, labels, sample))
        else:
            lines.append(template % (*labels, number(sample.value)))
    return "".join(lines), series, cut


def _folded_lines(
    family: MetricFamily, unique: Mapping[LabelValues, AnySample], max_series: int, folding: _StatusFolding
) -> tuple[str, int, int]:
    """Return the lines with the statuses beyond the limit added up as `other`, and the counts as above."""
    totals: dict[LabelValues, float] = {}
    cut = 0
    for labels, sample in unique.items():
        target = folding.target(labels, max_series)
        cut += target != labels
        if target is not None and isinstance(sample, Sample):
            totals[target] = totals.get(target, 0.0) + float(sample.value)
    template = line_template(family.name, family.labels)
    return "".join(template % (*labels, number(total)) for labels, total in totals.items()), len(totals), cut
