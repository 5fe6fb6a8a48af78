"""docs/queries.md names every question, and its examples run."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from driftgauge import queries

if TYPE_CHECKING:
    from fixtures.program import Run

PAGE: Final = (Path(__file__).parents[3] / "docs" / "queries.md").read_text(encoding="utf-8")
FUNCTIONS: Final = [name for name in queries.__all__ if name.islower() and name != "connect"]
DRIFTED: Final = """
INSERT INTO driftgauge.prediction_logs (model_name, latency_ms, status) VALUES ('churn', 5, 'success');
INSERT INTO driftgauge.data_drift_results (
    model_name, version, environment, feature_name, statistical_test, drift_detected, verdict
) VALUES ('churn', 'unversioned', 'production', 'age', 'ks', TRUE, 'drifted');
INSERT INTO driftgauge.drift_alerts (drift_result_id, severity, message)
SELECT id, 'high', 'age drifted' FROM driftgauge.data_drift_results
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


def test_the_examples_in_python_run(
    database: str, exporter_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRIFTGAUGE_DSN", exporter_dsn)
    with psycopg.connect(database) as connection:
        connection.execute(DRIFTED)
    for block in blocks("python"):
        exec(compile(block, "docs/queries.md", "exec"), {})  # noqa: S102 - our own page
    alert, rate = capsys.readouterr().out.splitlines()
    assert alert.endswith("+00:00 age age drifted")
    assert rate == "1.0"


def test_the_examples_on_the_command_line_run(run: Run) -> None:
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) >= 3
    for command in commands:
        program, *arguments = shlex.split(command)
        done = run(*arguments)
        assert (program, done.code, done.err) == ("driftgauge", 0, "")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_question_is_named_with_its_defaults(name: str) -> None:
    shown = re.search(rf"`{name}\((?P<rest>.*?)\)` \| `(?:show \w+|report)", PAGE)
    assert shown is not None
    for parameter in inspect.signature(getattr(queries, name)).parameters.values():
        if parameter.name not in {"connection", "model", "version", "environment", "prediction_id"}:
            default = repr(parameter.default).replace("'", '"')
            named = parameter.name if parameter.default is parameter.empty else f"{parameter.name}={default}"
            assert named in shown["rest"]


def test_every_command_is_named(run: Run) -> None:
    listed = re.findall(r"^│ ([a-z]+)  ", run("show", "--help").out, flags=re.MULTILINE)
    assert len(listed) == 13
    assert {f"show {name}" for name in listed} <= {
        match.removesuffix(" PREDICTION_ID") for match in re.findall(r"`(show [^`]+)`", PAGE)
    }
