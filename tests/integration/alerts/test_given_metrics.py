"""Rules against given metrics, in one call: an alert once for as long as its rule holds."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from driftgauge.app.settings import rule_options
from driftgauge.config import Settings
from driftgauge.errors import BadInput
from driftgauge.jobs.rules import RuleJob
from driftgauge.queries import active_alerts
from driftgauge.queries import connect as connect_to_ask
from driftgauge.rules import RuleAlert, connect, evaluate_alert_rules

if TYPE_CHECKING:
    from fixtures.program import Run
    from integration.alerts.conftest import History

LOW: dict[str, Any] = {"type": "metric_threshold", "metric": "revenue", "operator": "<", "threshold": 5, "for": "1h"}
RULE = "INSERT INTO alert_rules (model_name, alert_type, severity, condition, environment) VALUES (%s, %s, %s, %s, %s)"


def write(history: History, condition: dict[str, Any] = LOW, model: str = "churn", place: str = "production") -> None:
    history.execute(RULE, model, "revenue", "critical", json.dumps(condition), place)


def evaluate(dsn: str, model: str = "churn", **metrics: float) -> list[RuleAlert]:
    with connect(dsn) as connection:
        return evaluate_alert_rules(connection, model, metrics, version="3")


def run_job(history: History) -> None:
    """Evaluate as the exporter does, which knows nothing of given metrics."""
    RuleJob(history.database, rule_options(Settings())).run()


def test_an_alert_is_raised_once_and_ends_when_its_rule_no_longer_holds(history: History, exporter_dsn: str) -> None:
    write(history)
    [first] = evaluate(exporter_dsn, revenue=4)
    assert (first.alert_type, first.severity, first.value, first.raised) == ("revenue", "critical", 4, True)
    assert first.message == "revenue < 5 for 1h: 4"
    row = history.only()
    assert (row["id"], row["model_name"], row["version"], row["environment"]) == (
        first.alert_id,
        "churn",
        "3",
        "production",
    )
    assert (row["value"], row["details"], row["resolved"]) == (4, {"condition": LOW}, False)
    with connect_to_ask(exporter_dsn) as connection:
        [shown] = active_alerts(connection, "churn")
    assert (shown.alert_id, shown.severity) == (first.alert_id, "critical")

    [again] = evaluate(exporter_dsn, revenue=3)
    assert (again.alert_id, again.raised, again.value) == (first.alert_id, False, 3)
    assert evaluate(exporter_dsn, other=3) == []
    assert evaluate(exporter_dsn, revenue=float("nan")) == []
    assert not history.only()["resolved"], "nobody knows"
    assert evaluate(exporter_dsn, revenue=5) == []
    assert (history.only()["resolved"], history.only()["resolution"]) == (True, "evaluated")
    [anew] = evaluate(exporter_dsn, revenue=2)
    assert anew.raised
    assert anew.alert_id != first.alert_id


def test_rules_of_others_disabled_and_broken_ones_raise_nothing(history: History, exporter_dsn: str) -> None:
    write(history, model="other")
    write(history, place="staging")
    write(history)
    history.execute("UPDATE alert_rules SET enabled = FALSE WHERE model_name = 'churn' AND environment = 'production'")
    history.execute("ALTER TABLE alert_rules DISABLE TRIGGER alert_rules_say_something")
    write(history, {"metric": "revenue"})
    assert evaluate(exporter_dsn, revenue=1) == []
    assert history.rows() == []


def test_every_kind_is_asked_of_given_metrics(history: History, exporter_dsn: str) -> None:
    write(history, {"type": "drift_detected"})
    write(history, {"type": "drift_detected", "feature": "age"})
    write(history, {"type": "performance_below", "metric": "accuracy", "threshold": 0.9})
    found = evaluate(exporter_dsn, "churn", **{"drift_detected": True, "drift_detected.age": False, "accuracy": 0.5})
    assert [alert.message for alert in found] == ["any feature drifted: 1", "realised accuracy below 0.9: 0.5"]


def test_such_an_alert_is_acknowledged_and_resolved_as_any_other(
    history: History, exporter_dsn: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DRIFTGAUGE_ALERTMANAGER_URL", raising=False)
    write(history)
    [alert] = evaluate(exporter_dsn, revenue=4)
    assert "revenue < 5 for 1h: 4" in run("alerts", "list").out
    assert run("alerts", "ack", str(alert.alert_id), "--by", "anna").code == 0
    [again] = evaluate(exporter_dsn, revenue=4)
    row = history.only()
    assert (again.raised, row["acknowledged"], row["acknowledged_by"]) == (False, True, "anna")
    assert run("alerts", "resolve", str(alert.alert_id), "--by", "anna").code == 0
    assert history.only()["resolution"] == "by hand"


def test_two_callers_at_once_raise_one_alert(history: History, exporter_dsn: str) -> None:
    write(history)
    found: list[RuleAlert] = []
    callers = [threading.Thread(target=lambda: found.extend(evaluate(exporter_dsn, revenue=4))) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(alert.raised for alert in found) == [False, False, False, True]
    assert {alert.alert_id for alert in found} == {history.only()["id"]}


ORPHANING: dict[str, str] = {
    "DELETE FROM alert_rules": "rule removed",
    "UPDATE alert_rules SET enabled = FALSE": "rule disabled",
    "UPDATE alert_rules SET condition = condition || '{\"threshold\": 9}'": "rule changed",
    "UPDATE alert_rules SET model_name = 'other'": "rule changed",
    "UPDATE alert_rules SET severity = 'info'": "rule changed",
}


@pytest.mark.parametrize("by_job", [True, False])
@pytest.mark.parametrize("statement", ORPHANING)
def test_an_alert_whose_rule_is_no_longer_the_same_ends_once(
    history: History, exporter_dsn: str, statement: str, *, by_job: bool
) -> None:
    write(history)
    evaluate(exporter_dsn, revenue=4)
    run_job(history)
    assert evaluate(exporter_dsn) == []
    assert not history.only()["resolved"], "its rule is as it was"
    history.execute(statement)
    if by_job:
        run_job(history)
    else:
        evaluate(exporter_dsn)
    row = history.only()
    assert (row["resolved"], row["resolution"]) == (True, ORPHANING[statement])
    run_job(history)
    evaluate(exporter_dsn)
    assert history.only()["resolved_at"] == row["resolved_at"]


@pytest.mark.parametrize("command", ["disable", "remove"])
def test_the_command_that_takes_a_rule_out_of_force_ends_its_alerts(
    history: History, exporter_dsn: str, run: Run, command: str
) -> None:
    write(history)
    [alert] = evaluate(exporter_dsn, revenue=4)
    assert run("rules", command, str(alert.rule_id)).code == 0
    assert history.only()["resolution"] == f"rule {command}d"


def test_a_changed_rule_raises_an_alert_of_its_own(history: History, exporter_dsn: str) -> None:
    write(history)
    evaluate(exporter_dsn, revenue=4)
    history.execute("UPDATE alert_rules SET condition = condition || '{\"threshold\": 9}'")
    [alert] = evaluate(exporter_dsn, revenue=8)
    assert (alert.raised, alert.message) == (True, "revenue < 9 for 1h: 8")
    assert [row["resolved"] for row in history.rows()] == [True, False]


def test_alerts_that_others_insert_are_ended_by_nobody_else(history: History, exporter_dsn: str) -> None:
    history.execute(
        "INSERT INTO model_alerts (model_name, version, environment, alert_type, severity, message, labels)"
        " VALUES ('churn', '3', 'production', 'own', 'info', 'mine', '{\"rule_id\": \"x\"}')"
    )
    run_job(history)
    evaluate(exporter_dsn)
    assert not history.only()["resolved"]


def test_a_call_ends_alerts_of_its_own_model_only(history: History, exporter_dsn: str) -> None:
    write(history)
    evaluate(exporter_dsn, revenue=4)
    history.execute("DELETE FROM alert_rules")
    evaluate(exporter_dsn, model="other")
    assert not history.only()["resolved"]


def test_a_job_does_not_wait_for_who_is_just_ending_an_alert(history: History, exporter_dsn: str) -> None:
    write(history)
    evaluate(exporter_dsn, revenue=4)
    history.execute("DELETE FROM alert_rules")
    with connect(exporter_dsn) as connection:
        evaluate_alert_rules(connection, "churn", {}, version="3")
        run_job(history)
        assert not history.only()["resolved"], "nothing is committed yet"
    assert history.only()["resolution"] == "rule removed"


def test_calls_of_other_models_do_not_wait(history: History, exporter_dsn: str) -> None:
    write(history)
    write(history, model="other")
    with connect(exporter_dsn) as connection:
        [alert] = evaluate_alert_rules(connection, "churn", {"revenue": 4}, version="3")
        [other] = evaluate(exporter_dsn, model="other", revenue=4)  # would time out after half a minute
    assert alert.raised
    assert other.raised


def test_a_name_that_nobody_has_is_refused(exporter_dsn: str) -> None:
    with connect(exporter_dsn) as connection, pytest.raises(BadInput, match="model is empty"):
        evaluate_alert_rules(connection, " ", {})
