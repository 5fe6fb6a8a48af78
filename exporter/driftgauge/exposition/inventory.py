"""Every metric family that driftgauge exports: the one list behind the snapshot, the docs and the checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

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


def _gauge(name: str, text: str, *labels: str, job: str = EXPORTER) -> MetricFamily:
    return _family(MetricKind.GAUGE, name, text, *labels, job=job)


def _counter(name: str, text: str, *labels: str, job: str = EXPORTER) -> MetricFamily:
    return _family(MetricKind.COUNTER, name, text, *labels, job=job)


def _histogram(name: str, text: str, *labels: str, job: str) -> MetricFamily:
    return _family(MetricKind.HISTOGRAM, name, text, *labels, job=job)


def _info(name: str, text: str, *labels: str, job: str = EXPORTER) -> MetricFamily:
    return _family(MetricKind.INFO, name, text, *labels, job=job)


_TRAFFIC = (
    _counter(
        "ml_predictions_total",
        "Predictions logged, by status, `other` where a model has very many.",
        "status",
        job="rollup",
    ),
    _histogram("ml_prediction_latency_seconds", "How long predictions took.", job="rollup"),
    _gauge("ml_prediction_confidence", "Mean confidence over the last hour.", job="rollup"),
    _gauge("ml_last_prediction_timestamp_seconds", "Event time of the latest prediction, unix time.", job="rollup"),
)

_SLO = (
    _gauge("ml_slo_objective_ratio", "Share of predictions that must be good, by objective.", "slo", job="rollup"),
    _gauge("ml_slo_latency_threshold_seconds", "From what latency on a prediction is too slow.", job="rollup"),
    _gauge("ml_slo_minimum_predictions", "Predictions that a window needs for its burn rate to be told.", job="rollup"),
    _counter(
        "ml_slow_predictions_total",
        "Predictions that took longer than the latency objective allows: `threshold`, in seconds.",
        "threshold",
        job="rollup",
    ),
)

_DRIFT = (
    _gauge("ml_feature_drift_score", "Drift score of a feature, 0 is no drift.", "feature", "test", job="drift"),
    _gauge(
        "ml_feature_drift_threshold",
        "The drift score above which the test finds drift, in the unit of the score.",
        "feature",
        "test",
        job="drift",
    ),
    _gauge(
        "ml_feature_drift_p_value",
        "P-value of a drift test, not adjusted; absent for tests that have none.",
        "feature",
        "test",
        job="drift",
    ),
    _gauge("ml_feature_drifted", "Whether the feature is judged drifted (1) or stable (0).", "feature", job="drift"),
    _gauge("ml_drifted_features_ratio", "Share of the judged features that drifted.", job="drift"),
    _gauge(
        "ml_drifted_importance_ratio",
        "Share of the judged features' importance that drifted; absent where no importance was logged.",
        job="drift",
    ),
    _gauge(
        "ml_dataset_drifted",
        "Whether the features together are judged drifted (1) or stable (0): by importance where it is known.",
        job="drift",
    ),
    _gauge("ml_dataset_drift_threshold_ratio", "The share of features or importance from which they are.", job="drift"),
    _gauge("ml_dataset_drift_score", "Drift score of the features taken together.", job="drift"),
    _gauge("ml_drift_window_rows", "Rows in the current window that was judged.", job="drift"),
    _gauge(
        "ml_drift_verdict",
        "1 for the verdict that the model has now, 0 for the others.",
        "verdict",
        job="drift",
    ),
)

_SEGMENTS = (
    _gauge("ml_segment_drift_window_rows", "Rows of a segment in the window that was judged.", "segment", job="drift"),
    _gauge(
        "ml_segment_drift_verdict",
        "1 for the verdict that the segment has now, 0 for the others.",
        "segment",
        "verdict",
        job="drift",
    ),
    _gauge(
        "ml_segment_drifted_features_ratio",
        "Share of the judged features that drifted in a segment.",
        "segment",
        job="drift",
    ),
    _gauge(
        "ml_segment_feature_drifted",
        "Whether the feature is judged drifted (1) or stable (0) in a segment.",
        "segment",
        "feature",
        job="drift",
    ),
    _gauge(
        "ml_segment_feature_drift_ratio",
        "The greatest drift score of a feature in a segment, in multiples of its threshold, at most 10.",
        "segment",
        "feature",
        job="drift",
    ),
)

_QUALITY = (
    _gauge("ml_feature_missing_ratio", "Share of rows in the window without a value.", "feature", job="drift"),
    _gauge(
        "ml_feature_out_of_range_ratio",
        "Share of numeric values in the window outside the reference's range.",
        "feature",
        job="drift",
    ),
    _gauge(
        "ml_feature_unseen_category_ratio",
        "Share of values in the window that the reference never had.",
        "feature",
        job="drift",
    ),
    _gauge(
        "ml_feature_data_quality_faulty",
        "Whether a share that should hardly occur is judged faulty (1) or sound (0); absent where nobody can tell.",
        "feature",
        "check",
        job="drift",
    ),
)

_PERFORMANCE = (
    _gauge(
        "ml_performance_score",
        "Performance by metric: realised of the latest matured cohort, estimated of the latest closed one.",
        "metric",
        "basis",
        job="performance",
    ),
    _gauge(
        "ml_performance_threshold",
        "The performance below which (bound=lower) or above which (bound=upper) a metric has changed, in its unit.",
        "metric",
        "basis",
        "bound",
        job="performance",
    ),
    _gauge(
        "ml_performance_confidence",
        "From where (bound=lower) to where (bound=upper) the realised performance should lie, by its estimate.",
        "metric",
        "basis",
        "bound",
        job="performance",
    ),
    _gauge(
        "ml_performance_degraded",
        "Whether the metric is judged degraded (1) or not (0); absent where nobody can tell.",
        "metric",
        "basis",
        job="performance",
    ),
    _gauge(
        "ml_performance_rows",
        "Outcomes of the cohort that realised performance is of, predictions of that which estimates are of.",
        "basis",
        job="performance",
    ),
    _gauge(
        "ml_performance_cohort_timestamp_seconds",
        "When the cohort that performance is shown of ended, unix time.",
        "basis",
        job="performance",
    ),
    _gauge(
        "ml_outcomes_without_task",
        "Outcomes with a prediction that tell no task yet, so nothing is judged: from 100 on, choose outcomes.task.",
        job="outcomes",
    ),
    _gauge(
        "ml_outcome_coverage_ratio",
        "Share of the predictions of the latest matured cohort that have an outcome.",
        job="performance",
    ),
    _gauge(
        "ml_outcome_lag_seconds",
        "Mean time from prediction to outcome in the latest matured cohort.",
        job="performance",
    ),
    _gauge(
        "ml_segment_performance_score",
        "Realised performance of a segment by metric, in its latest matured cohort.",
        "segment",
        "metric",
        job="performance",
    ),
)

_ROWS = (
    _gauge(
        "ml_data_quality_faulty",
        "Whether the model's rows, or any of its texts, are judged faulty (1) or sound (0) by a check.",
        "check",
        job="quality",
    ),
    _gauge(
        "ml_repeated_rows_ratio",
        "Share of the newest rows of the last closed bucket that repeat another's features, user and segment.",
        job="quality",
    ),
    _gauge(
        "ml_repeated_rows_threshold_ratio",
        "The share of repeated rows from which they are faulty.",
        job="quality",
    ),
    _gauge(
        "ml_feature_distinct_ratio",
        "Share of the newest values of a free text in the last closed bucket that are distinct.",
        "feature",
        job="quality",
    ),
    _gauge(
        "ml_feature_distinct_threshold_ratio",
        "The share of distinct values at and below which (bound=lower), or at and above which (bound=upper), they are "
        "faulty.",
        "feature",
        "bound",
        job="quality",
    ),
    _gauge(
        "ml_feature_distinct_faulty",
        "Whether the text's share of distinct values is judged faulty (1) or sound (0).",
        "feature",
        job="quality",
    ),
    _gauge("ml_silence_limit_seconds", "How long the model may be silent, by its usual gaps.", job="quality"),
)

_ANOMALIES = (
    _gauge(
        "ml_metric_value",
        "The latest value of a metric that services log, of each model the first 50 by name.",
        "metric",
        "unit",
        job="metrics",
    ),
    _gauge(
        "ml_metrics_left_out", "Metrics of a model beyond those, up to 950; somebody varies the name.", job="metrics"
    ),
    _gauge(
        "ml_anomaly_score",
        "How far a metric of the last closed hour lies from what is usual, in multiples of what is allowed: anomalous "
        "above 1.",
        "metric",
        job="anomalies",
    ),
    _gauge(
        "ml_anomaly_detected",
        "Whether a metric of the last closed hour is unusually high (direction=up) or low (direction=down).",
        "metric",
        "direction",
        job="anomalies",
    ),
)

_CONCEPT = (
    _gauge(
        "ml_concept_drift_score",
        "How much of the way to a concept drift a detector, or the t test, says that a metric has gone: from 1 on it "
        "is one.",
        "detector",
        "metric",
        job="concept",
    ),
    _gauge(
        "ml_concept_drift_detected",
        "Whether a concept drift was told recently by a detector, or is by the t test of the metric's last days (1).",
        "detector",
        "metric",
        job="concept",
    ),
    _gauge(
        "ml_concept_drift_timestamp_seconds",
        "Event time of the last concept drift, unix time; absent where there was none.",
        "detector",
        "metric",
        job="concept",
    ),
)

_EXPLANATIONS = (
    _gauge(
        "ml_explained_predictions",
        "Explained predictions in the window whose attributions were judged.",
        "explanation_type",
        job="explanations",
    ),
    _gauge(
        "ml_explanation_verdict",
        "1 for the verdict that the model's reasoning has now, 0 for the others.",
        "explanation_type",
        "verdict",
        job="explanations",
    ),
    _gauge(
        "ml_explanation_state",
        "1 for what changed, inputs or reasoning or both or nothing; all 0 where either could not be judged.",
        "explanation_type",
        "state",
        job="explanations",
    ),
    _gauge(
        "ml_explanation_ndcg_ratio",
        "How well the order of features by importance ranks what mattered in the reference: 1 is the same order.",
        "explanation_type",
        job="explanations",
    ),
    _gauge(
        "ml_explanation_ndcg_threshold_ratio",
        "The nDCG below which the order has changed, if chance does not explain it.",
        "explanation_type",
        job="explanations",
    ),
    _gauge(
        "ml_explanation_drift_score",
        "How far the attributions of a feature have gone, in the unit of the threshold.",
        "feature",
        "explanation_type",
        job="explanations",
    ),
    _gauge(
        "ml_explanation_drift_threshold",
        "The score from which the attributions of a feature may have drifted.",
        "feature",
        "explanation_type",
        job="explanations",
    ),
    _gauge(
        "ml_explanation_drifted",
        "Whether the attributions of a feature are judged drifted (1) or stable (0).",
        "feature",
        "explanation_type",
        job="explanations",
    ),
    _gauge(
        "ml_attribution_mean_magnitude",
        "Mean absolute attribution of a feature in the window: its importance, in the unit of the attributions.",
        "feature",
        "explanation_type",
        job="explanations",
    ),
    _gauge(
        "ml_explanation_sign_flip_ratio",
        "How far the share of attributions above 0, of those that are not 0, lies from the reference's.",
        "feature",
        "explanation_type",
        job="explanations",
    ),
    _gauge(
        "ml_explanation_sign_flip_threshold_ratio",
        "How far that share must lie from the reference's to matter.",
        "explanation_type",
        job="explanations",
    ),
)

_IMPORTANCE = (
    _gauge(
        "ml_feature_importance",
        "Importance of a feature as it was told last, of each model the 100 most important.",
        "feature",
        "basis",
        job="importance",
    ),
    _gauge("ml_feature_importance_rank", "Its rank: 1 is the most important.", "feature", "basis", job="importance"),
    _gauge(
        "ml_feature_importance_change",
        "By how much its importance is above what it was; absent where the feature appeared or vanished.",
        "feature",
        "basis",
        job="importance",
    ),
    _gauge(
        "ml_feature_importance_change_threshold",
        "The change above which, or below whose negative, a feature's importance has drifted.",
        "basis",
        job="importance",
    ),
    _gauge(
        "ml_feature_importance_rank_change",
        "By how many ranks it became more important (positive) or less (negative).",
        "feature",
        "basis",
        job="importance",
    ),
    _gauge(
        "ml_feature_importance_drifted",
        "Whether the feature's importance has changed, appeared or vanished by more than the threshold (1).",
        "feature",
        "basis",
        job="importance",
    ),
    _gauge(
        "ml_feature_importance_features",
        "Features by what became of their importance: stable, changed, appeared, vanished.",
        "basis",
        "state",
        job="importance",
    ),
    _gauge(
        "ml_feature_importance_ndcg_ratio",
        "How well the features' order now ranks what mattered before, 1 is as well as then (nDCG).",
        "basis",
        job="importance",
    ),
    _gauge(
        "ml_feature_importance_ndcg_threshold_ratio",
        "The nDCG below which their order has drifted.",
        "basis",
        job="importance",
    ),
    _gauge(
        "ml_feature_importance_spearman",
        "Spearman's rank correlation of the importances now with those before.",
        "basis",
        job="importance",
    ),
    _gauge(
        "ml_feature_importance_kendall",
        "Kendall's rank correlation (tau-b) of the importances now with those before.",
        "basis",
        job="importance",
    ),
    _gauge(
        "ml_feature_importance_drift_detected",
        "Whether any importance, or their order, has drifted (1); absent where there was nothing to compare with.",
        "basis",
        job="importance",
    ),
    _gauge(
        "ml_feature_importance_timestamp_seconds",
        "When these importances were logged, unix time.",
        "basis",
        job="importance",
    ),
    _info(
        "ml_feature_importance_comparison_info",
        "What they are compared with: a logging of another version, one of the same, or nothing.",
        "basis",
        "compared_with",
        "previous_version",
        job="importance",
    ),
)

_HEALTH = (
    _gauge(
        "ml_health_score",
        "How well the model is, from 0 to 1: the product of 1 - weight (1 - component) over its components.",
        job="health",
    ),
    _gauge("ml_health_score_threshold", "The score below which somebody should look at the model.", job="health"),
    _gauge(
        "ml_health_component_ratio",
        "How well the model is in one respect, from 0 to 1; absent where nobody can tell.",
        "component",
        job="health",
    ),
    _gauge(
        "ml_health_component_weight_ratio",
        "The share of the score that a component takes away where it is 0.",
        "component",
        job="health",
    ),
    _gauge(
        "ml_health_check_score",
        "The score of the newest health check that a service logged in the last day, as logged.",
        job="health",
    ),
    _gauge("ml_health_check_timestamp_seconds", "When that check was made, unix time.", job="health"),
)

_MODELS = (
    _info("ml_model_info", "A model that has logged predictions.", job="rollup"),
    _info(
        "ml_reference_info",
        "The reference that a model is compared with, and where it came from.",
        "reference_id",
        "source",
        "features",
        "rows",
        job="drift",
    ),
)

_ALERTS = (
    _gauge(
        "ml_alerts_active",
        "Alerts that have not ended, by severity and whether somebody has acknowledged them.",
        "severity",
        "acknowledged",
        job="alerts",
    ),
    _gauge(
        "ml_alert_unacknowledged_seconds",
        "How long an alert of severity critical or warning has fired without being acknowledged, silenced or "
        "inhibited; of the 1,000 that have done so longest.",
        "alert",
        "feature",
        "severity",
        job="alerts",
    ),
    _gauge(
        "ml_alert_rule_firing",
        "Whether a rule of the table alert_rules has held for as long as it says.",
        "rule_id",
        "alert_type",
        "severity",
        job="rules",
    ),
    _gauge("ml_alert_rule_value", "What a rule compares, where that is known.", "rule_id", job="rules"),
    _gauge(
        "ml_alert_rule_value_threshold",
        "What it is compared with, where the rule has a threshold.",
        "rule_id",
        job="rules",
    ),
    _gauge(
        "driftgauge_alert_rules",
        "Rules in force, each by the gravest of its versions' states: firing, pending, ok or no_data; those that say "
        "nothing are broken, those beyond 1,000 left_out.",
        "state",
        job="rules",
    ),
)

_JOBS = (
    _counter("driftgauge_job_runs_total", "Runs of a job that have ended, failed ones included.", "job"),
    _counter("driftgauge_job_failures_total", "Runs of a job that failed.", "job"),
    _counter(
        "driftgauge_job_errors_total",
        "Runs of a job that failed, by class of SQLSTATE (`none` where Postgres reported nothing).",
        "job",
        "sqlstate_class",
    ),
    _counter("driftgauge_job_missed_total", "Runs of a job that were due but not started.", "job"),
    _counter("driftgauge_job_database_seconds_total", "Time that the runs of a job have waited for Postgres.", "job"),
    _gauge(
        "driftgauge_job_database_threshold_ratio",
        "From how many seconds a second on, of all jobs together, somebody should look.",
    ),
    _gauge("driftgauge_job_duration_seconds", "How long the last run of a job took.", "job"),
    _gauge("driftgauge_job_last_success_timestamp_seconds", "When a job last succeeded, unix time.", "job"),
    _gauge("driftgauge_job_interval_seconds", "How often a job is due.", "job"),
)

_ROLLUPS = (
    _gauge(
        "driftgauge_rollup_lag_seconds",
        "Age of the first row that waits for the roll-up, 0 where none does.",
        "table",
        job="rollup",
    ),
    _gauge("driftgauge_rollup_lag_threshold_seconds", "From what lag on somebody should look."),
    _gauge(
        "driftgauge_rollup_blocker_seconds",
        "How long roll-ups have waited for the writer that holds the table.",
        "table",
        job="rollup",
    ),
    _info(
        "driftgauge_rollup_blocker_info",
        "The writer that roll-ups wait for, while they do.",
        "table",
        "pid",
        "application_name",
        job="rollup",
    ),
    _gauge(
        "driftgauge_rollup_blocker_query_start_timestamp_seconds",
        "When that writer began its current or last query, unix time.",
        "table",
        job="rollup",
    ),
    _counter("driftgauge_rows_processed_total", "Rows rolled up.", "table", job="rollup"),
    _counter("driftgauge_rows_quarantined_total", "Rows that could not be rolled up.", "table", "reason", job="rollup"),
    _gauge(
        "driftgauge_outcomes_unmatched",
        "Outcomes that were read and have no prediction that could turn out right or wrong, or none yet.",
        job="outcomes",
    ),
)

_SOURCES = (
    _counter(
        "driftgauge_source_late_rows_total",
        "Rows that became visible later than the source's lookback, found by the audit and counted then.",
        "source",
        job="sources",
    ),
    _gauge(
        "driftgauge_source_models_refused",
        "Models that are left out of a source, because they are logged, or another source's, too; the log names them.",
        "source",
        job="sources",
    ),
    _gauge(
        "driftgauge_source_read_timestamp_seconds",
        "Up to when a source is read, by its own clock, unix time.",
        "source",
        job="sources",
    ),
)

_EXPORTER = (
    _gauge(
        "driftgauge_alert_unacknowledged_threshold_seconds",
        "How long an alert of a severity may wait until somebody says that they have seen it.",
        "severity",
    ),
    _gauge("driftgauge_database_up", "Whether the last attempt to reach Postgres succeeded."),
    _gauge("driftgauge_series", "Series in this snapshot."),
    _counter(
        "driftgauge_series_dropped_total",
        "Series left out of a snapshot or folded into `other`: not finite, duplicate or beyond limits.max_series. "
        "Every snapshot counts anew.",
        "family",
    ),
    _counter(
        "driftgauge_label_values_sanitised_total",
        "Label values that had to be changed to be legal or short enough. Every snapshot counts anew.",
    ),
    _gauge("driftgauge_snapshot_render_seconds", "How long the snapshot before this one took to render."),
    _gauge("driftgauge_config_last_reload_successful", "Whether the last load of the configuration succeeded."),
    _gauge(
        "driftgauge_config_last_reload_success_timestamp_seconds",
        "When the configuration was last loaded, unix time.",
    ),
    _counter(
        "driftgauge_webhook_requests_total",
        "Requests to the webhook of alerts, by the code that they were answered with.",
        "code",
    ),
    _info("driftgauge_build_info", "The version of driftgauge that is running.", "version"),
    _counter("process_cpu_seconds_total", "CPU time that the exporter has used."),
    _gauge("driftgauge_process_cpu_threshold_ratio", "From what CPU time a second on somebody should look."),
    _gauge("process_resident_memory_bytes", "Memory that the exporter holds."),
)

INVENTORY: Mapping[str, MetricFamily] = MappingProxyType(
    {
        family.name: family
        for family in (
            *_TRAFFIC,
            *_SLO,
            *_DRIFT,
            *_SEGMENTS,
            *_QUALITY,
            *_PERFORMANCE,
            *_ROWS,
            *_ANOMALIES,
            *_CONCEPT,
            *_EXPLANATIONS,
            *_IMPORTANCE,
            *_HEALTH,
            *_MODELS,
            *_ALERTS,
            *_JOBS,
            *_ROLLUPS,
            *_SOURCES,
            *_EXPORTER,
        )
    }
)
"""Every family by name, in the order of the exposition."""
