"""`driftgauge alerts …` on a real history, with and without the real Alertmanager."""

from __future__ import annotations

import getpass
import json
import re
import socket
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from driftgauge.cli.main import main
from fixtures.exporter import wait_until

if TYPE_CHECKING:
    from fixtures.alertmanager import RunningAlertmanager
    from fixtures.program import Run

URL = "DRIFTGAUGE_ALERTMANAGER_URL"
OWN = """
INSERT INTO model_alerts (model_name, version, environment, alert_type, severity, message, triggered_at) VALUES
('churn', '3', 'production', 'metric_threshold', 'info', 'revenue is [low]', '2026-03-01T10:00Z'),
('churn', '3', 'production', 'metric_threshold', 'critical', 'recall is low', '2026-03-01T09:00Z'),
('fraud', '1', 'staging', 'drift_detected', 'warning', 'amount drifted', '2026-03-01T11:00Z')
"""
TOLD = """
INSERT INTO model_alerts (
    fingerprint, model_name, version, environment, alert_type, severity, message, labels
) VALUES ('00000000000000aa', 'churn', '3', 'production', 'FeatureDrift', 'warning', 'age drifted', %s)
"""
LABELS = {
    "alertname": "FeatureDrift",
    "model": "churn",
    "version": "3",
    "environment": "production",
    "feature": "age",
    "severity": "warning",
}


@pytest.fixture(autouse=True)
def _no_alertmanager(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction] - by itself
    monkeypatch.delenv(URL, raising=False)


def execute(dsn: str, statement: str, *params: object) -> None:
    with psycopg.connect(dsn, options="-c search_path=driftgauge") as connection:
        connection.execute(statement.encode(), params)


def rows(dsn: str) -> dict[int, dict[str, Any]]:
    with psycopg.connect(dsn) as connection, connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute("SELECT * FROM driftgauge.model_alerts ORDER BY id").fetchall()
        return {row["id"]: row for row in found}


def tell(dsn: str) -> int:
    """Write an alert of Alertmanager's; return its id."""
    execute(dsn, TOLD, json.dumps(LABELS))
    return max(rows(dsn))


def nobody_there() -> str:
    """Return an address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_without_alerts_the_list_says_so(run: Run) -> None:
    assert run("alerts", "list").out == "no active alerts\n"
    assert run("alerts", "list", "--model", "churn", "--all").out == "no alerts of churn\n"
    assert json.loads(run("alerts", "list", "--json").out) == []


def test_alerts_are_listed_gravest_first_of_all_models_or_of_one(database: str, run: Run) -> None:
    execute(database, OWN)
    lines = run("alerts", "list").out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [["2", "critical"], ["3", "warning"], ["1", "info"]]
    assert "revenue is [low]" in lines[3]
    assert len(run("alerts", "list", "--model", "churn").out.splitlines()) == 3
    execute(database, "UPDATE model_alerts SET value = 0.8125, threshold = 0.9 WHERE id = 2")
    assert run("alerts", "list").out.splitlines()[1].split()[-6:] == ["0.8125", "0.9", "fires", "recall", "is", "low"]
    assert run("alerts", "list", "--limit", "1").out.endswith("the first 1; there may be more: --limit\n")


def test_the_list_as_json_has_all_that_is_known(database: str, run: Run) -> None:
    tell(database)
    (alert,) = json.loads(run("alerts", "list", "--json").out)
    assert alert["labels"] == LABELS
    assert datetime.fromisoformat(alert.pop("triggered_at")).tzinfo is not None
    del alert["labels"]
    assert alert == {
        "id": 1,
        "alert": "FeatureDrift",
        "model": "churn",
        "version": "3",
        "environment": "production",
        "severity": "warning",
        "message": "age drifted",
        "value": None,
        "threshold": None,
        "acknowledged": False,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "suppressed": False,
        "silenced_until": None,
        "resolved": False,
        "resolved_at": None,
        "resolution": None,
        "resolved_by": None,
    }


def test_ended_alerts_are_listed_if_asked_for_the_newest_first(database: str, run: Run) -> None:
    execute(database, OWN)
    assert run("alerts", "resolve", "3", "--by", "anna").code == 0
    assert "fraud" not in run("alerts", "list").out
    lines = run("alerts", "list", "--all").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["3", "1", "2"]
    assert "resolved by anna 20" in lines[1]


def test_what_is_none_of_alertmanagers_is_acknowledged_in_the_history(database: str, run: Run) -> None:
    execute(database, OWN)
    done = run("alerts", "ack", "1", "3", "1", "--by", "anna")
    assert (done.code, done.err) == (0, "")
    said = r"alert (\d) \((.*)\) is acknowledged by anna since 20\d\d-\d\d-\d\d \d\d:\d\dZ"
    assert [re.fullmatch(said, line)[1] for line in done.out.splitlines()] == ["1", "3"]  # pyright: ignore[reportOptionalSubscript] - then it fails
    found = rows(database)
    assert [(row["acknowledged"], row["acknowledged_by"]) for row in found.values()] == [
        (True, "anna"),
        (False, None),
        (True, "anna"),
    ]
    assert run("alerts", "ack", "1", "--by", "bert").out.startswith(
        "alert 1 (metric_threshold) is acknowledged by anna"
    )
    assert rows(database) == found, "who was first stays"
    assert "acknowledged by anna" in run("alerts", "list").out


def test_who_acknowledges_is_the_user_of_the_machine_unless_said(database: str, run: Run) -> None:
    execute(database, OWN)
    run("alerts", "ack", "1")
    assert rows(database)[1]["acknowledged_by"] == getpass.getuser()


def test_resolving_is_kept_with_who_and_when_and_done_once(database: str, run: Run) -> None:
    execute(database, OWN)
    done = run("alerts", "resolve", "2", "--by", "anna")
    assert re.fullmatch(r"alert 2 \(metric_threshold\) is resolved by anna since \S+ \S+Z\n", done.out)
    before = rows(database)
    assert (before[2]["resolution"], before[2]["resolved_by"]) == ("by hand", "anna")
    again = run("alerts", "resolve", "2", "--by", "bert")
    assert again.out.startswith("alert 2 (metric_threshold) is already resolved by anna since ")
    late = run("alerts", "ack", "2", "--by", "bert")
    assert late.out.endswith(": there is nothing to acknowledge\n")
    assert (again.code, late.code, rows(database)) == (0, 0, before)


@pytest.mark.parametrize("url", [None, "nobody"])
def test_without_alertmanager_its_alerts_are_only_recorded_if_that_is_said(
    database: str, run: Run, monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    alert_id = tell(database)
    if url is not None:
        monkeypatch.setenv(URL, nobody_there())
    before = rows(database)
    refused = run("alerts", "ack", str(alert_id))
    assert (refused.code, refused.out, rows(database)) == (2, "", before)
    reason = "set alertmanager.url or DRIFTGAUGE_ALERTMANAGER_URL" if url is None else "Connection refused"
    assert reason in refused.err
    assert "--only-record acknowledges in the history alone" in refused.err
    assert len(refused.err.splitlines()) == 1
    done = run("alerts", "ack", str(alert_id), "--only-record", "--by", "anna")
    assert (done.code, rows(database)[alert_id]["acknowledged_by"]) == (0, "anna")
    assert "silenced" not in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ack", "7", "1", "8"], "no alert has the id 7, 8; driftgauge alerts list shows those there are"),
        (["resolve", "7"], "no alert has the id 7"),
        (["ack", "0"], "0 is no id of an alert"),
        (["ack", str(1 << 63)], "is no id of an alert"),
        (["ack", "one"], "Invalid value for 'ID…'"),
        (["ack"], "Missing argument 'ID…'"),
        (["ack", "1", "--for", "4"], "--for: '4' has no unit"),
        (["ack", "1", "--for", "0s"], "--for: 0s is out of bounds; choose 1s to 365d"),
        (["ack", "1", "--for", "366d"], "--for: 366d is out of bounds"),
        (["ack", "1", "--by", " "], "--by: expected 1 to 200 characters on one line"),
        (["ack", "1", "--comment", "a\nb"], "--comment: expected 1 to 2,000 characters on one line"),
        (["list", "--limit", "0"], "limit is 0"),
        (["list", "--model", ""], "model is empty"),
    ],
)
def test_bad_input_is_told_in_one_line_and_changes_nothing(
    database: str, run: Run, arguments: list[str], said: str
) -> None:
    execute(database, OWN)
    before = rows(database)
    done = run("alerts", *arguments)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert said in done.err
    assert rows(database) == before


def test_acknowledging_again_keeps_one_silence_and_lets_it_last_anew(
    database: str, run: Run, monkeypatch: pytest.MonkeyPatch, alertmanager: RunningAlertmanager
) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    monkeypatch.setenv(URL, alertmanager.url)
    alert_id = tell(database)
    first = run("alerts", "ack", str(alert_id), "--by", "anna", "--for", "1h")
    assert (first.code, first.err) == (0, "")
    before = rows(database)[alert_id]
    lasts = before["silenced_until"] - before["acknowledged_at"]
    assert timedelta(minutes=59) < lasts <= timedelta(hours=1), "from before Alertmanager was called on"
    again = run("alerts", "ack", str(alert_id), "--by", "bert", "--for", "3h", "--comment", "longer")
    assert (again.code, again.err) == (0, "")
    after = rows(database)[alert_id]
    assert (after["acknowledged_by"], after["acknowledged_at"]) == ("anna", before["acknowledged_at"])
    assert after["silenced_until"] > before["silenced_until"] + timedelta(hours=1)
    (silence,) = alertmanager.silences()
    assert silence["id"] == after["silence_id"]
    assert (silence["createdBy"], silence["comment"]) == ("bert", f"driftgauge alert {alert_id}: longer")
    ends_at = datetime.fromisoformat(silence["endsAt"])
    assert abs(ends_at - after["silenced_until"]) < timedelta(seconds=1)


def test_a_silence_that_was_ended_elsewhere_is_followed_by_another(
    database: str, run: Run, monkeypatch: pytest.MonkeyPatch, alertmanager: RunningAlertmanager
) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    monkeypatch.setenv(URL, alertmanager.url)
    alert_id = tell(database)
    run("alerts", "ack", str(alert_id), "--for", "1s")
    wait_until(lambda: not alertmanager.silences(), "the end of the silence")
    assert run("alerts", "ack", str(alert_id)).code == 0
    (silence,) = alertmanager.silences()
    assert silence["id"] == rows(database)[alert_id]["silence_id"]


def test_a_silence_that_could_not_be_kept_is_ended_at_once(
    database: str, run: Run, monkeypatch: pytest.MonkeyPatch, alertmanager: RunningAlertmanager
) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    monkeypatch.setenv(URL, alertmanager.url)
    alert_id = tell(database)
    execute(
        database,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE insufficient_privilege; END';"
        " CREATE TRIGGER refused BEFORE UPDATE ON model_alerts FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    assert run("alerts", "ack", str(alert_id)).code == 2
    assert alertmanager.silences() == []
    assert len(alertmanager.silences("expired")) == 1
    assert not rows(database)[alert_id]["acknowledged"]


@pytest.mark.parametrize(
    "arguments",
    [["alerts", "list"], ["alerts", "resolve", "1"], ["rules", "list"], ["rules", "remove", "1"]],
    ids=" ".join,
)
@pytest.mark.parametrize("enters", [False, True], ids=["no schema", "schema"])
def test_who_may_not_is_told_of_the_role_that_suffices(
    database: str, writer_dsn: str, capsys: pytest.CaptureFixture[str], arguments: list[str], *, enters: bool
) -> None:
    if not enters:
        execute(database, "REVOKE USAGE ON SCHEMA driftgauge FROM driftgauge_writer")
    assert main(["--dsn", writer_dsn, "--log-level", "error", *arguments]) == 2
    user = conninfo_to_dict(writer_dsn)["user"]
    assert f"(or, for all at once: GRANT driftgauge_operator TO {user})" in capsys.readouterr().err


def test_an_operator_lists_acknowledges_and_resolves(
    database: str,
    operator_dsn: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    alertmanager: RunningAlertmanager,
) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    monkeypatch.setenv(URL, alertmanager.url)
    alert_id = str(tell(database))
    for arguments in (["list"], ["ack", alert_id, "--by", "anna"], ["ack", alert_id], ["resolve", alert_id]):
        code = main(["--dsn", operator_dsn, "--log-level", "error", "alerts", *arguments])
        assert (code, capsys.readouterr().err) == (0, ""), arguments
    row = rows(database)[int(alert_id)]
    assert (row["acknowledged_by"], row["resolved"]) == ("anna", True)
