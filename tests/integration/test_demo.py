"""`driftgauge demo` as users start it: every signal shows on the whole path, and nothing is left behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import psycopg
import pytest

from driftgauge.demo.alertmanager import ABSENT as NO_ALERTMANAGER
from driftgauge.demo.prometheus import ABSENT
from fixtures.stack import STACK

if TYPE_CHECKING:
    from fixtures.demonstration import Stage

ROOT: Final = Path(__file__).parents[2]
SECONDS: Final = 60


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout where `make stack` never ran."""
    for part in ("exporter", "sql", "prometheus", "grafana"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def ask(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - http on 127.0.0.1
        return response.read().decode()


def in_prometheus(url: str, promql: str) -> list[dict[str, dict[str, str]]]:
    return json.loads(ask(f"{url}/api/v1/query?{urlencode({'query': promql})}"))["data"]["result"]


@pytest.mark.timeout(240)
def test_every_signal_shows_from_postgres_to_prometheus(stage: Stage) -> None:
    fetched = (STACK / "current" / "prometheus").is_file()
    assert fetched or os.environ.get("DRIFTGAUGE_REQUIRE_STACK") != "1", "prometheus is absent: run `make stack`"
    run = stage.start("--seconds", str(SECONDS))
    addresses = run.addresses()
    run.wait_for("unit change:")
    assert "flight-delay" in ask(f"{addresses['exporter']}/")
    ask(f"{addresses['exporter']}/-/ready")
    if fetched:
        drifted = in_prometheus(addresses["prometheus"], "ml_feature_drifted == 1")
        assert "humid" in {series["metric"]["feature"] for series in drifted}
        assert in_prometheus(addresses["prometheus"], 'ml_reference_info{source="time_range"}')
    with psycopg.connect(addresses["dsn"]) as connection:
        users = connection.execute(
            "SELECT DISTINCT usename FROM pg_stat_activity WHERE usename LIKE 'demo%'"
        ).fetchall()
    assert {user for (user,) in users} == {"demo_exporter", "demo_service"}

    assert run.process.stdout is not None
    *counted, last = run.process.stdout.read().splitlines(keepends=True)
    assert run.wait() == 0, run.told
    if fetched and (STACK / "alertmanager" / "alertmanager").is_file():
        [alerts] = [json.loads(line)["alerts"] for line in counted]
        assert all(alerts[what] for what in ("notifications", "acknowledged", "escalated", "resolved")), run.told
        assert sum(" told: " in line for line in run.told) == alerts["notifications"]
        assert sum(" acknowledged: ErrorBudgetBurn" in line for line in run.told) == alerts["acknowledged"]
    else:
        assert counted == []
    where = "on /metrics and in Prometheus" if fetched else "on /metrics"
    assert last.startswith(f"demo ok: 10 of 10 expected signals shown {where}, ")
    assert last.endswith(" predictions, 0 lost, 0 false alarms\n")
    assert sum("shown after" in line for line in run.told) == 10
    assert run.left_behind() == ([], [])
    with pytest.raises(OSError, match="refused"):
        ask(addresses["exporter"])


@pytest.mark.parametrize(
    ("words", "group"),
    [
        ("everything happens in", True),
        ("started in a directory", False),
        ("flights out of", True),
        ("frozen from", False),
        ("predictions on /metrics", True),
    ],
)
def test_ctrl_c_during_set_up_leaves_nothing_behind(stage: Stage, words: str, group: bool) -> None:  # noqa: FBT001 - a parameter of the test
    run = stage.start()
    run.wait_for(words)
    assert run.end(signal.SIGINT, group=group) == 130, run.told
    assert run.left_behind() == ([], [])
    assert run.told[-1] == "stopped: nothing is left behind"


def test_sigterm_ends_a_run_without_prometheus_beside_a_taken_port(stage: Stage, checkout: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # then another program has it: as good
            taken.bind(("127.0.0.1", 9799))
            taken.listen()
        run = stage.start(environment={"PYTHONPATH": str(checkout / "exporter"), "PATH": _without_prometheus()})
        addresses = run.addresses()
        assert addresses["prometheus"] is None
        assert not addresses["exporter"].endswith(":9799")
        assert addresses["alertmanager"] is None
        assert any(ABSENT in line for line in run.told)
        assert any(NO_ALERTMANAGER in line for line in run.told)
        run.wait_for("healthy:")
        assert run.end(signal.SIGTERM) == 130
    assert run.left_behind() == ([], [])


def test_nothing_runs_on_when_the_demo_is_killed(stage: Stage) -> None:
    run = stage.start()
    run.addresses()
    assert len(run.processes()) > 1
    run.end(signal.SIGKILL)
    processes, _ = run.left_behind()
    assert processes == []


def test_too_few_seconds_are_refused_before_anything_starts(stage: Stage) -> None:
    run = stage.start("--seconds", "30")
    assert run.wait() == 2
    assert run.told == [
        "driftgauge: error: a demo of 30 seconds cannot show every incident: give it at least 60",
    ]


def _without_prometheus() -> str:
    directories = os.environ["PATH"].split(os.pathsep)
    absent = ("prometheus", "alertmanager")
    return os.pathsep.join(one for one in directories if not any((Path(one) / name).exists() for name in absent))
