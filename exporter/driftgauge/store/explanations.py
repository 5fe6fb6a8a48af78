"""What was found of explanations, window by window, and of the inputs: a window judged again replaces its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from driftgauge.explanation.findings import ExplanationFinding, FeatureFinding, Inputs
from driftgauge.model.identity import ModelKey
from driftgauge.model.verdict import TestResult, Verdict
from driftgauge.model.window import TimeWindow
from driftgauge.store.execute import Connection, execute, execute_many, fetch_all, fetch_one
from driftgauge.store.results import Distributions


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedInputs:
    """The verdicts on a model's features in the window that ended at `window_end`; None where none was judged."""

    inputs: Inputs
    window_end: datetime | None


def try_explanations_lock(connection: Connection, key: ModelKey, explanation_type: str) -> bool:
    """Take the lock on a model's results until the transaction ends; False if another session has it."""
    row = fetch_one(connection, "explanations/try_lock", **_of(key, explanation_type))
    return row is not None and bool(row.locked)


def read_inputs(connection: Connection, key: ModelKey, window: TimeWindow) -> JudgedInputs:
    """Return what was found of a model's features last, in a window that ends in `window`."""
    rows = fetch_all(
        connection,
        "explanations/read_inputs",
        model_name=key.model,
        version=key.version,
        environment=key.environment,
        window_start=window.start,
        window_end=window.end,
    )
    return JudgedInputs(
        inputs=Inputs(features={row.feature_name: Verdict(row.verdict) for row in rows}),
        window_end=rows[0].window_end if rows else None,
    )


def write_explanations(
    connection: Connection,
    finding: ExplanationFinding,
    *,
    explanation_type: str,
    reference_id: int,
    inputs_window_end: datetime | None,
    distributions: Distributions,
) -> None:
    """Write a row a feature and one for the model, in place of those of an earlier judgement of the window."""
    window = finding.of.window
    place = _of(finding.of.key, explanation_type) | {"window_start": window.start, "window_end": window.end}
    execute_many(
        connection,
        "explanations/write_result",
        [
            place | _row(one) | {"reference_id": reference_id} | _distributions(distributions, one.feature)
            for one in finding.features
        ],
    )
    execute(connection, "explanations/delete_outdated", **place, features=[one.feature for one in finding.features])
    execute(
        connection,
        "explanations/write_summary",
        **place,
        reference_id=reference_id,
        verdict=finding.verdict.value,
        reason=finding.reason,
        state=finding.state,
        sentence=finding.sentence,
        inputs_verdict=finding.inputs,
        inputs_window_end=inputs_window_end,
        explained_predictions=finding.of.rows,
        drifted_features=len(finding.drifted),
        judged_features=finding.judged,
        ndcg=finding.order.ndcg,
        ndcg_threshold=finding.order.threshold,
        ndcg_by_chance=finding.order.by_chance,
        spearman=finding.order.spearman,
        kendall=finding.order.kendall,
        appeared=list(finding.appeared),
        vanished=list(finding.vanished),
    )


def _row(one: FeatureFinding) -> dict[str, object]:
    return {
        "feature_name": one.feature,
        "reference_shap_mean": one.reference.mean,
        "current_shap_mean": one.current.mean,
        "shap_mean_difference": one.difference,
        "drift_detected": one.verdict is Verdict.DRIFTED,
        "threshold": one.threshold,
        "verdict": one.verdict.value,
        "reason": one.reason,
        "rows": one.current.n,
        "score": one.score,
        "reference_mean_magnitude": one.reference.magnitude,
        "current_mean_magnitude": one.current.magnitude,
        "reference_deviation": one.reference.deviation,
        "current_deviation": one.current.deviation,
        "reference_positive_share": one.reference.positive_share,
        "current_positive_share": one.current.positive_share,
        "sign_flip_rate": one.sign_flip_rate,
        "reference_rank": one.reference_rank,
        "current_rank": one.current_rank,
        "state": one.state,
        "tests": orjson.dumps([_test(test) for test in one.tests]).decode(),
    }


def _test(test: TestResult) -> dict[str, Any]:
    return {
        "test": test.test,
        "score": test.score,
        "threshold": test.threshold,
        "statistic": test.statistic,
        "p_value": test.p_value,
        "adjusted_p_value": test.adjusted_p_value,
        "drifted": test.drifted,
    }


def _distributions(distributions: Mapping[str, tuple[dict[str, Any], dict[str, Any]]], feature: str) -> dict[str, str]:
    reference, current = (orjson.dumps(part).decode() for part in distributions[feature])
    return {"reference_distribution": reference, "current_distribution": current}


def _of(key: ModelKey, explanation_type: str) -> dict[str, object]:
    return {
        "model_name": key.model,
        "version": key.version,
        "environment": key.environment,
        "explanation_type": explanation_type,
    }
