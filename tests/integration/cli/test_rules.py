"""`driftgauge rules …` on real rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from driftgauge.app.settings import rule_options
from driftgauge.config import Settings
from driftgauge.jobs.rules import RuleJob
from driftgauge.store.database import Database

if TYPE_CHECKING:
    from fixtures.program import Run

OF_CHURN = ("--model", "churn", "--severity", "warning")


def execute(dsn: str, statement: str) -> None:
    with psycopg.connect(dsn, options="-c search_path=driftgauge") as connection:
        connection.execute(statement.encode())


def listed(run: Run) -> list[dict[str, Any]]:
    return json.loads(run("rules", "list", "--json").out)


def added(run: Run, *arguments: str) -> dict[str, Any]:
    """Add a rule; return its condition."""
    done = run("rules", "add", *OF_CHURN, *arguments)
    assert (done.code, done.err) == (0, ""), done.err
    assert done.out.startswith(f"rule {listed(run)[-1]['id']} is in force: ")
    return listed(run)[-1]["condition"]


def test_each_kind_of_rule_is_added_and_listed(run: Run) -> None:
    assert run("rules", "list").out == "no rules\n"
    metric = ("--metric", "revenue", "--operator", "<", "--threshold", "-5e-1", "--for", "10m")
    assert added(run, *metric) == {
        "type": "metric_threshold",
        "metric": "revenue",
        "operator": "<",
        "threshold": -0.5,
        "for": "10m",
    }
    assert added(run, "--drift") == {"type": "drift_detected"}
    assert added(run, "--drift", "--feature", "age") == {"type": "drift_detected", "feature": "age"}
    performance = ("--performance", "accuracy", "--below", "0.9", "--basis", "estimated", "--alert-type", "poor")
    assert added(run, *performance) == {
        "type": "performance_below",
        "metric": "accuracy",
        "threshold": 0.9,
        "basis": "estimated",
    }
    assert [rule["alert_type"] for rule in listed(run)] == [
        "metric_threshold",
        "drift_detected",
        "drift_detected",
        "poor",
    ]
    lines = run("rules", "list", "--model", "churn").out.splitlines()
    assert "revenue < -0.5 for 10m" in lines[1]
    assert "no data" in lines[1]
    assert run("rules", "list", "--model", "other").out == "no rules of other\n"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "give one of --metric"),
        (("--drift", "--below", "1"), "give one of --metric"),
        (("--feature", "age"), "--drift is missing"),
        (("--metric", "revenue"), "--operator, --threshold is missing"),
        (("--metric", "revenue", "--operator", "=>", "--threshold", "1"), "operator: expected one of >, <"),
        (("--metric", "revenue", "--operator", ">", "--threshold", "nan"), "threshold: expected a number"),
        (("--drift", "--for", "soon"), "for: expected a duration"),
        (("--performance", "accuracy", "--below", "inf"), "threshold: expected a number"),
        (("--drift", "--alert-type", "a\nb"), "--alert-type: expected 1 to 200 characters"),
        (("--drift", "--environment", " "), "--environment is empty"),
    ],
)
def test_what_says_nothing_is_refused_in_one_line(run: Run, arguments: tuple[str, ...], problem: str) -> None:
    done = run("rules", "add", *OF_CHURN, *arguments)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1), done.err
    assert problem in done.err
    assert listed(run) == []


def test_rules_are_disabled_enabled_and_removed_all_or_none(run: Run) -> None:
    added(run, "--drift")
    added(run, "--drift", "--feature", "age")
    first, second = (str(rule["id"]) for rule in listed(run))
    assert run("rules", "disable", first, first).out == f"rule {first} is disabled\n"
    assert [rule["state"] for rule in listed(run)] == ["disabled", "no_data"]
    done = run("rules", "disable", second, "987654")
    assert (done.code, done.out) == (2, "")
    assert "no rule has the id 987654; nothing was changed" in done.err
    assert run("rules", "remove", "987654", first).code == 2
    assert run("rules", "enable", "0").code == 2
    assert [rule["state"] for rule in listed(run)] == ["disabled", "no_data"]
    assert run("rules", "enable", first).out == f"rule {first} is in force\n"
    assert run("rules", "remove", second).out == f"rule {second} is removed\n"
    assert [(rule["id"], rule["state"]) for rule in listed(run)] == [(int(first), "no_data")]


def test_the_list_says_how_each_rule_stands_of_each_version(database: str, exporter_dsn: str, run: Run) -> None:
    added(run, "--metric", "revenue", "--operator", "<", "--threshold", "5", "--for", "10m")
    execute(
        database,
        "INSERT INTO model_metrics (model_name, version, metric_name, metric_value)"
        " VALUES ('churn', '1', 'revenue', 4), ('churn', '2', 'revenue', 6)",
    )
    exporter = Database(lambda: exporter_dsn, schema="driftgauge")
    try:
        RuleJob(exporter, rule_options(Settings())).run()
    finally:
        exporter.close()
    found = [(rule["version"], rule["value"], rule["state"], rule["holding_since"] is None) for rule in listed(run)]
    assert found == [("1", 4.0, "pending", False), ("2", 6.0, "ok", True)]
    assert "pending, holds since 20" in run("rules", "list").out


def test_a_rule_from_before_that_says_nothing_is_listed_as_broken(database: str, run: Run) -> None:
    execute(
        database,
        "ALTER TABLE alert_rules DISABLE TRIGGER alert_rules_say_something;"
        "INSERT INTO alert_rules (model_name, alert_type, severity, condition) VALUES ('churn', '', 'info', '{}')",
    )
    shown = run("rules", "list").out
    assert "broken" in shown
    assert "type: expected" in shown
    assert run("rules", "disable", str(listed(run)[0]["id"])).code == 0
