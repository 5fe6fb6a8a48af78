"""How sound features and rows are as data."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import gauge

FEATURES: Final = (
    gauge("ml_feature_missing_ratio", "Share of rows in the window without a value.", "feature", job="drift"),
    gauge(
        "ml_feature_out_of_range_ratio",
        "Share of numeric values in the window outside the reference's range.",
        "feature",
        job="drift",
    ),
    gauge(
        "ml_feature_unseen_category_ratio",
        "Share of values in the window that the reference never had.",
        "feature",
        job="drift",
    ),
    gauge(
        "ml_feature_data_quality_faulty",
        "Whether a share that should hardly occur is judged faulty (1) or sound (0); absent where nobody can tell.",
        "feature",
        "check",
        job="drift",
    ),
)

ROWS: Final = (
    gauge(
        "ml_data_quality_faulty",
        "Whether the model's rows, or any of its texts, are judged faulty (1) or sound (0) by a check.",
        "check",
        job="quality",
    ),
    gauge(
        "ml_repeated_rows_ratio",
        "Share of the newest rows of the last closed bucket that repeat another's features, user and segment.",
        job="quality",
    ),
    gauge(
        "ml_repeated_rows_threshold_ratio",
        "The share of repeated rows from which they are faulty.",
        job="quality",
    ),
    gauge(
        "ml_feature_distinct_ratio",
        "Share of the newest values of a free text in the last closed bucket that are distinct.",
        "feature",
        job="quality",
    ),
    gauge(
        "ml_feature_distinct_threshold_ratio",
        "The share of distinct values at and below which (bound=lower), or at and above which (bound=upper), they are "
        "faulty.",
        "feature",
        "bound",
        job="quality",
    ),
    gauge(
        "ml_feature_distinct_faulty",
        "Whether the text's share of distinct values is judged faulty (1) or sound (0).",
        "feature",
        job="quality",
    ),
    gauge("ml_silence_limit_seconds", "How long the model may be silent, by its usual gaps.", job="quality"),
)
