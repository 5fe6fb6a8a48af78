"""Every shipped alert is tested, routed, explained, and made of metrics that are there."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from contract.bundle import (
    ALERTMANAGER,
    ALERTS,
    BUNDLE,
    NAMES,
    OF_PROMETHEUS,
    OWN,
    RECORDS,
    RULE_TESTS,
    RULES,
    RUNBOOK,
    Document,
    read,
    severities,
    with_every_channel,
)
from driftgauge.client.metrics import LoggerCollector
from driftgauge.exposition.family import MetricKind
from driftgauge.exposition.inventory import INVENTORY
from driftgauge.model.alert import PLACE, SILENCED_BY

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.stack import Alertmanager, Prometheus

OF_SERVICES: Final = {
    f"{family.name}_total" if family.type == "counter" else family.name for family in LoggerCollector().collect()
}
RECEIVERS: Final = {
    "critical": "history,pager",
    "warning": "history,team",
    "info": "history,nobody",
    "none": "history,heartbeat",
}
WITHOUT_NUMBER: Final = frozenset(
    {"ExporterDown", "DatabaseDown", "AlertmanagerDown", "PrometheusUnwatched", "ConceptDrift", "Watchdog"}
)
"""Alerts whose number, 0, 1 or how long ago, says nothing that a value of the history should."""

WITHOUT_THRESHOLD: Final = WITHOUT_NUMBER | {
    *("JobFailing", "NoticesRefused", "NotificationsFailing", "RulesFailing", "FeatureImportanceDrift"),
    *("ErrorBudgetBurn", "LatencyBudgetBurn", "MonitoringOverhead", "ClientDropping"),
}
"""Alerts whose number is held against none, or against one of several."""
HOW: Final = frozenset({"severity", "version", "basis", "detector", "direction", "slo", "alert_type"})
"""Labels of alerts by which one that is acknowledged covers others: how, not what."""
_SAID: Final = ("summary", "description", "runbook_url")
each_alert = pytest.mark.parametrize(
    "alert", ALERTS, ids=lambda alert: f"{alert['alert']}-{alert['labels']['severity']}"
)
each_name = pytest.mark.parametrize("name", NAMES)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a program and take what it says."""
    return subprocess.run(command, capture_output=True, text=True, check=False)


def metrics_of(expression: str) -> set[str]:
    """Return the metrics that an expression reads: what is no label, function, or word of the language."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}", "{}", bare)
    bare = re.sub(r"\b(?:on|by|without|ignoring|group_left|group_right)\s*\([^)]*\)", "", bare)
    return {
        name
        for name in re.findall(r"[a-zA-Z_][\w:]*", bare)
        if re.match(r"(?:ml|driftgauge|process|prometheus|alertmanager)_|model|up$", name)
    }


def exported() -> set[str]:
    """Return every name under which the exporter's families are stored."""
    parts = ("bucket", "sum", "count")
    histograms = [name for name, family in INVENTORY.items() if family.kind is MetricKind.HISTOGRAM]
    return {*INVENTORY, *(f"{name}_{part}" for name in histograms for part in parts)} - set(histograms)


def rule_tests() -> list[Document]:
    """Return every case of every alert."""
    cases = [case for path in RULE_TESTS for case in read(path)["tests"]]
    return [check for case in cases for check in case.get("alert_rule_test", [])]


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_promtool_finds_nothing_to_mend_in_the_rules(prometheus: Prometheus, path: Path) -> None:
    checked = run(prometheus.promtool, "check", "rules", "--lint=all", "--lint-fatal", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_only_then(prometheus: Prometheus, path: Path) -> None:
    tested = run(prometheus.promtool, "test", "rules", path)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_rules_file_has_its_tests() -> None:
    assert {name for path in RULE_TESTS for name in read(path)["rule_files"]} == {
        f"../rules/{path.name}" for path in RULES
    }


@each_name
def test_every_alert_is_seen_to_fire_and_not_to(name: str) -> None:
    cases = [case for case in rule_tests() if case["alertname"] == name]
    fired = [firing for case in cases for firing in case["exp_alerts"]]
    assert {firing["exp_labels"]["severity"] for firing in fired} == set(severities(name)), name
    assert fired, name
    assert name == "Watchdog" or any(not case["exp_alerts"] for case in cases), name


def test_every_label_says_what_is_wrong_and_keeps_silences_apart_or_how() -> None:
    told = {label for case in rule_tests() for firing in case["exp_alerts"] for label in firing["exp_labels"]}
    assert told - HOW <= {*SILENCED_BY, *PLACE}


@each_alert
def test_every_alert_with_a_number_says_it_and_what_it_is_held_against(alert: Document) -> None:
    notes = alert["annotations"]
    assert ("value" in notes) == (alert["alert"] not in WITHOUT_NUMBER)
    assert ("threshold" in notes) == (alert["alert"] not in WITHOUT_THRESHOLD)


@each_alert
def test_every_alert_says_what_it_is_where_it_is_and_what_to_do(alert: Document) -> None:
    notes = alert["annotations"]
    assert {"summary", "description", "runbook_url"} <= notes.keys() <= {*_SAID, "value", "threshold"}
    assert "{{" not in notes["summary"]
    assert notes["summary"].endswith(".")
    assert "{{" in notes["description"]
    assert notes["runbook_url"] == f"docs/runbook.md#{alert['alert'].lower()}"
    assert set(severities(alert["alert"])) <= RECEIVERS.keys()


def test_the_runbook_has_one_heading_an_alert_and_no_other() -> None:
    headings = re.findall(r"(?m)^### (.+)$", RUNBOOK.read_text(encoding="utf-8"))
    assert sorted(headings) == NAMES


@each_name
def test_the_runbook_says_what_an_alert_means_where_to_look_and_what_to_do(name: str) -> None:
    text = RUNBOOK.read_text(encoding="utf-8").partition(f"\n### {name}\n")[2].partition("\n### ")[0]
    for part in ("**Means.**", "**Look.**", "**Do.**", "**Tune.**"):
        assert part in text, f"{name} lacks {part}"


def test_rules_read_what_is_exported_and_recorded() -> None:
    used = {name for rule in (*ALERTS, *RECORDS) for name in metrics_of(rule["expr"])}
    assert used - OF_PROMETHEUS - OF_SERVICES <= exported() | {record["record"] for record in RECORDS}


def test_the_names_of_metrics_are_found_in_an_expression() -> None:
    expression = 'max without (test) (ml_a{model="ml_b"} > 0) and on (job, model) model:ml_c:rate5m == 1 or absent(up)'
    assert metrics_of(expression) == {"ml_a", "model:ml_c:rate5m", "up"}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: f"{record['record']}-{record['expr'].count('slow')}")
def test_recorded_names_have_a_level_a_metric_and_operations_and_keep_whose_they_are(record: Document) -> None:
    level, metric, operations = record["record"].split(":")
    assert level in {"model", "model_slo"}
    assert metric.startswith("ml_")
    assert operations
    assert not re.search(r"\bby\b", record["expr"])  # what is not named stays: job and instance
    for matched in re.findall(r"\bon \(([^)]*)\)", record["expr"]):
        assert {"job", "instance"} <= set(matched.split(", "))


def test_recorded_metrics_do_not_grow_stale_between_two_evaluations() -> None:
    intervals = [group["interval"] for path in RULES for group in read(path)["groups"] if "interval" in group]
    assert set(intervals) <= {"30s", "2m"}  # Prometheus forgets a value after five minutes


def assert_routed(release: Alertmanager, receivers: str, **labels: str) -> None:
    """Ask amtool whether an alert with these labels reaches these receivers and no others."""
    given = [f"{label}={value}" for label, value in labels.items()]
    command = ("config", "routes", "test", f"--config.file={ALERTMANAGER}", f"--verify.receivers={receivers}", *given)
    tested = run(release.amtool, *command)
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("name", sorted({*NAMES} - {"AlertUnacknowledged"}))
def test_every_alert_reaches_whom_it_should(alertmanager_release: Alertmanager, name: str) -> None:
    for severity in severities(name):
        receivers = RECEIVERS[severity] + (",escalation" if name in OWN else "")
        assert_routed(alertmanager_release, receivers, alertname=name, severity=severity, model="churn")


@pytest.mark.parametrize("name", sorted({*NAMES} - {"AlertUnacknowledged", "Watchdog"}))
def test_what_nobody_acknowledges_is_escalated_by_one_way_only(alertmanager_release: Alertmanager, name: str) -> None:
    for severity in {*severities(name)} - {"info"}:
        receivers = "history,nobody" if name in OWN else "history,escalation"
        waiting = {"alertname": "AlertUnacknowledged", "alert": name, "severity": severity, "model": "churn"}
        assert_routed(alertmanager_release, receivers, **waiting)


def test_amtool_accepts_the_shipped_file(alertmanager_release: Alertmanager) -> None:
    checked = run(alertmanager_release.amtool, "check-config", ALERTMANAGER)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "1 templates" in checked.stdout


def test_amtool_accepts_the_file_with_every_channel_that_it_shows(
    alertmanager_release: Alertmanager, tmp_path: Path
) -> None:
    text = with_every_channel(ALERTMANAGER.read_text(encoding="utf-8"))
    if alertmanager_release.edition == "floor":  # as the file says
        text = text.replace("url_file: /run/receivers/heartbeat_url", "url: https://heartbeat.example.org/")
    (tmp_path / "templates").symlink_to(BUNDLE / "templates")
    changed = tmp_path / "alertmanager.yml"
    changed.write_text(text, encoding="utf-8")
    checked = run(alertmanager_release.amtool, "check-config", changed)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    channels = {key for one in read(changed)["receivers"] for key in one if key.endswith("_configs")}
    assert channels == {"webhook_configs", "pagerduty_configs", "slack_configs", "email_configs"}


def test_no_secret_is_in_the_bundle() -> None:
    for line in ALERTMANAGER.read_text(encoding="utf-8").splitlines():
        key = line.strip(" #-").partition(":")[0]
        assert not re.fullmatch(r"api_url|routing_key|service_key|auth_password|credentials|password", key), line


def test_matchers_alone_choose() -> None:
    text = ALERTMANAGER.read_text(encoding="utf-8")
    assert not re.search(r"\b(?:match|match_re|source_match|target_match|source_match_re|target_match_re):", text)


def matched(matchers: list[str]) -> set[str]:
    """Return the alerts that matchers choose by name; all where none is of names."""
    chosen = set(NAMES)
    for matcher in matchers:
        label, operator, value = re.split(r"\s*(!?[=~]+)\s*", matcher)
        if label == "alertname":
            assert set(value.strip('"').split("|")) <= set(NAMES), matcher
            chosen = {name for name in NAMES if bool(re.fullmatch(value.strip('"'), name)) != operator.startswith("!")}
    return chosen


def test_what_hides_others_is_told_sooner() -> None:
    waits = {(alert["alert"], alert["labels"]["severity"]): alert.get("for", "0m") for alert in ALERTS}
    soonest = {name: min(int(wait[:-1]) for (alert, _), wait in waits.items() if alert == name) for name in NAMES}
    for rule in read(ALERTMANAGER)["inhibit_rules"]:
        if not any("alertname" in matcher for matcher in rule["source_matchers"]):
            continue  # a critical alert and the warning of the same name
        sources, targets = matched(rule["source_matchers"]), matched(rule["target_matchers"])
        if sources != {"ExporterDown"}:  # while that is down, what it hides has no series
            assert {
                name for name in targets if soonest[name] < max(soonest[source] for source in sources)
            } <= sources, rule


def test_the_exporter_hides_nothing_of_its_own_and_never_the_watchdog() -> None:
    whole = ['alertname = "ExporterDown"']
    [rule] = [one for one in read(ALERTMANAGER)["inhibit_rules"] if one["source_matchers"] == whole]
    beside = {"ClientDropping", "Watchdog"}  # services tell of their loggers themselves, and do so still
    assert matched(rule["target_matchers"]) == set(NAMES) - OWN - beside
