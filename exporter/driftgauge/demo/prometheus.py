"""A real Prometheus beside the demonstration, where a binary is at hand."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import yaml

from driftgauge.demo.programs import READY_SECONDS, find_program, free_port, running_program
from driftgauge.demo.rules import EVALUATION_INTERVAL, write_rules

FETCHED: Final = Path(".stack", "current", "prometheus")
ABSENT: Final = f"no Prometheus: there is no {FETCHED} (`make stack` fetches it), and no `prometheus` on the PATH"
SCRAPE_INTERVAL: Final = "2s"
RETENTION: Final = "1d"


def find_prometheus(directory: Path) -> Path | None:
    """Return the binary that `make stack` put below `directory`, else the one on the PATH; `ABSENT` words None."""
    return find_program(directory / FETCHED, "prometheus")


def configuration(exporter: str, alertmanager: str | None = None, own: str = "localhost:9090") -> str:
    """Return the configuration that scrapes the exporter, and tells Alertmanager of alerts; all at `host:port`.

    With Alertmanager it scrapes that and itself, at its `own` address, too, as the shipped rules ask of both.
    """
    scraped = {"driftgauge": exporter}
    if alertmanager is not None:
        scraped |= {"prometheus": own, "alertmanager": alertmanager}
    document: dict[str, object] = {
        "global": {
            "scrape_interval": SCRAPE_INTERVAL,
            "scrape_timeout": SCRAPE_INTERVAL,
            "evaluation_interval": EVALUATION_INTERVAL,
        },
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in scraped.items()
        ],
    }
    if alertmanager is not None:
        document["rule_files"] = ["rules/*.yml"]
        document["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}
    return yaml.safe_dump(document, sort_keys=False)


@contextmanager
def running_prometheus(
    binary: Path, *, directory: Path, exporter: str, alertmanager: str | None = None, patience: float = READY_SECONDS
) -> Generator[str]:
    """Run Prometheus on a free port of 127.0.0.1, with its files in `directory`; yield its URL once it is ready.

    It evaluates the shipped rules if there is an Alertmanager to be told.

    Raises
    ------
    SetupError
        If it ends or is not ready within `patience` seconds; the message has its last words.
    """
    directory.mkdir(parents=True, exist_ok=True)
    config = directory / "prometheus.yml"
    address = f"127.0.0.1:{free_port()}"
    config.write_text(configuration(exporter, alertmanager, address))
    if alertmanager is not None:
        write_rules(directory / "rules")
    command = [
        str(binary),
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--storage.tsdb.retention.time={RETENTION}",
        f"--web.listen-address={address}",
        "--rules.alert.resend-delay=5s",  # an Alertmanager that was too busy is told again soon
    ]
    with running_program(
        "Prometheus", command, address=address, log=directory / "prometheus.log", patience=patience
    ) as url:
        yield url
