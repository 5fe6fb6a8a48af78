"""Alertmanager's configuration in compose's demonstration: `python -m driftgauge.demo.composed` writes it anew.

It is made of the shipped one, so that the demonstration's routes are the shipped routes. `demo-alertmanager.yml` in
exporter/compose/ is what this prints.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from driftgauge.demo.alertmanager import PEOPLE, configuration

SINK: Final = "http://sink:8080"
ESCALATION: Final = "5m"  # long enough to acknowledge an alert, short enough to wait for
HEAD: Final = """\
# Made of prometheus/alertmanager.yml by `python -m driftgauge.demo.composed`: change that, not this.
# Everybody is told at once and at any hour, by the service sink, which prints what it is told.
"""


def alertmanager_file() -> str:
    """Return the shipped routes, hurried, with the sink for everybody who is told."""
    return HEAD + configuration(
        exporter="http://exporter:9799",
        token_file=Path("/run/secrets/webhook_token"),
        people=SINK,
        told=(*PEOPLE, "heartbeat"),
        escalation=ESCALATION,
        templates="templates/*.tmpl",
    )


if __name__ == "__main__":
    print(alertmanager_file(), end="")  # noqa: T201 - it writes a file
