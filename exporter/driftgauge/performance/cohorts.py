"""Judges one cohort: what its outcomes say so far, and what its predictions say before there are any."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from driftgauge.model.profile import ModelProfile
from driftgauge.model.window import TimeWindow
from driftgauge.performance.binary import BinaryCounts
from driftgauge.performance.business_value import CostMatrix
from driftgauge.performance.cbpe import Cbpe, estimated
from driftgauge.performance.class_cbpe import ClassCbpe, estimated_classes
from driftgauge.performance.dle import Dle, estimated_losses
from driftgauge.performance.estimate import Estimate
from driftgauge.performance.findings import Finding, Findings
from driftgauge.performance.metric import Counts, Measured
from driftgauge.performance.options import JudgingOptions
from driftgauge.performance.pairs import Cohort
from driftgauge.performance.reference import PerformanceReference
from driftgauge.performance.registry import METRICS, AnyMetric
from driftgauge.performance.reliability import reliability
from driftgauge.performance.score_table import ScoreTable
from driftgauge.performance.thresholds import Judgement, Limits, PerformanceVerdict, judge
from driftgauge.performance.unlabelled import ConfidenceCounts, ScoreCounts
from driftgauge.performance.valued import task_of, valued

Curve = list[tuple[float, float, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortVerdict:
    """What a cohort's metrics are, and are estimated to be; `curve` has mean score, share of positives and rows."""

    realised: Findings
    estimated: Findings
    curve: Curve


def costs_of(options: JudgingOptions) -> CostMatrix | None:
    """Return the cost matrix of the options; None where they have none."""
    return CostMatrix.of(options.costs, options.cost_unit) if options.costs else None


def judge_cohort(
    cohort: Cohort,
    window: TimeWindow,
    options: JudgingOptions,
    *,
    now: datetime,
    reference: PerformanceReference | None,
    features: ModelProfile | None = None,
) -> CohortVerdict:
    """Judge a cohort at a moment.

    Parameters
    ----------
    cohort : Cohort
        Its counts.
    window : TimeWindow
        The event times of its predictions.
    options : JudgingOptions
        How it is judged.
    now : datetime
        A cohort whose outcomes are still waited for has values, but no verdict on them; an open one has no estimate.
    reference : PerformanceReference or None
        What it is held against; None until there is one.
    features : ModelProfile or None
        Of a regressor, its features, from which losses are estimated; None where profiles do not have just them.

    Returns
    -------
    CohortVerdict

    Examples
    --------
    >>> from datetime import UTC, timedelta
    >>> from driftgauge.performance.binary import count_binary
    >>> from driftgauge.performance.thresholds import FixedLimits
    >>> from driftgauge.performance.unlabelled import ScoreCounts
    >>> day = TimeWindow(start=datetime(2026, 3, 1, tzinfo=UTC), end=datetime(2026, 3, 2, tzinfo=UTC))
    >>> counts = count_binary([0, 1] * 200, [0, 0] * 200)
    >>> cohort = Cohort(predictions=400, outcomes=400, unusable=0, lag_microseconds=0, counts=counts, scores=None)
    >>> options = JudgingOptions(maturity=timedelta(days=7), limits={"accuracy": FixedLimits(lower=0.9)})
    >>> for days in (3, 8):
    ...     found = judge_cohort(cohort, day, options, now=day.end + timedelta(days=days), reference=None)
    ...     print(found.realised["accuracy"].measured.value, found.realised["accuracy"].judgement.verdict.value)
    0.5 insufficient_data
    0.5 degraded
    """
    early = None
    if now < window.end + options.maturity:
        ripe = f"{window.end + options.maturity:%Y-%m-%d %H:%M} UTC"
        early = f"not mature before {ripe}: {cohort.outcomes} of {cohort.predictions} predictions have an outcome"
    realised: dict[str, Finding] = {}
    for name, (metric, found) in valued(cohort.counts, costs_of(options)).items():
        judgement = _judged(metric, found, options, reference)
        if early is not None:
            judgement = replace(judgement, verdict=PerformanceVerdict.INSUFFICIENT_DATA, reason=early)
        realised[name] = Finding(measured=found, judgement=judgement, unit=metric.unit)
    return CohortVerdict(
        realised=realised,
        estimated=_estimated(cohort, options, reference, features) if window.end <= now else {},
        curve=_curve(cohort.counts),
    )


def _estimated(
    cohort: Cohort, options: JudgingOptions, reference: PerformanceReference | None, features: ModelProfile | None
) -> Findings:
    metrics: Mapping[str, AnyMetric] = METRICS[task_of(cohort.counts)]
    return {
        name: Finding(
            measured=estimate.measured,
            judgement=_judged(metrics[name], estimate.measured, options, reference),
            unit=metrics[name].unit,
            low=estimate.lower,
            high=_finite(estimate.upper),
        )
        for name, estimate in _estimates(cohort, reference, features).items()
    }


def _estimates(
    cohort: Cohort, reference: PerformanceReference | None, features: ModelProfile | None
) -> dict[str, Estimate]:
    match None if reference is None else reference.estimator, cohort.scores:
        case Cbpe() as fitted, ScoreCounts() as scores:
            return estimated(fitted, ScoreTable.of_counts(scores))
        case ClassCbpe() as fitted, ConfidenceCounts() as confidences:
            return estimated_classes(fitted, confidences)
        case Dle() as fitted, _ if features is not None:
            return estimated_losses(fitted, features)
        case _:
            return {}


def _judged(
    metric: AnyMetric, found: Measured, options: JudgingOptions, reference: PerformanceReference | None
) -> Judgement:
    judgement = judge(metric, found, _limits(metric, options, reference), minimum_rows=options.minimum_rows)
    if reference is None and metric.name not in options.limits and found.rows >= options.minimum_rows:
        wanted = f"{options.reference_cohorts} matured cohorts of {options.minimum_rows} outcomes or more"
        reason = found.reason or f"there is no reference yet: it takes {wanted}"
        return Judgement(verdict=PerformanceVerdict.INSUFFICIENT_DATA, reason=reason)
    return replace(judgement, lower=_finite(judgement.lower), upper=_finite(judgement.upper))


def _limits(metric: AnyMetric, options: JudgingOptions, reference: PerformanceReference | None) -> Limits | None:
    if metric.name in options.limits:
        return options.limits[metric.name]
    band = None if reference is None else reference.bands.get(metric.name)
    return None if band is None else replace(band, width=options.deviations)


def _finite(limit: float | None) -> float | None:
    return limit if limit is not None and math.isfinite(limit) else None


def _curve(counts: Counts) -> Curve:
    if not isinstance(counts, BinaryCounts) or counts.is_difference:
        return []
    curve = reliability(counts)
    return list(zip(curve.scores.tolist(), curve.shares.tolist(), curve.rows.tolist(), strict=True))
