"""What is logged: a row of a table, its values fixed when it was logged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MODEL: Final = ("model_name", "version", "environment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that services may insert into; `columns` are what the client fills, in the order of a row's values."""

    name: str
    columns: tuple[str, ...]


Row = tuple[str, tuple[object, ...], int]
"""A row on its way: its table's name, its values, and the blocks of memory that it was allowed.

JSON is encoded (bytes), ids are written in hexadecimal and times are aware, so nothing in it can change any more; a
prediction's id is still an integer, and so is its time where that is the call's own (nanoseconds since 1970). All of it
is atomic and in plain tuples, which the garbage collector soon leaves alone, however many rows wait.
"""

PREDICTIONS: Final = Table(
    name="prediction_logs",
    columns=(
        "id",
        *MODEL,
        "timestamp",
        "features",
        "prediction_result",
        "predicted_label",
        "predicted_value",
        "predicted_score",
        "confidence",
        "latency_ms",
        "status",
        "user_id",
        "segment",
        "input_data_hash",
    ),
)
OUTCOMES: Final = Table(name="prediction_outcomes", columns=("id", "timestamp", "prediction_id", "label", "value"))
METRICS: Final = Table(
    name="model_metrics", columns=("id", *MODEL, "timestamp", "metric_name", "metric_value", "metric_unit")
)
HEALTH_CHECKS: Final = Table(
    name="model_health_checks", columns=("id", *MODEL, "checked_at", "status", "health_score", "issues")
)
IMPORTANCES: Final = Table(
    name="feature_importance_history",
    columns=("id", *MODEL, "timestamp", "feature_name", "importance_value", "importance_rank"),
)
SHAP_VALUES: Final = Table(
    name="shap_values",
    columns=("id", *MODEL, "timestamp", "prediction_id", "feature_name", "shap_value", "feature_value", "base_value"),
)
LIME_WEIGHTS: Final = Table(
    name="lime_explanations",
    columns=("id", *MODEL, "timestamp", "prediction_id", "feature_name", "weight", "feature_value"),
)
EXPLANATIONS: Final = Table(
    name="explanation_metadata",
    columns=(
        "id",
        *MODEL,
        "timestamp",
        "prediction_id",
        "explanation_type",
        "explanation_method",
        "complexity_score",
    ),
)
TABLES: Final = {
    table.name: table
    for table in (
        PREDICTIONS,
        OUTCOMES,
        METRICS,
        HEALTH_CHECKS,
        IMPORTANCES,
        SHAP_VALUES,
        LIME_WEIGHTS,
        EXPLANATIONS,
    )
}
