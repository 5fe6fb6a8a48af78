"""The whole loop: the real Alertmanager, the real exporter, a real Postgres; killed, cut off, and brought back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
from psycopg.rows import dict_row

from driftgauge.embedded import EmbeddedPostgres
from driftgauge.store.migrations import migrate
from fixtures.alertmanager import TOKEN, RunningAlertmanager
from fixtures.exporter import RunningExporter, wait_until
from fixtures.program import driftgauge

if TYPE_CHECKING:
    from fixtures.exporter import StartExporter

DRIFT: Final = {
    "alertname": "FeatureDrift",
    "severity": "warning",
    "model": "churn",
    "version": "3",
    "environment": "production",
    "feature": "age",
    "job": "driftgauge",
}
OTHER: Final = DRIFT | {"feature": "plan"}
SEVERAL_NOTICES: Final = 3


def rows(dsn: str) -> list[dict[str, Any]]:
    """Return the history, the oldest first."""
    with psycopg.connect(dsn, connect_timeout=3) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("SELECT * FROM driftgauge.model_alerts ORDER BY id").fetchall()


class Loop:
    """An exporter and an Alertmanager that know each other."""

    def __init__(
        self, dsn: str, start_exporter: StartExporter, alertmanager: RunningAlertmanager, token_file: Path
    ) -> None:
        token_file.write_text(TOKEN)
        self.dsn = dsn
        self.alertmanager = alertmanager
        self.exporter: RunningExporter = start_exporter(
            dsn,
            {
                "http": {"webhook_token_file": str(token_file)},
                "alertmanager": {"url": alertmanager.url, "every": "1s", "grace": "3s"},
            },
        )
        self.start_alertmanager()

    def start_alertmanager(self) -> None:
        self.alertmanager.start(f"{self.exporter.url}/api/v1/alerts")

    def run(self, *arguments: str) -> str:
        done = driftgauge(
            *arguments, environ={"DRIFTGAUGE_DSN": self.dsn, "DRIFTGAUGE_ALERTMANAGER_URL": self.alertmanager.url}
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout

    def answered(self, code: int) -> float:
        return self.exporter.value("driftgauge_webhook_requests_total", code=str(code)) or 0.0

    def failures(self) -> float:
        return self.exporter.value("driftgauge_job_failures_total", job="alerts") or 0.0

    def only(self) -> dict[str, Any]:
        (row,) = rows(self.dsn)
        return row

    def until_stored(self, count: int = 1) -> None:
        wait_until(lambda: len(rows(self.dsn)) == count, lambda: str((rows(self.dsn), self.exporter.lines)))

    def until_resolved(self) -> dict[str, Any]:
        wait_until(lambda: self.only()["resolved"], lambda: str((self.only(), self.exporter.lines)))
        return self.only()


@pytest.fixture
def loop(exporter_dsn: str, start_exporter: StartExporter, alertmanager: RunningAlertmanager, tmp_path: Path) -> Loop:
    return Loop(exporter_dsn, start_exporter, alertmanager, tmp_path / "token")


def test_an_alert_is_kept_once_acknowledged_silenced_and_resolved_with_its_silence(loop: Loop) -> None:
    loop.alertmanager.fire(DRIFT, description="age drifted: 0.31 of 0.2", value="0.31")
    loop.until_stored()
    wait_until(lambda: loop.answered(200) >= SEVERAL_NOTICES, "notices again and again")
    row = loop.only()
    assert (row["alert_type"], row["severity"], row["model_name"]) == ("FeatureDrift", "warning", "churn")
    assert (row["message"], row["value"]) == ("age drifted: 0.31 of 0.2", 0.31)
    assert (row["labels"], row["resolved"], row["acknowledged"]) == (DRIFT, False, False)
    (live,) = loop.alertmanager.alerts()
    assert row["fingerprint"] == live["fingerprint"]
    loop.exporter.until(
        lambda one: one.value("ml_alert_unacknowledged_seconds", alert="FeatureDrift", feature="age") is not None
    )
    assert loop.exporter.value("ml_alerts_active", severity="warning", acknowledged="false") == 1

    said = loop.run("alerts", "ack", str(row["id"]), "--for", "2h", "--by", "anna", "--comment", "looking")
    assert said.startswith(f"alert {row['id']} (FeatureDrift) is acknowledged by anna since ")
    (silence,) = loop.alertmanager.silences()
    assert (silence["createdBy"], silence["comment"]) == ("anna", f"driftgauge alert {row['id']}: looking")
    assert {one["name"]: one["value"] for one in silence["matchers"] if one["value"]} == {
        name: DRIFT[name] for name in ("alertname", "model", "environment", "feature")
    }
    wait_until(lambda: loop.alertmanager.alerts()[0]["status"]["state"] == "suppressed", "the silence")
    assert loop.alertmanager.alerts()[0]["status"]["silencedBy"] == [silence["id"]]
    acknowledged = loop.only()
    assert (acknowledged["acknowledged"], acknowledged["acknowledged_by"]) == (True, "anna")
    assert acknowledged["acknowledged_at"] is not None
    loop.exporter.until(lambda one: one.value("ml_alert_unacknowledged_seconds") is None)
    assert loop.exporter.value("ml_alerts_active", severity="warning", acknowledged="true") == 1

    loop.alertmanager.recover(DRIFT)  # silenced: no notice of the end is sent
    resolved = loop.until_resolved()
    assert resolved["resolution"] == "reconciled"
    assert (resolved["acknowledged_by"], resolved["acknowledged_at"]) == ("anna", acknowledged["acknowledged_at"])
    wait_until(lambda: not loop.alertmanager.silences(), "the end of the silence")
    wait_until(lambda: loop.only()["silence_id"] is None, "that the end of the silence is kept")
    loop.exporter.until(lambda one: one.value("ml_alerts_active") is None)
    assert "resolved" in loop.run("alerts", "list", "--all")
    assert TOKEN not in "".join(loop.exporter.lines) + loop.exporter.get("/metrics")[1]


def test_an_end_that_alertmanager_tells_is_kept_with_its_time(loop: Loop) -> None:
    loop.alertmanager.fire(DRIFT)
    loop.until_stored()
    wait_until(lambda: loop.answered(200) >= 1, "a notice: of what no notice told, none tells the end")
    loop.alertmanager.recover(DRIFT)
    wait_until(lambda: loop.only()["resolution"] == "alertmanager", lambda: str(loop.only()))
    resolved = loop.only()
    assert resolved["triggered_at"] <= resolved["resolved_at"]


def test_a_killed_alertmanager_loses_no_history_and_no_silence(loop: Loop) -> None:
    loop.alertmanager.fire(DRIFT, OTHER)
    loop.until_stored(2)
    acknowledged, waiting = rows(loop.dsn)
    loop.run("alerts", "ack", str(acknowledged["id"]), "--by", "anna")
    loop.alertmanager.kill()
    loop.alertmanager.forget()
    failures = loop.failures()
    loop.exporter.until(lambda _: loop.failures() > failures)
    assert "cannot reach Alertmanager" in loop.exporter.get("/")[1]
    assert loop.exporter.value("ml_alerts_active", acknowledged="false") == 1, "what is known is told all the same"

    loop.start_alertmanager()
    assert loop.alertmanager.alerts() == []
    wait_until(loop.alertmanager.silences, "the silence again")
    assert not any(row["resolved"] for row in rows(loop.dsn)), "its list is empty because it has just been started"
    loop.alertmanager.fire(DRIFT, OTHER)
    runs = loop.exporter.runs("alerts")
    loop.exporter.until(lambda one: one.runs("alerts") > runs + 6)
    found = rows(loop.dsn)
    assert [row["id"] for row in found] == [acknowledged["id"], waiting["id"]]
    assert not any(row["resolved"] for row in found)
    (silence,) = loop.alertmanager.silences()
    assert found[0]["silence_id"] == silence["id"]


def test_what_a_restarted_alertmanager_never_hears_of_again_ends(loop: Loop) -> None:
    loop.alertmanager.fire(DRIFT)
    loop.until_stored()
    loop.alertmanager.kill()
    loop.start_alertmanager()
    assert loop.until_resolved()["resolution"] == "reconciled"


def test_what_is_silenced_elsewhere_does_not_wait_for_anybody(loop: Loop) -> None:
    loop.alertmanager.fire(DRIFT)
    loop.until_stored()
    loop.exporter.until(lambda one: one.value("ml_alert_unacknowledged_seconds") is not None)
    loop.alertmanager.silence(alertname="FeatureDrift")
    loop.exporter.until(lambda one: one.value("ml_alert_unacknowledged_seconds") is None)
    assert (loop.only()["suppressed"], loop.only()["acknowledged"]) == (True, False)
    assert "suppressed" in loop.run("alerts", "list")


def test_hostile_labels_go_all_the_way_round(loop: Loop) -> None:
    hostile = {"alertname": 'a"b\\', "severity": "critical", "model": "'; DROP TABLE model_alerts; --\n{}\u202e🦀"}
    loop.alertmanager.fire(hostile, description="%(x)s {0} [red]")
    loop.until_stored()
    assert loop.only()["labels"] == hostile
    loop.exporter.until(lambda one: one.value("ml_alert_unacknowledged_seconds") is not None)
    assert "%(x)s {0} [red]" in loop.run("alerts", "list")
    loop.run("alerts", "ack", str(loop.only()["id"]), "--by", "O'Brien; --")
    wait_until(lambda: loop.alertmanager.alerts()[0]["status"]["state"] == "suppressed", "the silence")
    assert loop.only()["acknowledged_by"] == "O'Brien; --"


def test_a_notice_while_the_database_is_down_is_sent_again_and_kept(
    memory_directory: Path, start_exporter: StartExporter, alertmanager: RunningAlertmanager, tmp_path: Path
) -> None:
    with EmbeddedPostgres(memory_directory / "alerts", settings={"fsync": "off"}) as server:
        migrate(server.dsn)
        loop = Loop(server.dsn, start_exporter, alertmanager, tmp_path / "token")
        loop.exporter.until(lambda one: one.value("driftgauge_database_up") == 1)
        server.stop()
        alertmanager.fire(DRIFT)
        wait_until(lambda: loop.answered(503) >= 1, "a notice that is refused")
        assert loop.answered(200) == 0
        server.start()
        loop.until_stored()
        assert any(event["event"].startswith("alerts not kept") for event in loop.exporter.logs)
        wait_until(lambda: loop.answered(200) >= SEVERAL_NOTICES, "notices again and again")
        assert loop.only()["labels"] == DRIFT
        loop.exporter.discard()
