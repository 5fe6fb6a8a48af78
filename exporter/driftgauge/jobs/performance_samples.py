"""What is shown of a model's performance: its latest matured cohort, and the estimate of its latest closed one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.jobs.job import model_labels
from driftgauge.model.identity import ModelKey
from driftgauge.performance.findings import Finding
from driftgauge.store.performance import ESTIMATED, LatestResult


def performance_samples(key: ModelKey, latest: Sequence[LatestResult]) -> Iterator[AnySample]:
    """Yield the samples of a model; what has no value has no sample."""
    for result in latest:
        if result.segment:
            yield from _segment_samples(key, result)
        else:
            yield from _cohort_samples(key, result)


def _cohort_samples(key: ModelKey, result: LatestResult) -> Iterator[AnySample]:
    basis = model_labels(key, result.basis)
    if result.basis == ESTIMATED:
        if not result.findings:
            return
        yield Sample("ml_performance_rows", basis, result.predictions)
    else:
        yield Sample("ml_performance_rows", basis, result.outcomes)
        if result.coverage is not None:
            yield Sample("ml_outcome_coverage_ratio", model_labels(key), result.coverage)
        if result.mean_lag_seconds is not None:
            yield Sample("ml_outcome_lag_seconds", model_labels(key), result.mean_lag_seconds)
    yield Sample("ml_performance_cohort_timestamp_seconds", basis, result.cohort_end.timestamp())
    for name, finding in result.findings.items():
        yield from _metric_samples(key, name, result.basis, finding)


def _metric_samples(key: ModelKey, name: str, basis: str, finding: Finding) -> Iterator[AnySample]:
    if finding.measured.value is None:
        return
    yield Sample("ml_performance_score", model_labels(key, name, basis), finding.measured.value)
    for family, lower, upper in (
        ("ml_performance_threshold", finding.judgement.lower, finding.judgement.upper),
        ("ml_performance_confidence", finding.low, finding.high),
    ):
        for bound, value in (("lower", lower), ("upper", upper)):
            if value is not None:
                yield Sample(family, model_labels(key, name, basis, bound), value)
    if finding.degraded is not None:
        yield Sample("ml_performance_degraded", model_labels(key, name, basis), float(finding.degraded))


def _segment_samples(key: ModelKey, result: LatestResult) -> Iterator[AnySample]:
    for name, finding in result.findings.items():
        if finding.measured.value is not None:
            labels = model_labels(key, result.segment, name)
            yield Sample("ml_segment_performance_score", labels, finding.measured.value)
