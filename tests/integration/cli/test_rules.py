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


def evaluate(exporter_dsn: str) -> None:
    """Evaluate all rules as the exporter does."""
    exporter = Database(lambda: exporter_dsn, schema="driftgauge")
    try:
        RuleJob(exporter, rule_options(Settings())).run()
    finally:
        exporter.close()


def listed(run: Run) -> list[dict[str, Any]]:
    return json.loads(run("rules", "list", "--json").out)


def added(run: Run, *arguments: str) -> dict[str, Any]:
    """Add a rule; return its condition."""
    done = run("rules", "add", *OF_CHURN, *arguments)
    assert done.code == 0, done.err
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
    assert "not evaluated" in lines[1]
    assert "4 rules: 4 not evaluated" in lines
    assert lines[-1] == "none of these was evaluated yet: is driftgauge run running?"
    assert run("rules", "list", "--model", "other").out == "no rules of other\n"
    assert run("rules", "list", "--state", "firing").out == "no rules in that state\n"
    assert len(run("rules", "list", "--state", "firing", "--state", "unevaluated").out.splitlines()) > 4


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
        (("--metric", "ml_predctions", "--operator", "<", "--threshold", "5"), "did you mean ml_predictions?"),
        (("--metric", "ml_feature_drifted", "--operator", ">", "--threshold", "0"), "is known to Prometheus alone"),
        (("--performance", "accuracyx", "--below", "0.9"), "did you mean accuracy?"),
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
    assert [rule["state"] for rule in listed(run)] == ["disabled", "unevaluated"]
    done = run("rules", "disable", second, "987654")
    assert (done.code, done.out) == (2, "")
    assert "no rule has the id 987654; nothing was changed" in done.err
    assert run("rules", "remove", "987654", first).code == 2
    assert run("rules", "enable", "0").code == 2
    assert [rule["state"] for rule in listed(run)] == ["disabled", "unevaluated"]
    assert run("rules", "enable", first).out == f"rule {first} is in force\n"
    assert run("rules", "remove", second).out == f"rule {second} is removed\n"
    assert [(rule["id"], rule["state"]) for rule in listed(run)] == [(int(first), "unevaluated")]


def test_the_list_says_how_each_rule_stands_of_each_version(database: str, exporter_dsn: str, run: Run) -> None:
    added(run, "--metric", "revenue", "--operator", "<", "--threshold", "5", "--for", "10m")
    execute(
        database,
        "INSERT INTO model_metrics (model_name, version, metric_name, metric_value)"
        " VALUES ('churn', '1', 'revenue', 4), ('churn', '2', 'revenue', 6)",
    )
    evaluate(exporter_dsn)
    found = [(rule["version"], rule["value"], rule["state"], rule["holding_since"] is None) for rule in listed(run)]
    assert found == [("1", 4.0, "pending", False), ("2", 6.0, "ok", True)]
    shown = run("rules", "list").out.splitlines()
    assert "pending" in shown[1]
    assert " 4  20" in shown[1]
    assert "ok" in shown[2]
    assert shown[3:] == ["1 rule: 1 pending"]
    execute(database, "UPDATE alert_rule_runs SET fresh_until = now() - interval '1 minute'")
    shown = run("rules", "list").out.splitlines()
    assert "not evaluated" in shown[1]
    assert " 4 to 6  20" in shown[1], "both versions"
    assert shown[-1].startswith("none of these was evaluated since 20")
    assert len(run("rules", "list", "--model", "churn").out.splitlines()) == len(shown) + 1


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


LOGGED = (
    "INSERT INTO model_metrics (model_name, version, metric_name, metric_value)"
    " VALUES ('churn', '1', 'revenue', 4), ('churn', '1', 'ml_own', 4)"
)


@pytest.mark.parametrize(
    ("arguments", "notes"),
    [
        (("--metric", "revenue", "--operator", "<", "--threshold", "5"), []),
        (("--metric", "ml_own", "--operator", "<", "--threshold", "5"), []),
        (
            ("--metric", "revnue", "--operator", "<", "--threshold", "5"),
            ["note: churn has logged no metric revnue in the last 28 days; did you mean revenue?"],
        ),
        (
            ("--model", "chrun", "--drift"),
            ["note: no model chrun has predicted or logged a metric in the last 28 days; did you mean churn?"],
        ),
        (("--environment", "eu", "--drift"), ["note: churn is known in production, and not in eu"]),
        (
            ("--metric", "ml_error_ratio", "--operator", ">", "--threshold", "5"),
            ["note: ml_error_ratio is between 0 and 1: this never holds"],
        ),
        (
            ("--performance", "accuracy", "--below", "0.9"),
            ["note: no outcomes of churn are known: performance needs them"],
        ),
    ],
)
def test_names_that_nobody_knows_yet_are_noted_and_taken(
    database: str, run: Run, arguments: tuple[str, ...], notes: list[str]
) -> None:
    execute(database, LOGGED)
    done = run("rules", "add", *OF_CHURN, *arguments)
    assert (done.code, done.err.splitlines()) == (0, notes)
    assert len(listed(run)) == 1


def test_a_rule_by_hand_that_is_misspelt_is_told_by_the_list_and_by_check(
    database: str, exporter_dsn: str, run: Run
) -> None:
    def of_metric(name: str) -> None:
        condition = {"type": "metric_threshold", "metric": name, "operator": "<", "threshold": 5}
        execute(
            database,
            "INSERT INTO alert_rules (model_name, alert_type, severity, condition)"  # noqa: S608 - of tests
            f" VALUES ('churn', 'own', 'info', '{json.dumps(condition)}')",
        )

    execute(database, LOGGED)
    for name in ("revenue", "revnue", "ml_predctions", "ml_health_score"):
        of_metric(name)
    known, misspelt, impossible, wanting = (rule["id"] for rule in listed(run))
    unknown = "churn has logged no metric revnue in the last 28 days; did you mean revenue?"
    assert f"\nrule {misspelt}: {unknown}\n" in run("rules", "list").out
    evaluate(exporter_dsn)
    out = run("rules", "list").out
    assert f"\nrule {misspelt}: no data: {unknown}\n" in out
    assert f"\nrule {impossible}: no data: there is no metric ml_predctions; did you mean ml_predictions?" in out
    assert f"\nrule {wanting}: no data: ml_health_score is between 0 and 1: this always holds\n" in out
    assert f"\nrule {known}:" not in out
    hints = {rule["id"]: rule["hint"] for rule in listed(run)}
    assert hints[known] is None
    assert hints[misspelt].endswith("did you mean revenue?")

    def checked() -> list[dict[str, Any]]:
        found = json.loads(run("check", "--json").out)
        return [finding for finding in found if finding["check"] == "rules"]

    assert [finding["state"] for finding in checked()] == ["warning"] * 3
    assert checked()[0]["detail"] == f"rule {misspelt}: no data: {unknown}"
    for rule in (misspelt, impossible, wanting):
        run("rules", "disable", str(rule))
    assert [(finding["state"], finding["detail"]) for finding in checked()] == [
        ("ok", "1 rule is in force, and all names known")
    ]


def test_check_tells_of_rules_that_are_not_evaluated(database: str, run: Run) -> None:
    execute(
        database,
        "ALTER TABLE alert_rules DISABLE TRIGGER alert_rules_say_something;"
        "INSERT INTO alert_rules (model_name, alert_type, severity, condition)"
        " SELECT 'churn', 'own', 'info', '{}' FROM generate_series(1, 25)",
    )
    lines = [line for line in run("check").out.splitlines() if line.startswith("warning rules: ")]
    first = ", ".join(str(rule["id"]) for rule in listed(run)[:5])
    [line] = lines
    assert line.startswith(f"warning rules: rules {first} and 20 more: not evaluated, as the condition says nothing; ")


def test_check_does_not_go_on_for_ever(database: str, run: Run) -> None:
    execute(
        database,
        "INSERT INTO alert_rules (model_name, alert_type, severity, condition)"
        " SELECT 'model ' || i, 'own', 'info', '{\"type\": \"drift_detected\"}' FROM generate_series(1, 25) AS i",
    )
    lines = [line for line in run("check").out.splitlines() if line.startswith("warning rules: ")]
    assert len(lines) == 21
    assert lines[-1] == "warning rules: 5 more kinds of fault; see driftgauge rules list"


def test_a_login_that_may_not_read_logs_is_told_that_names_were_not_checked(database: str, run: Run) -> None:
    execute(database, "REVOKE SELECT ON model_metrics FROM driftgauge_exporter")
    done = run("rules", "add", *OF_CHURN, "--drift")
    assert done.code == 0
    assert "names were not checked" in done.err
    [rule] = listed(run)
    assert "names were not checked" in rule["hint"]
