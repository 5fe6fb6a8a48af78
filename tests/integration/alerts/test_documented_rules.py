"""docs/alert-rules.md: its examples run as they are, and its lists are whole."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import pytest
from psycopg import errors

from driftgauge.alerting.condition import KEYS
from driftgauge.alerting.own_metrics import OWN_METRICS
from driftgauge.cli.rules import RuleState

if TYPE_CHECKING:
    from fixtures.program import Run
    from integration.alerts.conftest import History

PAGE: Final = (Path(__file__).parents[3] / "docs" / "alert-rules.md").read_text(encoding="utf-8")
LOGGED: Final = (
    "INSERT INTO model_metrics (model_name, version, metric_name, metric_value) VALUES ('churn', '3', 'revenue', 4.2)"
)


def blocks(language: str) -> list[str]:
    """Return the blocks of a language; of none, those of plain text."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)
    return [text for named, text in found if named == language]


def test_the_examples_on_the_command_line_run(history: History, run: Run) -> None:
    history.execute(LOGGED)
    [commands] = blocks("sh")
    for command in commands.splitlines():
        program, *arguments = shlex.split(command)
        done = run(*arguments)
        assert (program, done.code) == ("driftgauge", 0), done.err
        assert all(line.startswith("note: ") for line in done.err.splitlines())


def test_the_example_in_sql_is_a_rule(database: str, run: Run) -> None:
    [insert] = blocks("sql")
    with psycopg.connect(database) as connection:
        connection.execute(insert.encode())
    assert "revenue < 5 for 10m" in run("rules", "list").out


def test_the_example_in_python_runs(
    history: History, exporter_dsn: str, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in (
        ("--metric", "revenue", "--operator", "<", "--threshold", "5"),
        ("--performance", "f1", "--below", "1"),
    ):
        assert run("rules", "add", "--model", "churn", "--severity", "warning", *kind).code == 0
    assert (
        run("rules", "add", "--model", "churn", "--severity", "info", "--performance", "accuracy", "--below", ".9").code
        == 0
    )
    monkeypatch.setenv("DRIFTGAUGE_DSN", exporter_dsn)
    [example] = blocks("python")
    told: list[list[str]] = []
    for _ in range(2):
        exec(compile(example, "docs/alert-rules.md", "exec"), {})  # noqa: S102 - our own page
        told.append(capsys.readouterr().out.splitlines())
    said = ["warning revenue < 5: 4.2", "info realised accuracy below 0.9: 0.87"]
    assert told == [[f"{line} new" for line in said], [f"{line} known" for line in said]]
    assert [row["resolved"] for row in history.rows()] == [False, False]


def test_what_a_refusal_and_a_note_look_like_is_as_they_do(history: History, database: str, run: Run) -> None:
    refusal, noted = blocks("")
    [message, hint] = refusal.splitlines()
    with psycopg.connect(database) as connection, pytest.raises(errors.CheckViolation) as refused:
        connection.execute(blocks("sql")[0].replace('"<"', '"=>"').encode())
    assert f"ERROR:  {refused.value.diag.message_primary}" == message
    assert f"HINT:  {refused.value.diag.message_hint}" == hint

    history.execute(LOGGED)
    misspelt = ("--metric", "revnue", "--operator", "<", "--threshold", "5")
    done = run("rules", "add", "--model", "churn", "--severity", "warning", *misspelt)
    first, note = noted.splitlines()
    assert re.sub(r"rule \d+", "rule 3", done.out.strip()) == first
    assert done.err.strip() == note


def test_every_kind_of_condition_metric_and_state_is_named() -> None:
    assert dict(re.findall(r"^\| `(ml_[^`]+)` \| (.+?) \|$", PAGE, flags=re.MULTILINE)) == dict(OWN_METRICS)
    for kind in KEYS:
        assert f"| `{kind.value}` |" in PAGE
    for state in RuleState:
        assert f"| `{state.value}` |" in PAGE
