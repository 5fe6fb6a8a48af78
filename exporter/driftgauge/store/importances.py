"""Feature importances as services logged them."""

from __future__ import annotations

from datetime import datetime

from driftgauge.model.identity import ModelKey
from driftgauge.store.execute import Connection, fetch_all


def read_importances(connection: Connection, key: ModelKey, *, until: datetime) -> dict[str, float]:
    """Return a model's importances by feature, as they were logged last up to a moment; NaN and infinities left out."""
    rows = fetch_all(
        connection,
        "importance/read_latest",
        model_name=key.model,
        version=key.version,
        environment=key.environment,
        until=until,
    )
    return {row.feature_name: float(row.importance_value) for row in rows}
