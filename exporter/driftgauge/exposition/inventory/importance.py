"""How important features are to a model, and whether that changed."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import gauge, info

IMPORTANCE: Final = (
    gauge(
        "ml_feature_importance",
        "Importance of a feature as it was told last, of each model the 100 most important.",
        "feature",
        "basis",
        job="importance",
    ),
    gauge("ml_feature_importance_rank", "Its rank: 1 is the most important.", "feature", "basis", job="importance"),
    gauge(
        "ml_feature_importance_change",
        "By how much its importance is above what it was; absent where the feature appeared or vanished.",
        "feature",
        "basis",
        job="importance",
    ),
    gauge(
        "ml_feature_importance_change_threshold",
        "The change above which, or below whose negative, a feature's importance has drifted.",
        "basis",
        job="importance",
    ),
    gauge(
        "ml_feature_importance_rank_change",
        "By how many ranks it became more important (positive) or less (negative).",
        "feature",
        "basis",
        job="importance",
    ),
    gauge(
        "ml_feature_importance_drifted",
        "Whether the feature's importance has changed, appeared or vanished by more than the threshold (1).",
        "feature",
        "basis",
        job="importance",
    ),
    gauge(
        "ml_feature_importance_features",
        "Features by what became of their importance: stable, changed, appeared, vanished.",
        "basis",
        "state",
        job="importance",
    ),
    gauge(
        "ml_feature_importance_ndcg_ratio",
        "How well the features' order now ranks what mattered before, 1 is as well as then (nDCG).",
        "basis",
        job="importance",
    ),
    gauge(
        "ml_feature_importance_ndcg_threshold_ratio",
        "The nDCG below which their order has drifted.",
        "basis",
        job="importance",
    ),
    gauge(
        "ml_feature_importance_spearman",
        "Spearman's rank correlation of the importances now with those before.",
        "basis",
        job="importance",
    ),
    gauge(
        "ml_feature_importance_kendall",
        "Kendall's rank correlation (tau-b) of the importances now with those before.",
        "basis",
        job="importance",
    ),
    gauge(
        "ml_feature_importance_drift_detected",
        "Whether any importance, or their order, has drifted (1); absent where there was nothing to compare with.",
        "basis",
        job="importance",
    ),
    gauge(
        "ml_feature_importance_timestamp_seconds",
        "When these importances were logged, unix time.",
        "basis",
        job="importance",
    ),
    info(
        "ml_feature_importance_comparison_info",
        "What they are compared with: a logging of another version, one of the same, or nothing.",
        "basis",
        "compared_with",
        "previous_version",
        job="importance",
    ),
)
