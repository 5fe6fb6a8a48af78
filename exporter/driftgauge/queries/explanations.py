"""Why a model answered as it did, and whether it reasons as it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from driftgauge.errors import BadInput
from driftgauge.queries.asking import hours_back, of_model, whole_days
from driftgauge.queries.values import finite, utc
from driftgauge.store.execute import Connection, fetch_all


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapValue:
    """What one feature added to a prediction, from `base_value` on; `feature_value` as the service wrote it."""

    model: str
    version: str
    environment: str
    feature: str
    value: float | None
    feature_value: str | None
    base_value: float | None
    timestamp: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LimeWeight:
    """The weight of one feature in the local model around a prediction; `feature_value` as the service wrote it."""

    model: str
    version: str
    environment: str
    feature: str
    weight: float | None
    feature_value: str | None
    timestamp: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureAttribution:
    """What was found of one feature's attributions.

    Importances are means of absolute attributions, 1 the highest rank; positive shares are of those that are not 0.
    `score` is in the unit of `threshold`. `state` is None where the feature's inputs or attributions were not judged.
    """

    feature: str
    verdict: str
    reason: str
    state: str | None
    score: float | None
    threshold: float | None
    rows: int
    reference_importance: float | None
    current_importance: float | None
    reference_rank: int | None
    current_rank: int | None
    reference_mean: float | None
    current_mean: float | None
    reference_deviation: float | None
    current_deviation: float | None
    reference_positive_share: float | None
    current_positive_share: float | None
    sign_flip_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationDrift:
    """The last judged window of the explanations of one version and environment, drifted features first.

    `sentence` says in words what changed; `state` is None where that could not be told. `appeared` are features that
    the reference has not, `vanished` those that only it has.
    """

    version: str
    environment: str
    explanation_type: str
    window_start: datetime
    window_end: datetime
    verdict: str
    reason: str
    state: str | None
    sentence: str
    explained_predictions: int
    ndcg: float | None
    ndcg_threshold: float
    spearman: float | None
    kendall: float | None
    appeared: tuple[str, ...]
    vanished: tuple[str, ...]
    features: tuple[FeatureAttribution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationDay:
    """What services logged of explanations of one type and method in a UTC day (`explanation_metadata`).

    `mean_complexity` is of the standard deviation of each one's attributions; None when none was finite.
    """

    day: date
    explanation_type: str
    method: str | None
    explanations: int
    mean_complexity: float | None


def explanation_trend(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    days: int = 7,
) -> list[ExplanationDay]:
    """Return how many explanations a model had, and how complex they were, by UTC day, today the last.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    of = of_model(model, version, environment)
    return [
        ExplanationDay(
            day=row.day,
            explanation_type=row.explanation_type,
            method=row.method,
            explanations=row.explanations,
            mean_complexity=row.mean_complexity,
        )
        for row in fetch_all(connection, "show/explanation_trend", **of, days=whole_days(days))
    ]


def explanation_drift(
    connection: Connection,
    model: str,
    *,
    version: str | None = None,
    environment: str | None = None,
    hours: float = 24,
) -> list[ExplanationDrift]:
    """Return the last window of explanations that was judged in the last hours, one a version, environment and type.

    Raises
    ------
    BadInput
        If an argument is out of range.
    """
    rows = fetch_all(
        connection, "show/explanation_drift", **of_model(model, version, environment), hours=hours_back(hours)
    )
    return [
        ExplanationDrift(
            version=row.version,
            environment=row.environment,
            explanation_type=row.explanation_type,
            window_start=utc(row.window_start),
            window_end=utc(row.window_end),
            verdict=row.verdict,
            reason=row.reason,
            state=row.state,
            sentence=row.sentence,
            explained_predictions=row.explained_predictions,
            ndcg=row.ndcg,
            ndcg_threshold=row.ndcg_threshold,
            spearman=row.spearman,
            kendall=row.kendall,
            appeared=tuple(row.appeared),
            vanished=tuple(row.vanished),
            features=tuple(_feature(each) for each in row.features),
        )
        for row in rows
    ]


def _feature(told: dict[str, Any]) -> FeatureAttribution:
    return FeatureAttribution(
        feature=told["feature_name"],
        verdict=told["verdict"],
        reason=told["reason"],
        state=told["state"],
        score=told["score"],
        threshold=told["threshold"],
        rows=told["rows"],
        reference_importance=told["reference_mean_magnitude"],
        current_importance=told["current_mean_magnitude"],
        reference_rank=told["reference_rank"],
        current_rank=told["current_rank"],
        reference_mean=told["reference_shap_mean"],
        current_mean=told["current_shap_mean"],
        reference_deviation=told["reference_deviation"],
        current_deviation=told["current_deviation"],
        reference_positive_share=told["reference_positive_share"],
        current_positive_share=told["current_positive_share"],
        sign_flip_rate=told["sign_flip_rate"],
    )


def lime_weights(connection: Connection, prediction_id: UUID | str) -> list[LimeWeight]:
    """Return the LIME weights of a prediction, the largest by magnitude first.

    Raises
    ------
    BadInput
        If `prediction_id` is no UUID.
    """
    rows = fetch_all(connection, "show/lime_weights", prediction_id=_uuid(prediction_id))
    return [
        LimeWeight(
            model=row.model_name,
            version=row.version,
            environment=row.environment,
            feature=row.feature_name,
            weight=finite(row.weight),
            feature_value=row.feature_value,
            timestamp=utc(row.timestamp),
        )
        for row in rows
    ]


def shap_values(connection: Connection, prediction_id: UUID | str) -> list[ShapValue]:
    """Return the SHAP values of a prediction, the largest by magnitude first.

    Raises
    ------
    BadInput
        If `prediction_id` is no UUID.
    """
    rows = fetch_all(connection, "show/shap_values", prediction_id=_uuid(prediction_id))
    return [
        ShapValue(
            model=row.model_name,
            version=row.version,
            environment=row.environment,
            feature=row.feature_name,
            value=finite(row.shap_value),
            feature_value=row.feature_value,
            base_value=finite(row.base_value),
            timestamp=utc(row.timestamp),
        )
        for row in rows
    ]


def _uuid(text: UUID | str) -> UUID:
    try:
        return text if isinstance(text, UUID) else UUID(text)
    except ValueError:
        raise BadInput(
            f"prediction id {text!r} is no UUID; give it as prediction_logs.id has it, "
            "like 018f0000-0000-7000-8000-000000000000"
        ) from None
