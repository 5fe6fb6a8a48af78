"""What predictions are reasoned from, and whether that changed."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import gauge

EXPLANATIONS: Final = (
    gauge(
        "ml_explained_predictions",
        "Explained predictions in the window whose attributions were judged.",
        "explanation_type",
        job="explanations",
    ),
    gauge(
        "ml_explanation_verdict",
        "1 for the verdict that the model's reasoning has now, 0 for the others.",
        "explanation_type",
        "verdict",
        job="explanations",
    ),
    gauge(
        "ml_explanation_state",
        "1 for what changed, inputs or reasoning or both or nothing; all 0 where either could not be judged.",
        "explanation_type",
        "state",
        job="explanations",
    ),
    gauge(
        "ml_explanation_ndcg_ratio",
        "How well the order of features by importance ranks what mattered in the reference: 1 is the same order.",
        "explanation_type",
        job="explanations",
    ),
    gauge(
        "ml_explanation_ndcg_threshold_ratio",
        "The nDCG below which the order has changed, if chance does not explain it.",
        "explanation_type",
        job="explanations",
    ),
    gauge(
        "ml_explanation_drift_score",
        "How far the attributions of a feature have gone, in the unit of the threshold.",
        "feature",
        "explanation_type",
        job="explanations",
    ),
    gauge(
        "ml_explanation_drift_threshold",
        "The score from which the attributions of a feature may have drifted.",
        "feature",
        "explanation_type",
        job="explanations",
    ),
    gauge(
        "ml_explanation_drifted",
        "Whether the attributions of a feature are judged drifted (1) or stable (0).",
        "feature",
        "explanation_type",
        job="explanations",
    ),
    gauge(
        "ml_attribution_mean_magnitude",
        "Mean absolute attribution of a feature in the window: its importance, in the unit of the attributions.",
        "feature",
        "explanation_type",
        job="explanations",
    ),
    gauge(
        "ml_explanation_sign_flip_ratio",
        "How far the share of attributions above 0, of those that are not 0, lies from the reference's.",
        "feature",
        "explanation_type",
        job="explanations",
    ),
    gauge(
        "ml_explanation_sign_flip_threshold_ratio",
        "How far that share must lie from the reference's to matter.",
        "explanation_type",
        job="explanations",
    ),
)
