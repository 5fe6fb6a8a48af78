"""The demonstration's configuration, written as a user would: minutes instead of hours and days."""

from __future__ import annotations

import secrets
import socket
from datetime import timedelta
from pathlib import Path
from typing import Final

import yaml

from driftgauge.config import Settings, load_config
from driftgauge.demo.alertmanager import ESCALATION_SECONDS
from driftgauge.demo.model import MODEL_NAME
from driftgauge.demo.programs import free_port
from driftgauge.drift.registry import TESTS

LISTEN: Final = ("127.0.0.1", 9799)
EXPLAINED: Final = 1_500
WORST_BRIER: Final = 0.2  # of flights like the reference's it is 0.18
# Minutes instead of hours and days, so that something is to be seen within a minute. A reference of hours does not
# teach how minutes differ, and the demonstration's rows are drawn at random: two-sample tests are right for them.
CONFIG: Final = {
    "rollup": {"every": "1s", "bucket": "2s", "profile_bucket": "2s"},
    "drift": {"policy": "two_sample", "every": "1s", "window": "1m", "minimum_rows": 500},
    "outcomes": {"every": "1s", "cohort": "10s", "maturity": "4s"},
    "performance": {"every": "1s"},
    "concept": {"every": "1s", "recent": "2m"},
    "importance": {"every": "1s"},
    "explanations": {"every": "5s", "automatic_rows": EXPLAINED},  # of the whole history: its start is another season
    "health": {"every": "5s"},
    "slo": {"errors": 0.999, "latency": 0.99, "latency_threshold": "250ms"},
    "models": {MODEL_NAME: {"performance": {"limits": {"brier": {"upper": WORST_BRIER}}}}},
}
ALERTMANAGER: Final = {"every": "2s", "grace": "10s"}


def configure(directory: Path, dsn: str, *, with_alertmanager: bool) -> tuple[Path, Settings]:
    """Write the configuration as a user would, and load it."""
    path = directory / "driftgauge.yml"
    host, port = LISTEN
    http = {"listen": f"{host}:{port if _is_free(host, port) else free_port()}"}
    document: dict[str, object] = {"database": {"dsn": dsn}, "http": http, **CONFIG}
    if with_alertmanager:
        token_file = directory / "webhook_token"
        token_file.write_text(secrets.token_urlsafe(32), encoding="ascii")
        http["webhook_token_file"] = str(token_file)
        document["acknowledgement"] = dict.fromkeys(("critical", "warning"), f"{ESCALATION_SECONDS}s")
        document["alertmanager"] = {"url": f"http://127.0.0.1:{free_port()}", **ALERTMANAGER}
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path, load_config(path, environ={}, known_tests=TESTS)


def hourly(settings: Settings) -> Settings:
    """Return the settings with profiles by the hour: a history kept by seconds would be thousands of them."""
    rollup = settings.rollup.model_copy(update={"profile_bucket": timedelta(hours=1)})
    return settings.model_copy(update={"rollup": rollup})


def _is_free(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True
