from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from driftgauge.demo.rules import EVALUATION_INTERVAL, MONITOR, hurried, write_rules
from driftgauge.resources import bundled

if TYPE_CHECKING:
    from pathlib import Path

SHIPPED = sorted(bundled("prometheus").glob("rules/*.yml"))


def groups(path: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_rule_is_there_with_seconds_for_minutes(path: Path, tmp_path: Path) -> None:
    write_rules(tmp_path / "rules")
    shipped, written = groups(path), groups(tmp_path / "rules" / path.name)
    assert [[rule.keys() for rule in group["rules"]] for group in written] == [
        [rule.keys() for rule in group["rules"]] for group in shipped
    ]
    for group in written:
        assert group["interval"] == EVALUATION_INTERVAL
        for rule in group["rules"] if group["name"] not in MONITOR else ():
            assert not re.search(r"\[\d+[mhdw]", rule["expr"]), rule
            assert rule.get("for", "0s") == "0s"


def test_alerts_of_the_monitor_itself_keep_their_waits() -> None:
    [path] = [path for path in SHIPPED if path.name == "exporter.yml"]
    document = {"groups": groups(path)}
    assert [group["rules"] for group in hurried(document)["groups"]] == [group["rules"] for group in document["groups"]]


def test_windows_and_their_resolutions_become_short() -> None:
    document = {"groups": [{"name": "one", "rules": [{"record": "a:b", "expr": "rate(x[30d:1h]) + rate(x[5m])"}]}]}
    assert hurried(document)["groups"] == [
        {"name": "one", "interval": "1s", "rules": [{"record": "a:b", "expr": "rate(x[10s:1s]) + rate(x[6s])"}]}
    ]
