"""The history of metrics that the windowed test compares, and what it found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from driftgauge.concept.windows import Compared, Values
from driftgauge.model.identity import ModelKey
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all
from driftgauge.store.keys import key_of

T_TEST: Final = "t_test"
SAYS: Final = (
    *("reference_start", "border", "verdict", "statistic", "threshold"),
    *("reference_mean", "current_mean", "reference_values", "current_values"),
)
"""What makes one comparison of a value another."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ModelMetric:
    """A metric of a model."""

    key: ModelKey
    metric: str


def read_fingerprints(
    connection: Connection, metrics: Collection[str], *, since: datetime, newer: datetime
) -> dict[ModelMetric, str]:
    """Return, of each model and metric with values after `newer`, a text that changes with any value after `since`."""
    return {
        ModelMetric(
            key=key_of(row),
            metric=row.metric_name,
        ): row.fingerprint
        for row in fetch_all(
            connection, "concept/read_changed_metrics", metric_names=sorted(metrics), since=since, newer=newer
        )
    }


def read_history(connection: Connection, of: ModelMetric, *, since: datetime) -> Values:
    """Return the finite values of a metric after a moment, the oldest first."""
    rows = fetch_all(connection, "concept/read_history", **_params(of), since=since)
    return Values.of((row.at, row.found) for row in rows)


def write_comparisons(
    connection: Connection, of: ModelMetric, comparisons: Sequence[Compared], *, since: datetime
) -> None:
    """Write the comparisons of a metric that end after a moment, in place of those that were there.

    Next to all are there already: what says the same is left as it is.
    """
    known = {
        row.current_end: {column: getattr(row, column) for column in SAYS}
        for row in fetch_all(connection, "concept/read_comparisons", **_params(of), since=since)
    }
    rows = {compared.end: _row(compared) for compared in comparisons}
    if gone := known.keys() - rows.keys():
        execute(connection, "concept/delete_comparisons", **_params(of), ends=sorted(gone))
    changed = [row for end, row in rows.items() if known.get(end) != {column: row[column] for column in SAYS}]
    execute_many(connection, "concept/write_comparison", [_params(of) | row for row in changed])


def _row(compared: Compared) -> dict[str, object]:
    found = compared.found
    return {
        "verdict": found.verdict,
        "direction": compared.direction,
        "drift_detected": compared.drifted,
        "reference_start": compared.reference_start,
        "border": compared.border,
        "current_end": compared.end,
        "reference_mean": found.reference_mean if compared.reference_values else None,
        "current_mean": found.current_mean,
        "mean_difference": found.difference if compared.reference_values else None,
        "statistic": found.statistic,
        "threshold": found.alpha,
        "score": compared.score,
        "p_value": found.p_value,
        "reference_values": compared.reference_values,
        "current_values": compared.current_values,
    }


def _params(of: ModelMetric) -> dict[str, object]:
    return {
        "model_name": of.key.model,
        "version": of.key.version,
        "environment": of.key.environment,
        "metric_name": of.metric,
    }
