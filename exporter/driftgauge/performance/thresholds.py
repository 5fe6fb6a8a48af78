"""Whether a metric's value is good enough: held against fixed limits, or against what the reference's chunks had."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from driftgauge.performance.metric import Direction, Measured
from driftgauge.performance.registry import AnyMetric

SURELY: Final = 2.0
"""How many sampling errors a value must be beyond a fixed limit: chance does that to 2.3 % of values at the limit."""
DEVIATIONS: Final = 3.0
CHUNKS: Final = 2


class PerformanceVerdict(StrEnum):
    """What a value means; only `DEGRADED` should wake somebody."""

    STABLE = "stable"
    DEGRADED = "degraded"
    IMPROVED = "improved"
    INSUFFICIENT_DATA = "insufficient_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedLimits:
    """Limits that somebody set, in the metric's unit; None is no limit."""

    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceBand:
    """The mean of a metric over the reference's chunks, and how it strayed.

    `deviation` is the population standard deviation of the chunks' values, `error` the root mean square of their
    sampling errors, `width` how many deviations the band reaches, within the metric's range from `least` to `greatest`.
    """

    mean: float
    deviation: float
    error: float
    chunks: int
    width: float = DEVIATIONS
    least: float = -math.inf
    greatest: float = math.inf

    @property
    def lower(self) -> float:
        """Where the band begins for a window of as many rows as a chunk."""
        return self.around(self.error)[0]

    @property
    def upper(self) -> float:
        """Where it ends."""
        return self.around(self.error)[1]

    def around(self, error: float) -> tuple[float, float]:
        """Return the band for a value of this sampling error; it is wider where that is above the chunks' own.

        Examples
        --------
        >>> band = ReferenceBand(mean=0.9, deviation=0.01, error=0.01, chunks=10, greatest=1.0)
        >>> [round(limit, 3) for limit in band.around(0.01) + band.around(0.03)]
        [0.87, 0.93, 0.81, 0.99]
        """
        reach = self.width * math.sqrt(self.deviation**2 + max(error**2 - self.error**2, 0.0))
        return max(self.mean - reach, self.least), min(self.mean + reach, self.greatest)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads; an infinite end of the range is left out."""
        return {name: value for name, value in asdict(self).items() if not math.isinf(value)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ReferenceBand:
        """Return the band that was written."""
        return cls(**document)


Limits = FixedLimits | ReferenceBand


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict on one value, with the limits that it was held against and `reason`, in words and numbers."""

    verdict: PerformanceVerdict
    reason: str
    lower: float | None = None
    upper: float | None = None


def reference_band(metric: AnyMetric, chunks: Iterable[Measured], width: float = DEVIATIONS) -> ReferenceBand | None:
    """Return the band of a metric from its values in the reference's chunks.

    Parameters
    ----------
    metric : Metric
        Whose range bounds the band.
    chunks : iterable of Measured
        One a chunk, best of about equally many rows. Those without a value are left out.
    width : float
        How many standard deviations the band reaches to either side.

    Returns
    -------
    ReferenceBand or None
        None where fewer than two chunks have a value: nothing can be learned from them.

    Examples
    --------
    >>> from driftgauge.performance.registry import BINARY
    >>> chunks = [Measured(value=value, error=0.01, rows=900) for value in (0.89, 0.91)]
    >>> band = reference_band(BINARY["accuracy"], chunks)
    >>> round(band.lower, 4), round(band.upper, 4)
    (0.87, 0.93)

    References
    ----------
    Shewhart, Economic Control of Quality of Manufactured Product (1931), chapter XIX.
    """
    found = [(chunk.value, chunk.error or 0.0) for chunk in chunks if chunk.value is not None]
    if len(found) < CHUNKS:
        return None
    values, errors = zip(*found, strict=True)
    mean = math.fsum(values) / len(values)
    return ReferenceBand(
        mean=mean,
        deviation=math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values)),
        error=math.sqrt(math.fsum(error**2 for error in errors) / len(errors)),
        chunks=len(values),
        width=width,
        least=metric.least,
        greatest=metric.greatest,
    )


def judge(metric: AnyMetric, measured: Measured, limits: Limits | None, *, minimum_rows: int = 1) -> Judgement:
    """Judge a value.

    Parameters
    ----------
    metric : Metric
        Whose direction says what is better.
    measured : Measured
        The value, with its sampling error.
    limits : FixedLimits, ReferenceBand or None
        What it is held against; None where a reference has too few chunks.
    minimum_rows : int
        How many rows a value must come from.

    Returns
    -------
    Judgement
        Beyond the worse limit degraded, beyond the better one improved. Fixed limits must be passed by two sampling
        errors, a reference's band is widened for windows of fewer rows than its chunks had.

    Examples
    --------
    >>> from driftgauge.performance.registry import BINARY
    >>> accuracy, limits = BINARY["accuracy"], FixedLimits(lower=0.9)
    >>> judge(accuracy, Measured(value=0.88, error=0.03, rows=120), limits).reason
    'accuracy 0.88 is below the limit 0.9, but by less than 2 sampling errors of 0.03 (120 rows)'
    >>> judge(accuracy, Measured(value=0.88, error=0.003, rows=12000), limits).verdict.value
    'degraded'
    """
    if measured.value is None:
        return Judgement(verdict=PerformanceVerdict.INSUFFICIENT_DATA, reason=measured.reason)
    if measured.rows < minimum_rows or measured.error is None:
        needed = f"; {minimum_rows} are needed" if measured.rows < minimum_rows else " tell no sampling error"
        reason = f"{measured.rows} rows{needed}"
        return Judgement(verdict=PerformanceVerdict.INSUFFICIENT_DATA, reason=reason)
    if limits is None:
        reason = f"fewer than {CHUNKS} chunks of the reference have a value"
        return Judgement(verdict=PerformanceVerdict.INSUFFICIENT_DATA, reason=reason)
    if isinstance(limits, FixedLimits):
        return _against_fixed(metric, measured.value, measured.error, measured.rows, limits)
    return _against_band(metric, measured.value, measured.error, measured.rows, limits)


def _against_fixed(metric: AnyMetric, value: float, error: float, rows: int, limits: FixedLimits) -> Judgement:
    below = limits.lower is not None and value < limits.lower
    above = limits.upper is not None and value > limits.upper
    limit = limits.lower if below else limits.upper
    sampling = f"sampling errors of {error:.2g} ({rows} rows)"
    if not (below or above) or limit is None:
        reason = f"{metric.name} {value:.4g} is within its limits, with a sampling error of {error:.2g} ({rows} rows)"
        return Judgement(verdict=PerformanceVerdict.STABLE, reason=reason, lower=limits.lower, upper=limits.upper)
    beyond = abs(value - limit) >= SURELY * error
    side = f"{metric.name} {value:.4g} is {'below' if below else 'above'} the limit {limit:.4g}"
    reason = f"{side}, {'' if beyond else 'but '}by {'more' if beyond else 'less'} than {SURELY:g} {sampling}"
    verdict = _verdict(metric, below=below) if beyond else PerformanceVerdict.STABLE
    return Judgement(verdict=verdict, reason=reason, lower=limits.lower, upper=limits.upper)


def _against_band(metric: AnyMetric, value: float, error: float, rows: int, band: ReferenceBand) -> Judgement:
    lower, upper = band.around(error)
    if value < lower or value > upper:
        below = value < lower
        side, verdict = (
            f"{'below' if below else 'above'} {lower if below else upper:.4g}",
            _verdict(metric, below=below),
        )
    else:
        side, verdict = f"within {lower:.4g} to {upper:.4g}", PerformanceVerdict.STABLE
    learned = f"{band.mean:.4g} ± {band.width:g} × {band.deviation:.2g} in {band.chunks} chunks of the reference"
    wider = ", widened for the sampling error" if error > band.error else ""
    reason = f"{metric.name} {value:.4g} is {side}: {learned}{wider} ({error:.2g}, {rows} rows)"
    return Judgement(verdict=verdict, reason=reason, lower=lower, upper=upper)


def _verdict(metric: AnyMetric, *, below: bool) -> PerformanceVerdict:
    worse = below == (metric.direction is Direction.HIGHER)
    return PerformanceVerdict.DEGRADED if worse else PerformanceVerdict.IMPROVED
