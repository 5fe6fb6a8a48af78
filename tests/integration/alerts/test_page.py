"""docs/alerts.md: its files are accepted by the programs that they are for, its statements and commands run."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg

from driftgauge.config import load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.web.webhook import CODES
from integration.alerts.conftest import MINUTE, NOON, ended, firing

if TYPE_CHECKING:
    from fixtures.program import Run
    from fixtures.stack import Stack
    from integration.alerts.conftest import History

PAGE: Final = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_configuration_is_read(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("x" * 48)
    path = tmp_path / "driftgauge.yml"
    path.write_text(blocks("yaml")[0].replace("/etc/driftgauge/webhook-token", "token"))
    settings = load_config(path, environ={}, known_tests=DEFAULT_TESTS)
    assert (settings.http.read_webhook_token(), settings.alertmanager.url) == (
        "x" * 48,
        "http://alertmanager.example:9093",
    )


def test_alertmanager_accepts_its_routes(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "alertmanager.yml"
    path.write_text(blocks("yaml")[1])
    checked = subprocess.run([stack.amtool, "check-config", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_statements_run(history: History, exporter_dsn: str) -> None:
    history.record(firing(), ended(NOON, NOON + MINUTE, "00000000000000bb"))
    (block,) = blocks("sql")
    with psycopg.connect(exporter_dsn) as connection:
        for statement in block.split(";\n"):
            connection.execute(statement.encode())
    (own,) = [row for row in history.rows() if row["alert_type"] == "revenue"]
    assert (own["fingerprint"], own["acknowledged_by"]) == (None, "anna")


def test_the_commands_run(history: History, run: Run) -> None:
    for number in range(14):
        history.record(firing(NOON, f"{number:016x}"))
    for line in blocks("sh")[1].splitlines():
        program, *arguments = shlex.split(line)
        done = run(*arguments, *(["--only-record"] if "ack" in arguments else []))
        assert (program, done.code, done.err) == ("driftgauge", 0, ""), line
    assert [row["acknowledged"] for row in history.rows()].count(True) == 2


def test_every_answer_is_explained() -> None:
    assert {int(code) for code in re.findall(r"^\| (\d{3}) \|", PAGE, flags=re.MULTILINE)} == set(CODES)
