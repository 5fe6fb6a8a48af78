"""Summarise the latencies and confidences of many small groups of predictions at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from driftgauge.model.bins import FloatArray, IntArray
from driftgauge.model.traffic import LATENCY_BOUNDS, TrafficSummary
from driftgauge.profiling.fitting import LARGEST


def summarise_traffic(
    latencies_ms: Sequence[Sequence[float]], confidences: Sequence[Sequence[float | None]]
) -> list[TrafficSummary]:
    """Summarise each group; both arguments have one non-empty sequence a group, of one entry a prediction.

    Milliseconds become seconds here, because Postgres refuses to divide a number so small that the result is 0.

    Negative and non-finite latencies and non-finite confidences are counted as predictions only.

    Examples
    --------
    >>> [summary] = summarise_traffic([[4.0, 200.0]], [[0.9, None]])
    >>> summary.predictions, summary.latency_max, summary.confidence_count
    (2, 0.2, 1)
    """
    if not latencies_ms:
        return []
    sizes = np.array([len(group) for group in latencies_ms])
    group = np.repeat(np.arange(sizes.size), sizes)
    latency = np.array(list(chain.from_iterable(latencies_ms)), dtype=np.float64) / 1000
    latency[~(latency >= 0)] = np.nan
    confidence = np.array(list(chain.from_iterable(confidences)), dtype=np.float64)
    slots = len(LATENCY_BOUNDS) + 1
    timed = np.flatnonzero(latency <= LARGEST)
    slot = np.searchsorted(np.array(LATENCY_BOUNDS), latency[timed], side="left")
    buckets = np.bincount(group[timed] * slots + slot, minlength=sizes.size * slots).reshape(sizes.size, slots)
    of_latency, of_confidence = _Moments.of(latency, group, sizes), _Moments.of(confidence, group, sizes)
    return [
        TrafficSummary(
            predictions=int(size),
            latency_buckets=tuple(buckets[place].tolist()),
            latency_sum=float(of_latency.sums[place]),
            latency_squares=float(of_latency.squares[place]),
            latency_min=float(of_latency.minima[place]) if of_latency.counts[place] else None,
            latency_max=float(of_latency.maxima[place]) if of_latency.counts[place] else None,
            confidence_count=int(of_confidence.counts[place]),
            confidence_sum=float(of_confidence.sums[place]),
            confidence_squares=float(of_confidence.squares[place]),
            confidence_min=float(of_confidence.minima[place]) if of_confidence.counts[place] else None,
            confidence_max=float(of_confidence.maxima[place]) if of_confidence.counts[place] else None,
        )
        for place, size in enumerate(sizes)
    ]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Moments:
    counts: IntArray
    sums: FloatArray
    squares: FloatArray
    minima: FloatArray
    maxima: FloatArray

    @classmethod
    def of(cls, values: FloatArray, group: IntArray, sizes: IntArray) -> _Moments:
        usable = np.abs(values) <= LARGEST
        used, where = values[usable], group[usable]
        starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        return cls(
            counts=np.bincount(where, minlength=sizes.size),
            sums=np.bincount(where, weights=used, minlength=sizes.size).astype(np.float64),
            squares=np.bincount(where, weights=used * used, minlength=sizes.size).astype(np.float64),
            minima=np.minimum.reduceat(np.where(usable, values, np.inf), starts),
            maxima=np.maximum.reduceat(np.where(usable, values, -np.inf), starts),
        )
