from __future__ import annotations

from queue import SimpleQueue
from typing import Any

import pytest

from driftgauge.config import Settings
from driftgauge.demo.people import AlertCounts, People


def alert(name: str, number: int = 1, state: str = "firing", **labels: str) -> dict[str, Any]:
    named = {"alertname": name, "severity": "warning", **labels}
    return {"fingerprint": f"{number:016x}", "startsAt": "2026-03-01T12:00:00Z", "status": state, "labels": named}


def notice(*alerts: dict[str, Any]) -> dict[str, Any]:
    first: dict[str, str] = alerts[0]["labels"]
    common = {name: value for name, value in first.items() if all(one["labels"].get(name) == value for one in alerts)}
    return {"alerts": list(alerts), "commonLabels": common}


@pytest.fixture
def notices() -> SimpleQueue[Any]:
    return SimpleQueue()


@pytest.fixture
def people(notices: SimpleQueue[Any]) -> People:
    return People(Settings(), notices)


def test_each_notice_is_told_in_a_line_and_counted(people: People, notices: SimpleQueue[Any]) -> None:
    notices.put(("team", notice(alert("DataQuality", 1, feature="humid"))))
    notices.put(("team", notice(alert("DataQuality", 1, "resolved", feature="humid"), alert("DataQuality", 2))))
    notices.put(("escalation", notice(alert("DataQuality", 2))))
    notices.put(("escalation", notice(alert("DataQuality", 2, "resolved"))))
    assert list(people.look()) == [
        "team told: DataQuality (warning) of humid, 1 firing",
        "team told: DataQuality (warning), 1 resolved, 1 firing",
        "escalation told: DataQuality (warning), 1 firing",
        "escalation told: DataQuality (warning), 1 resolved",
    ]
    assert people.counts() == AlertCounts(notifications=4, acknowledged=0, escalated=1, resolved=2)
    assert list(people.look()) == []


def test_severities_of_one_notice_that_differ_are_not_told_as_one(people: People, notices: SimpleQueue[Any]) -> None:
    notices.put(("team", notice(alert("DataQuality", 1), alert("DataQuality", 2, severity="critical"))))
    assert list(people.look()) == ["team told: DataQuality (critical and less), 2 firing"]


def test_what_has_not_happened_is_named() -> None:
    nothing = AlertCounts(notifications=0, acknowledged=0, escalated=0, resolved=0)
    assert list(nothing.unfinished()) == [
        "no notification of an alert arrived",
        "no ErrorBudgetBurn was acknowledged",
        "no alert was escalated",
        "no notification said that an alert is resolved",
    ]
    done = AlertCounts(notifications=9, acknowledged=1, escalated=2, resolved=3)
    assert list(done.unfinished()) == []
    assert str(done) == "alerts: 9 notifications arrived, 1 acknowledged, 2 escalated, 3 resolved"
