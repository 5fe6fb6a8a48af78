"""Prove that a stack which was started by `docker compose up` works, from outside: `make smoke` runs it.

It waits until each service is ready, then asks every service, and Grafana for every dashboard and every panel's query.
It needs Python 3.11 and nothing else. Exit codes: 0 all is well (a panel may be empty), 1 something is not, 2 a service
cannot be asked or an argument is wrong.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from asking import Grafana
from servers import Unreachable, ready, server
from services import metrics, rules, targets, told, watchdog
from table import ERROR, Table

ROOT: Final = Path(__file__).resolve().parents[2]


def settings() -> Iterator[tuple[str, str]]:
    """Yield what .env says, and over it the environment."""
    file = ROOT / ".env"
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        name, equals, value = line.partition("=")
        if equals and not name.startswith("#"):
            yield name.strip(), value.strip()
    yield from os.environ.items()


def arguments() -> argparse.Namespace:
    """Return what the command line says; ports and the folder of secrets are those of compose."""
    known = dict(settings())
    parser = argparse.ArgumentParser(description="Prove that the stack of docker-compose.yml works.")
    for name, variable, port in (
        ("exporter", "EXPORTER_PORT", "9799"),
        ("prometheus", "PROMETHEUS_PORT", "9090"),
        ("alertmanager", "ALERTMANAGER_PORT", "9093"),
        ("grafana", "GRAFANA_PORT", "3000"),
    ):
        parser.add_argument(f"--{name}", metavar="URL", default=f"http://127.0.0.1:{known.get(variable) or port}")
    folder = ROOT / known.get("DRIFTGAUGE_SECRETS", "./secrets")
    parser.add_argument("--password-file", type=Path, default=folder / "grafana_admin_password")
    parser.add_argument("--dashboards", type=Path, default=ROOT / "grafana" / "dashboards")
    parser.add_argument("--without-grafana", action="store_true", help="leave Grafana out")
    parser.add_argument("--timeout", type=float, default=120.0, metavar="SECONDS", help="how long to wait for services")
    return parser.parse_args()


def main() -> int:
    """Check everything and return the exit code."""
    given = arguments()
    deadline = time.monotonic() + given.timeout
    table = Table()
    try:
        servers = {name: server(name, getattr(given, name)) for name in ("exporter", "prometheus", "alertmanager")}
        waited = {servers["exporter"]: "/-/healthy", servers["prometheus"]: "/-/ready"}
        waited[servers["alertmanager"]] = "/-/ready"
        grafana = None
        if not given.without_grafana:
            grafana = server("grafana", given.grafana, given.password_file)
            waited[grafana] = "/api/health"
        ready(waited, deadline)
    except Unreachable as error:
        print(f"smoke: {error}", file=sys.stderr)  # noqa: T201 - a program
        return 2
    table.check("exporter /metrics", lambda: metrics(servers["exporter"]), until=deadline)
    table.check("prometheus targets", lambda: targets(servers["prometheus"]), until=deadline)
    table.check("prometheus rules", lambda: rules(servers["prometheus"]), until=deadline)
    table.check("prometheus tells alertmanager", lambda: told(servers["prometheus"]), until=deadline)
    table.check("alertmanager has the Watchdog", lambda: watchdog(servers["alertmanager"]), until=deadline)
    if grafana is not None:
        Grafana(grafana, table).check(sorted(given.dashboards.glob("*.json")))
    print(", ".join(f"{count} {found}" for found, count in table.counts.items()))  # noqa: T201 - a program
    return 1 if table.counts[ERROR] else 0


if __name__ == "__main__":
    sys.exit(main())
