"""How right predictions turn out, or are estimated to be."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import gauge

PERFORMANCE: Final = (
    gauge(
        "ml_performance_score",
        "Performance by metric: realised of the latest matured cohort, estimated of the latest closed one.",
        "metric",
        "basis",
        job="performance",
    ),
    gauge(
        "ml_performance_threshold",
        "The performance below which (bound=lower) or above which (bound=upper) a metric has changed, in its unit.",
        "metric",
        "basis",
        "bound",
        job="performance",
    ),
    gauge(
        "ml_performance_confidence",
        "From where (bound=lower) to where (bound=upper) the realised performance should lie, by its estimate.",
        "metric",
        "basis",
        "bound",
        job="performance",
    ),
    gauge(
        "ml_performance_degraded",
        "Whether the metric is judged degraded (1) or not (0); absent where nobody can tell.",
        "metric",
        "basis",
        job="performance",
    ),
    gauge(
        "ml_performance_rows",
        "Outcomes of the cohort that realised performance is of, predictions of that which estimates are of.",
        "basis",
        job="performance",
    ),
    gauge(
        "ml_performance_cohort_timestamp_seconds",
        "When the cohort that performance is shown of ended, unix time.",
        "basis",
        job="performance",
    ),
    gauge(
        "ml_outcomes_without_task",
        "Outcomes with a prediction that tell no task yet, so nothing is judged: from 100 on, choose outcomes.task.",
        job="outcomes",
    ),
    gauge(
        "ml_outcome_coverage_ratio",
        "Share of the predictions of the latest matured cohort that have an outcome.",
        job="performance",
    ),
    gauge(
        "ml_outcome_lag_seconds",
        "Mean time from prediction to outcome in the latest matured cohort.",
        job="performance",
    ),
    gauge(
        "ml_segment_performance_score",
        "Realised performance of a segment by metric, in its latest matured cohort.",
        "segment",
        "metric",
        job="performance",
    ),
)
