"""The model that a row is of."""

from __future__ import annotations

from typing import Any

from driftgauge.model.identity import ModelKey


def key_of(row: Any) -> ModelKey:  # noqa: ANN401 - a named tuple of the query's own columns
    """Return the model of a row that has the columns model_name, version and environment."""
    return ModelKey(model=row.model_name, version=row.version, environment=row.environment)
