"""The shipped rules with seconds in place of minutes, hours and days, as the demonstration has no more time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import yaml

from driftgauge.resources import bundled

EVALUATION_INTERVAL: Final = "1s"
FOR: Final = "0s"
KEEP_FIRING_FOR: Final = "2s"  # a scrape that came late is no end
# Days get the shortest: their warnings are then over before the critical alerts of hours, as long as these hide them.
WINDOWS: Final = {"5m": "6s", "30m": "6s", "1d": "4s", "3d": "4s"}
OTHER_WINDOW: Final = "10s"
MONITOR: Final = frozenset({"driftgauge-exporter", "driftgauge-loop", "driftgauge-overhead"})
WINDOW: Final = re.compile(r"\[(?P<length>\d+[mhd])(?P<resolution>:\d+[mhd])?\]")


def write_rules(directory: Path) -> None:
    """Write each file of the shipped rules, hurried, into a directory that is made for them."""
    directory.mkdir()
    for path in bundled("prometheus").glob("rules/*.yml"):
        document = hurried(yaml.safe_load(path.read_text(encoding="utf-8")))
        (directory / path.name).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


def hurried(document: dict[str, Any]) -> dict[str, Any]:
    """Return a file of rules that are evaluated each second over windows of seconds, and fire without a wait.

    Alerts of the monitor itself keep their waits: a busy machine is late by seconds, and that is nothing to tell.
    """
    return document | {"groups": [_hurried_group(group) for group in document["groups"]]}


def _hurried_group(group: dict[str, Any]) -> dict[str, Any]:
    rules: list[dict[str, Any]] = group["rules"]
    if group["name"] not in MONITOR:
        waits = {"for": FOR, "keep_firing_for": KEEP_FIRING_FOR}
        rules = [
            rule | {"expr": WINDOW.sub(_window, rule["expr"])} | {key: waits[key] for key in waits.keys() & rule.keys()}
            for rule in rules
        ]
    return group | {"interval": EVALUATION_INTERVAL, "rules": rules}


def _window(found: re.Match[str]) -> str:
    length = WINDOWS.get(found["length"], OTHER_WINDOW)
    return f"[{length}:{EVALUATION_INTERVAL}]" if found["resolution"] else f"[{length}]"
