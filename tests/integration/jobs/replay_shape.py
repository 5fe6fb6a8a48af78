"""The shape of `replay --json`: every key, its type and its range, and nothing else."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any, Final

from driftgauge.drift.registry import TESTS
from driftgauge.drift.shifts import SHIFTS
from driftgauge.model.bins import FeatureKind
from driftgauge.model.verdict import Verdict

TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
STEP: Final = "at window_start window_end model version environment rows verdict drifted_share features"
FEATURE: Final = "feature kind verdict reason rows tests"
TEST: Final = "test score threshold p_value adjusted_p_value"
ALERT: Final = "at model feature severity reason"
SUMMARY: Final = "steps feature_verdicts drifted alerts"
ADDED: Final = {"document": {"replay_id"}, "alert": {"version", "environment"}}
"""What later releases added; what is not here or in the first release's shape must not show."""

Value = dict[str, Any]


def read_replay(text: str) -> Value:
    """Return the document of a replay, held against its shape."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON: null is for what is not finite")

    document: Value = json.loads(text, parse_constant=refuse)
    assert document.keys() == {"schema", "steps", "alerts", "summary"} | ADDED["document"]
    assert document["schema"] == 1
    assert UUID.fullmatch(document["replay_id"])
    for step in document["steps"]:
        _check_step(step)
    for alert in document["alerts"]:
        _check_alert(alert)
    _check_summary(document)
    return document


def moment(text: str) -> datetime:
    """Return a time of the document, which is UTC and says so."""
    assert TIME.fullmatch(text), text
    return datetime.fromisoformat(text)


def _check_step(step: Value) -> None:
    assert list(step) == STEP.split()
    assert moment(step["at"]) == moment(step["window_end"]) > moment(step["window_start"])
    _check_texts(step, "model version environment")
    assert step["verdict"] in set(Verdict)
    assert type(step["rows"]) is int
    assert type(step["drifted_share"]) is float
    assert 0 <= step["drifted_share"] <= 1
    names = [feature["feature"] for feature in step["features"]]
    assert len(set(names)) == len(names) > 0
    for feature in step["features"]:
        assert list(feature) == FEATURE.split()
        _check_texts(feature, "feature reason")
        assert feature["kind"] in set(FeatureKind)
        assert feature["verdict"] in set(Verdict)
        assert type(feature["rows"]) is int
        for found in feature["tests"]:
            _check_test(found)


def _check_test(found: Value) -> None:
    assert list(found) == TEST.split()
    assert found["test"] in {*TESTS, *SHIFTS}
    assert type(found["score"]) is float
    assert found["score"] >= 0
    assert type(found["threshold"]) is float
    for name in ("p_value", "adjusted_p_value"):
        assert found[name] is None or (type(found[name]) is float and 0 <= found[name] <= 1)


def _check_alert(alert: Value) -> None:
    assert alert.keys() == set(ALERT.split()) | ADDED["alert"]
    assert moment(alert["at"]).utcoffset() == timedelta(0)
    _check_texts(alert, "model feature reason")
    assert alert["severity"] in ("high", "medium")


def _check_summary(document: Value) -> None:
    assert list(document["summary"]) == SUMMARY.split()
    features = [feature for step in document["steps"] for feature in step["features"]]
    drifted = sum(feature["verdict"] == "drifted" for feature in features)
    assert document["summary"] == {
        "steps": len(document["steps"]),
        "feature_verdicts": len(features),
        "drifted": drifted,
        "alerts": len(document["alerts"]),
    }
    assert len(document["alerts"]) == drifted
    times = [moment(step["at"]) for step in document["steps"]]
    assert times == sorted(times)


def _check_texts(value: Value, names: str) -> None:
    for name in names.split():
        assert type(value[name]) is str
        assert value[name]
