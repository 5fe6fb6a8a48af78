"""How far features have drifted from their reference, of all rows and of segments."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import gauge

DRIFT: Final = (
    gauge("ml_feature_drift_score", "Drift score of a feature, 0 is no drift.", "feature", "test", job="drift"),
    gauge(
        "ml_feature_drift_threshold",
        "The drift score above which the test finds drift, in the unit of the score.",
        "feature",
        "test",
        job="drift",
    ),
    gauge(
        "ml_feature_drift_p_value",
        "P-value of a drift test, not adjusted; absent for tests that have none.",
        "feature",
        "test",
        job="drift",
    ),
    gauge("ml_feature_drifted", "Whether the feature is judged drifted (1) or stable (0).", "feature", job="drift"),
    gauge("ml_drifted_features_ratio", "Share of the judged features that drifted.", job="drift"),
    gauge(
        "ml_drifted_importance_ratio",
        "Share of the judged features' importance that drifted; absent where no importance was logged.",
        job="drift",
    ),
    gauge(
        "ml_dataset_drifted",
        "Whether the features together are judged drifted (1) or stable (0): by importance where it is known.",
        job="drift",
    ),
    gauge("ml_dataset_drift_threshold_ratio", "The share of features or importance from which they are.", job="drift"),
    gauge("ml_dataset_drift_score", "Drift score of the features taken together.", job="drift"),
    gauge("ml_drift_window_rows", "Rows in the current window that was judged.", job="drift"),
    gauge(
        "ml_drift_verdict",
        "1 for the verdict that the model has now, 0 for the others.",
        "verdict",
        job="drift",
    ),
)

SEGMENTS: Final = (
    gauge("ml_segment_drift_window_rows", "Rows of a segment in the window that was judged.", "segment", job="drift"),
    gauge(
        "ml_segment_drift_verdict",
        "1 for the verdict that the segment has now, 0 for the others.",
        "segment",
        "verdict",
        job="drift",
    ),
    gauge(
        "ml_segment_drifted_features_ratio",
        "Share of the judged features that drifted in a segment.",
        "segment",
        job="drift",
    ),
    gauge(
        "ml_segment_feature_drifted",
        "Whether the feature is judged drifted (1) or stable (0) in a segment.",
        "segment",
        "feature",
        job="drift",
    ),
    gauge(
        "ml_segment_feature_drift_ratio",
        "The greatest drift score of a feature in a segment, in multiples of its threshold, at most 10.",
        "segment",
        "feature",
        job="drift",
    ),
)
