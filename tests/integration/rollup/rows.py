"""Rows by hand, and rollers that do not wait."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from driftgauge.jobs.options import RollupOptions
from driftgauge.jobs.referencing import freeze, read_logged_rows
from driftgauge.jobs.rollup import Rollup
from driftgauge.model.reference import Reference
from driftgauge.model.window import EPOCH, TimeWindow
from driftgauge.store.execute import Connection
from driftgauge.store.predictions import ModelFilter, RowSpan
from integration.rollup.schedule import ROLLERS, Stage

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

NEVER: Final = 10**9  # rows that no automatic reference ever gets
LOG: Final = """
INSERT INTO prediction_logs (model_name, version, latency_ms, features, "timestamp")
SELECT %s, %s, 1, document, %s FROM unnest(%s::jsonb[]) AS document
"""


def minutes_ago(minutes: int) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def log(
    connection: psycopg.Connection[Any],
    documents: Iterable[object],
    *,
    at: datetime | None = None,
    model: str = "churn",
    version: str = "v1",
) -> None:
    """Log one prediction for each document; text is JSON already."""
    texts = [document if isinstance(document, str) else json.dumps(document) for document in documents]
    connection.execute(LOG, (model, version, at or minutes_ago(10), texts))


def roller(stage: Stage, name: str = ROLLERS[0], **options: Any) -> Rollup:  # noqa: ANN401 - RollupOptions' own
    return Rollup(stage.rollers[name], RollupOptions(**options), lambda _: None)


def set_reference(
    connection: Connection, options: RollupOptions, *, version: str | None = None, window: TimeWindow | None = None
) -> Reference:
    """Freeze a reference from the rows of a window, by default of all time, without profiling any rows on it."""
    only = ModelFilter(model="churn", version=version)
    span = RowSpan(only=only, window=window or TimeWindow(start=EPOCH, end=minutes_ago(0)))
    rows = read_logged_rows(connection, span, bucket=options.profile_bucket, options=options.of_model("churn"))
    return freeze(connection, only, rows)
