"""What is said of performance before outcomes are known: a value, where it will turn out to lie, and a judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from driftgauge.performance.metric import Measured
from driftgauge.performance.registry import AnyMetric
from driftgauge.performance.thresholds import Judgement, ReferenceBand, judge

CONFIDENCE: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a metric will probably turn out to be.

    `lower` and `upper` are three sampling errors away, within the metric's range: where the realised value of these
    rows should lie. `judgement` holds the estimate against the reference's realised chunks.
    """

    measured: Measured
    lower: float | None
    upper: float | None
    judgement: Judgement


def estimate_of(
    metric: AnyMetric, found: Measured, band: ReferenceBand | None, *, minimum_rows: int, spread: float | None = None
) -> Estimate:
    """Return the estimate that a value is, judged against the reference's band.

    `spread` is how far the realised value of the same rows typically is from it, where that is less than the sampling
    error: how far the value is from that of very many such rows.

    Examples
    --------
    >>> from driftgauge.performance.registry import BINARY
    >>> estimate = estimate_of(BINARY["recall"], Measured(value=0.9, error=0.05, rows=90), None, minimum_rows=30)
    >>> round(estimate.lower, 2), estimate.upper
    (0.75, 1.0)
    """
    lower = upper = None
    if found.value is not None and found.error is not None:
        reach = CONFIDENCE * (found.error if spread is None else spread)
        lower, upper = max(found.value - reach, metric.least), min(found.value + reach, metric.greatest)
    judgement = judge(metric, found, band, minimum_rows=minimum_rows)
    return Estimate(measured=found, lower=lower, upper=upper, judgement=judgement)
