"""`driftgauge replay` as it is typed: a table for people, a document for programs, one line for what cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from driftgauge.cli.main import main
from integration.jobs.replay_shape import read_replay

if TYPE_CHECKING:
    from pathlib import Path

HISTORY: Final = """
INSERT INTO driftgauge.prediction_logs (model_name, latency_ms, features, "timestamp")
SELECT
    'churn', 5,
    jsonb_build_object('age', sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) + 3 * (row > 3500)::int,
                       'plan', (ARRAY['free', 'pro'])[1 + row % 2]),
    '2026-03-02T00:00Z'::timestamptz + row * interval '1 hour' / 100
FROM generate_series(0, 3999) AS row
"""
SPAN: Final = ("--from", "2026-03-03T00:00Z", "--to", "2026-03-03T16:00Z", "--window", "4h")


@pytest.fixture
def history(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Forty hours of a model whose age jumps in the last five; the first 2,000 rows become its reference."""
    with psycopg.connect(database) as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(HISTORY)
    monkeypatch.setenv("DRIFTGAUGE_DSN", database)
    return database


def test_the_document_says_what_the_table_shows(
    history: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tmp_path / "replay.json"
    assert main(["replay", *SPAN, "--json", str(found)]) == 0
    shown = capsys.readouterr()
    document = read_replay(found.read_text(encoding="utf-8"))
    assert [step["at"] for step in document["steps"]] == [f"2026-03-03T{hour:02}:00:00Z" for hour in range(1, 17)]
    assert {alert["feature"] for alert in document["alerts"]} == {"age"}
    assert min(alert["at"] for alert in document["alerts"]) >= "2026-03-03T12:00:00Z"
    assert f"{document['summary']['alerts']} alerts" in shown.out.splitlines()[-1]
    assert "age" in shown.out
    with psycopg.connect(history) as connection:
        [(rows, alerts)] = connection.execute(
            "SELECT (SELECT count(*) FROM driftgauge.data_drift_results WHERE replay_id = %s),"
            " (SELECT count(*) FROM driftgauge.drift_alerts)",
            (document["replay_id"],),
        ).fetchall()
    assert rows > 0
    assert alerts == 0


def test_the_document_goes_to_standard_output_alone(history: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert history
    assert main(["replay", *SPAN, "--every", "4h", "--json", "-"]) == 0
    assert read_replay(capsys.readouterr().out)["summary"]["steps"] == 4


def test_steps_before_a_reference_was_known_are_told_of(history: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert history
    assert main(["replay", "--from", "2026-03-02T10:00Z", "--to", "2026-03-03T00:00Z", "--every", "1h"]) == 0
    assert "steps lie before a reference was known (its first 2000 rows)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--from", "1h", "--to", "2h"), "no step of 1:00:00 fits between"),
        (("--from", "2026-03-02", "--to", "2026-03-03", "--every", "often"), "--every: 'often' is no duration"),
        (("--from", "2026-03-02", "--to", "2026-03-03", "--model", "other"), "no predictions of model 'other'"),
        (("--from", "yesteryear", "--to", "2026-03-03"), "'yesteryear' is no time"),
    ],
)
def test_what_cannot_be_replayed_is_one_line(
    history: str, options: tuple[str, ...], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert history
    assert main(["replay", *options]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert complaint in line
