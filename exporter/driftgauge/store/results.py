"""Drift results and their alerts: a window judged again replaces its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from driftgauge.drift.dataset import DatasetDrift, RankedFeature
from driftgauge.model.identity import ModelKey
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict
from driftgauge.store.execute import Connection, execute, execute_many, execute_rows, fetch_all, fetch_one

Distributions = Mapping[str, tuple[dict[str, Any], dict[str, Any]]]
"""By feature: the reference's and the current window's distribution."""

NO_TEST = "none"
"""The test of the row that a feature without any test made gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAlert:
    """What a drifted feature raises, once a judged window."""

    feature: str
    test: str
    severity: str
    message: str


def try_drift_lock(connection: Connection, key: ModelKey) -> bool:
    """Take the lock on a model's results until the transaction ends; False if another session has it."""
    row = fetch_one(
        connection, "drift/try_lock", model_name=key.model, version=key.version, environment=key.environment
    )
    return row is not None and bool(row.locked)


def read_persisting(connection: Connection, key: ModelKey, *, before: datetime, windows: int) -> set[str]:
    """Return the features that drifted in each of the last `windows` windows of a model or segment judged before."""
    rows = fetch_all(
        connection,
        "drift/read_persisting",
        model_name=key.model,
        version=key.version,
        environment=key.environment,
        segment=key.segment,
        before=before,
        windows=windows,
    )
    return {row.feature_name for row in rows}


def write_verdict(
    connection: Connection,
    verdict: ModelVerdict,
    *,
    reference_id: int | None,
    distributions: Distributions,
    replay_id: UUID | None = None,
) -> None:
    """Write a row a feature and test; the first row of a feature carries its distributions.

    Of a segment only the features that drifted are written: what its quiet ones came to is in the dataset's row.
    Rows of an earlier judgement of the window are replaced; those of tests that were not made again are deleted.
    Those of a replay are only added.
    """
    rows = [
        _row(feature, result) | _distributions(distributions.get(feature.feature) if first else None)
        for feature in verdict.features
        if not verdict.key.segment or feature.verdict is Verdict.DRIFTED
        for first, result in _tests(feature)
    ]
    execute_rows(
        connection,
        "results/write_results",
        rows,
        **_window(verdict),
        window_start=verdict.window.start,
        reference_id=reference_id,
        replay_id=replay_id,
    )
    if replay_id is None:
        execute(
            connection,
            "results/delete_outdated",
            **_window(verdict),
            features=[row["feature_name"] for row in rows],
            tests=[row["statistical_test"] for row in rows],
        )


def write_dataset(
    connection: Connection,
    verdict: ModelVerdict,
    dataset: DatasetDrift,
    *,
    reference_id: int | None,
    replay_id: UUID | None = None,
) -> None:
    """Write the row of a window's features together."""
    execute(
        connection,
        "results/write_dataset",
        **_window(verdict),
        verdict=dataset.verdict.value,
        reason=dataset.reason,
        drift_detected=dataset.verdict is Verdict.DRIFTED,
        drifted_features=dataset.drifted,
        judged_features=len(dataset.ranking),
        drifted_share=dataset.drifted_share,
        drifted_weight=dataset.drifted_weight,
        threshold=dataset.threshold,
        score=dataset.score,
        ranking=orjson.dumps([_ranked(feature) for feature in dataset.ranking]).decode(),
        rows=verdict.rows,
        window_start=verdict.window.start,
        reference_id=reference_id,
        replay_id=replay_id,
    )


def _ranked(feature: RankedFeature) -> dict[str, object]:
    return {
        "feature": feature.feature,
        "drifted": feature.drifted,
        "ratio": feature.ratio,
        "importance": feature.importance,
        "weight": feature.weight,
    }


def write_alerts(connection: Connection, verdict: ModelVerdict, alerts: list[DriftAlert]) -> None:
    """Raise the alerts of a window, and withdraw those that its earlier judgement raised and this one does not.

    An alert that stays tells what the new judgement found; an acknowledged one stays as it is.
    """
    window = _window(verdict)
    execute(
        connection,
        "results/withdraw_alerts",
        **window,
        features=[alert.feature for alert in alerts],
        tests=[alert.test for alert in alerts],
    )
    execute_many(
        connection,
        "results/raise_alert",
        [
            window
            | {
                "feature_name": alert.feature,
                "statistical_test": alert.test,
                "severity": alert.severity,
                "message": alert.message,
            }
            for alert in alerts
        ],
    )


def delete_other_segments(connection: Connection, verdict: ModelVerdict, segments: Sequence[str]) -> None:
    """Delete what was judged in a model's window of segments that it has no more, but for acknowledged alerts."""
    window = _window(verdict) | {"segments": list(segments)}
    execute(connection, "results/delete_other_datasets", **window)
    execute(connection, "results/delete_other_segments", **window)


def _window(verdict: ModelVerdict) -> dict[str, object]:
    return {
        "model_name": verdict.key.model,
        "version": verdict.key.version,
        "environment": verdict.key.environment,
        "segment": verdict.key.segment,
        "window_end": verdict.window.end,
    }


def _tests(feature: FeatureVerdict) -> list[tuple[bool, TestResult | None]]:
    made: tuple[TestResult | None, ...] = feature.tests or (None,)
    return [(place == 0, result) for place, result in enumerate(made)]


def _row(feature: FeatureVerdict, result: TestResult | None) -> dict[str, object]:
    return {
        "feature_name": feature.feature,
        "feature_kind": feature.kind.value,
        "statistical_test": result.test if result else NO_TEST,
        "test_statistic": result.statistic if result else None,
        "p_value": result.p_value if result else None,
        "adjusted_p_value": result.adjusted_p_value if result else None,
        "effect": result.score if result else None,
        "threshold": result.threshold if result else None,
        "drift_detected": bool(result and result.drifted and feature.verdict is Verdict.DRIFTED),
        "verdict": feature.verdict.value,
        "reason": feature.reason,
        "rows": feature.rows,
    }


def _distributions(pair: tuple[dict[str, Any], dict[str, Any]] | None) -> dict[str, object]:
    reference, current = pair or (None, None)
    return {"reference_distribution": reference, "current_distribution": current}
