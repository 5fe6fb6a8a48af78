"""What a replay found, as JSON and in few lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from driftgauge.jobs.judging import Judgement
from driftgauge.model.verdict import FeatureVerdict, ModelVerdict, TestResult, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureLine:
    """One feature over all steps; `reason` is that of its first drift."""

    model: str
    feature: str
    steps: int
    drifted: int
    first_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayReport:
    """Collects judgements."""

    replay_id: UUID
    verdicts: list[ModelVerdict] = field(default_factory=list[ModelVerdict])
    alerts: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def add(self, judgement: Judgement) -> None:
        """Take in one step of one model."""
        verdict = judgement.verdict
        self.verdicts.append(verdict)
        self.alerts.extend(
            {
                "at": _utc(verdict.window.end),
                "model": verdict.key.model,
                "version": verdict.key.version,
                "environment": verdict.key.environment,
                "feature": alert.feature,
                "severity": alert.severity,
                "reason": alert.message,
            }
            for alert in judgement.alerts
        )

    def summary(self) -> dict[str, int]:
        """Return the totals."""
        features = [feature for verdict in self.verdicts for feature in verdict.features]
        return {
            "steps": len(self.verdicts),
            "feature_verdicts": len(features),
            "drifted": sum(feature.verdict is Verdict.DRIFTED for feature in features),
            "alerts": len(self.alerts),
        }

    def lines(self) -> Iterator[FeatureLine]:
        """Yield a line a feature, in order of model and name."""
        of_feature: dict[tuple[str, str], list[tuple[datetime, FeatureVerdict]]] = {}
        for verdict in self.verdicts:
            for feature in verdict.features:
                of_feature.setdefault((str(verdict.key), feature.feature), []).append((verdict.window.end, feature))
        for (model, name), judged in sorted(of_feature.items()):
            drifted = [(at, feature) for at, feature in judged if feature.verdict is Verdict.DRIFTED]
            yield FeatureLine(
                model=model,
                feature=name,
                steps=len(judged),
                drifted=len(drifted),
                first_at=drifted[0][0] if drifted else None,
                reason=drifted[0][1].reason if drifted else "",
            )

    def to_json(self) -> str:
        """Return the report in the shape that the interfaces promise; numbers that are not finite become null."""
        ordered = sorted(self.verdicts, key=lambda verdict: (verdict.window.end, verdict.key))
        document = {
            "schema": 1,
            "replay_id": str(self.replay_id),
            "steps": [_step(verdict) for verdict in ordered],
            "alerts": sorted(self.alerts, key=lambda alert: (alert["at"], alert["model"], alert["feature"])),
            "summary": self.summary(),
        }
        return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _step(verdict: ModelVerdict) -> dict[str, Any]:
    return {
        "at": _utc(verdict.window.end),
        "window_start": _utc(verdict.window.start),
        "window_end": _utc(verdict.window.end),
        "model": verdict.key.model,
        "version": verdict.key.version,
        "environment": verdict.key.environment,
        "rows": verdict.rows,
        "verdict": verdict.verdict.value,
        "drifted_share": verdict.drifted_share,
        "features": [_feature(feature) for feature in verdict.features],
    }


def _feature(feature: FeatureVerdict) -> dict[str, Any]:
    return {
        "feature": feature.feature,
        "kind": feature.kind.value,
        "verdict": feature.verdict.value,
        "reason": feature.reason,
        "rows": feature.rows,
        "tests": [_test(result) for result in feature.tests],
    }


def _test(result: TestResult) -> dict[str, Any]:
    return {
        "test": result.test,
        "score": result.score,
        "threshold": result.threshold,
        "p_value": result.p_value,
        "adjusted_p_value": result.adjusted_p_value,
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
