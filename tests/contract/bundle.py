"""The shipped rules, routes, rule tests and runbook, read as tests look at them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
BUNDLE: Final = ROOT / "prometheus"
RULES: Final = sorted(BUNDLE.glob("rules/*.yml"))
RULE_TESTS: Final = sorted(BUNDLE.glob("tests/*_test.yml"))
LOOP: Final = BUNDLE / "rules" / "loop.yml"
EXPORTER: Final = BUNDLE / "rules" / "exporter.yml"
ALERTMANAGER: Final = BUNDLE / "alertmanager.yml"
RUNBOOK: Final = ROOT / "docs" / "runbook.md"

Document = dict[str, Any]


def read(path: Path) -> Document:
    """Return a file of the bundle."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules(kind: str) -> list[Document]:
    """Return all rules of a kind: `alert` or `record`."""
    groups = [group for path in RULES for group in read(path)["groups"]]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


ALERTS: Final = rules("alert")
OWN: Final = frozenset(
    rule["alert"] for path in (EXPORTER, LOOP) for group in read(path)["groups"] for rule in group["rules"]
) - {"Watchdog"} | {"MonitoringOverhead"}
"""The alerts on the monitor itself, which Alertmanager escalates."""

OF_PROMETHEUS: Final = frozenset(
    {
        "up",
        "prometheus_notifications_alertmanagers_discovered",
        "prometheus_rule_evaluation_failures_total",
        "alertmanager_notifications_failed_total",
    }
)
"""Metrics of Prometheus and Alertmanager themselves; tests/integration/test_alerting.py finds them there."""

RECORDS: Final = rules("record")
NAMES: Final = sorted({alert["alert"] for alert in ALERTS})


def severities(name: str) -> list[str]:
    """Return the severities that an alert can have; a rule of a user's has what its row says."""
    found = [alert["labels"]["severity"] for alert in ALERTS if alert["alert"] == name]
    return ["critical", "warning", "info"] if found == ["{{ $labels.severity }}"] else found


def with_every_channel(text: str) -> str:
    """Return alertmanager.yml with each channel that it shows as a comment in force."""
    return re.sub(r"(?m)^( *)# ", r"\1", text)
