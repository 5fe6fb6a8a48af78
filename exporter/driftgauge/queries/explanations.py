"""Why a model answered as it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from driftgauge.errors import BadInput
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
