"""Acknowledging alerts beside the real Alertmanager: by several people at once, and by programs that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar, Final

import httpx
import psycopg
import pytest

from driftgauge.alertmanager.client import Alertmanager
from driftgauge.errors import SetupError
from driftgauge.jobs.acknowledging import Acknowledgement, acknowledge, settle
from driftgauge.jobs.alerts import AlertOptions, AlertsJob
from driftgauge.store.acknowledgements import begin_acknowledgement
from driftgauge.store.alerts import hold_alert
from driftgauge.store.database import Database
from fixtures.exporter import wait_until
from integration.alerts.conftest import MINUTE, ended, firing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from driftgauge.store.alerts import HeldAlert
    from fixtures.alertmanager import RunningAlertmanager
    from integration.alerts.conftest import History

GIVEN: Final = Acknowledgement(by="anna", span=timedelta(hours=2), comment="looking")
OPTIONS: Final = AlertOptions(grace=5 * MINUTE, receiver="history")


class Passing(BaseHTTPRequestHandler):
    """Passes on what it is asked."""

    between: ClassVar[Between]

    def do_GET(self) -> None:
        self._pass_on(None)

    def do_DELETE(self) -> None:
        self._pass_on(None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.between.wait_if("request")
        self._pass_on(body)

    def _pass_on(self, body: bytes | None) -> None:
        kind = {"Content-Type": "application/json"}
        with httpx.Client(trust_env=False) as client:
            answer = client.request(self.command, self.between.target + self.path, content=body, headers=kind)
        if body is not None:
            self.between.wait_if("answer")
        with suppress(OSError):  # whoever asked was killed
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


class Between:
    """What stands between the program and Alertmanager, and holds back what it is told to.

    `hold` is `request`: silences are not passed on until `go_on`; or `answer`: that they are in force is not said.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.held = threading.Event()
        self.go_on = threading.Event()
        self.hold = ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Passing,), {"between": self}))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def wait_if(self, hold: str) -> None:
        if self.hold == hold:
            self.held.set()
            self.go_on.wait(30)

    def close(self) -> None:
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def between(alertmanager: RunningAlertmanager) -> Iterator[Between]:
    alertmanager.start("http://127.0.0.1:9/")
    with closing(Between(alertmanager.url)) as standing:
        yield standing


def nobody_waits(seconds: float) -> None:
    raise AssertionError(f"waited {seconds} s")


def ack(
    database: Database,
    alert_id: int,
    url: str,
    given: Acknowledgement = GIVEN,
    wait: Callable[[float], object] = nobody_waits,
) -> HeldAlert:
    return acknowledge(database, Alertmanager(url), alert_id, given, only_record=False, wait=wait)


def underway(history: History) -> int:
    with history.database.transaction() as connection:
        found = connection.execute("SELECT count(*) FROM alert_acknowledgements").fetchone()
    assert found is not None
    return found[0]


def age(history: History) -> None:
    """Let what is under way have begun long ago."""
    history.execute("UPDATE alert_acknowledgements SET begun_at = now() - interval '1 hour'")


def kill_while(history: History, between: Between, dsn: str, hold: str) -> int:
    """Acknowledge the only alert by the program, and kill that while its silence is held back; return the alert."""
    alert_id = history.only()["id"]
    between.hold = hold
    command = [sys.executable, "-m", "driftgauge", "alerts", "ack", str(alert_id), "--by", "anna", "--for", "2h"]
    environ = {**os.environ, "DRIFTGAUGE_DSN": dsn, "DRIFTGAUGE_ALERTMANAGER_URL": between.url}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as program:
        assert between.held.wait(30)
        program.send_signal(signal.SIGKILL)
    between.hold = ""
    between.go_on.set()
    assert (underway(history), history.only()["acknowledged"]) == (1, False)
    return alert_id


def look(history: History, url: str) -> None:
    job = AlertsJob(history.database, Alertmanager(url), OPTIONS)
    job.run()
    assert job.problem is None


def test_nothing_is_locked_while_alertmanager_is_called(history: History, between: Between) -> None:
    history.record(firing())
    alert_id = history.only()["id"]
    between.hold = "request"
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(ack, history.database, alert_id, between.url)
        assert between.held.wait(30)
        history.execute("SET lock_timeout = '100ms'; UPDATE model_alerts SET message = 'still told'")
        history.record(firing())
        between.go_on.set()
        assert done.result().acknowledged
    row = history.only()
    assert (row["message"], row["acknowledged_by"], underway(history)) == ("still told", "anna", 0)


def test_people_at_once_make_one_silence_and_one_was_first(
    history: History, between: Between, alertmanager: RunningAlertmanager
) -> None:
    history.record(firing())
    alert_id = history.only()["id"]
    people = [Acknowledgement(by=f"person {number}", span=MINUTE * 60, comment="") for number in range(6)]
    turn = threading.Event()

    def wait(seconds: float) -> None:
        turn.wait(seconds / 10)

    with ThreadPoolExecutor(len(people)) as pool:
        asked = [pool.submit(ack, history.database, alert_id, between.url, one, wait=wait) for one in people]
        names = {one.result().acknowledged_by for one in asked}
    assert len(names) == 1
    (silence,) = alertmanager.silences()
    assert (history.only()["silence_id"], underway(history)) == (silence["id"], 0)


def test_a_program_that_is_killed_before_its_silence_is_in_force_leaves_nothing(
    history: History, alertmanager: RunningAlertmanager
) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    history.record(firing())
    alert_id = history.only()["id"]
    with history.database.transaction() as connection:
        connection.execute(
            "INSERT INTO alert_acknowledgements (alert_id, acknowledged_by, silenced_until)"
            " VALUES (%s, 'anna', now() + interval '2 hours')",
            (alert_id,),
        )
    look(history, alertmanager.url)
    assert underway(history) == 1, "it may still be at work"
    age(history)
    look(history, alertmanager.url)
    assert (underway(history), history.only()["acknowledged"], alertmanager.silences()) == (0, False, [])


def test_a_program_that_is_killed_after_its_silence_is_in_force_has_acknowledged(
    history: History, between: Between, exporter_dsn: str, alertmanager: RunningAlertmanager
) -> None:
    history.record(firing())
    kill_while(history, between, exporter_dsn, "answer")
    (silence,) = alertmanager.silences()
    age(history)
    look(history, alertmanager.url)
    row = history.only()
    assert (row["acknowledged"], row["acknowledged_by"], row["silence_id"]) == (True, "anna", silence["id"])
    assert underway(history) == 0


def test_the_silence_of_a_killed_program_ends_with_an_alert_that_ended_meanwhile(
    history: History, between: Between, exporter_dsn: str, alertmanager: RunningAlertmanager
) -> None:
    history.record(firing())
    kill_while(history, between, exporter_dsn, "answer")
    history.record(ended())
    age(history)
    look(history, alertmanager.url)
    look(history, alertmanager.url)
    row = history.only()
    assert (alertmanager.silences(), row["acknowledged"], row["silence_id"]) == ([], False, None)


def test_who_acknowledges_after_a_killed_program_takes_over_its_silence(
    history: History, between: Between, exporter_dsn: str, alertmanager: RunningAlertmanager
) -> None:
    history.record(firing())
    alert_id = kill_while(history, between, exporter_dsn, "answer")
    age(history)
    held = ack(history.database, alert_id, between.url, Acknowledgement(by="bert", span=MINUTE, comment=""))
    assert held.acknowledged_by == "anna", "she was first"
    (silence,) = alertmanager.silences()
    assert (silence["createdBy"], history.only()["silence_id"]) == ("bert", silence["id"])


def test_who_acknowledges_and_who_looks_after_a_killed_program_do_not_wait_in_a_ring(history: History) -> None:
    history.record(firing())
    alert_id = history.only()["id"]
    with history.database.transaction() as connection:
        begun = begin_acknowledgement(connection, alert_id, by="anna", span=timedelta(hours=2))
    assert begun is not None
    with ThreadPoolExecutor(1) as pool:
        with history.database.transaction() as connection:
            hold_alert(connection, alert_id)
            settled = pool.submit(settle, history.database, begun, {})
            wait_until(lambda: waits(history), "settling waits")
            assert begin_acknowledgement(connection, alert_id, by="bert", span=timedelta(hours=1)) is None
        settled.result(30)
    assert underway(history) == 0


def waits(history: History) -> bool:
    with psycopg.connect(history.administrator) as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return found == (1,)


def test_an_answer_that_is_lost_is_made_good_at_the_next_look(
    history: History, between: Between, monkeypatch: pytest.MonkeyPatch, alertmanager: RunningAlertmanager
) -> None:
    monkeypatch.setattr("driftgauge.alertmanager.client.TIMEOUT", 0.5)
    history.record(firing())
    between.hold = "answer"
    with pytest.raises(SetupError, match="--only-record acknowledges in the history alone"):
        ack(history.database, history.only()["id"], between.url)
    (silence,) = alertmanager.silences()
    assert not history.only()["acknowledged"]
    look(history, alertmanager.url)
    assert (history.only()["acknowledged_by"], history.only()["silence_id"]) == ("anna", silence["id"])


def test_an_alertmanager_that_is_away_is_told_and_nothing_stays_under_way(history: History) -> None:
    history.record(firing())
    with pytest.raises(SetupError, match="Connection refused"):
        ack(history.database, history.only()["id"], "http://127.0.0.1:9")
    assert (underway(history), history.only()["acknowledged"]) == (0, False)


def test_what_ends_while_it_is_acknowledged_is_not_and_its_silence_ends(
    history: History, between: Between, alertmanager: RunningAlertmanager
) -> None:
    history.record(firing())
    alert_id = history.only()["id"]
    between.hold = "request"
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(ack, history.database, alert_id, between.url)
        assert between.held.wait(30)
        history.record(ended())
        between.go_on.set()
        held = done.result()
    assert (held.resolved, held.acknowledged) == (True, False)
    look(history, alertmanager.url)
    wait_until(lambda: not alertmanager.silences(), "the end of the silence")
    assert history.only()["silence_id"] is None


def test_somebody_elses_acknowledgement_is_waited_for_and_then_given_up(history: History, between: Between) -> None:
    history.record(firing())
    alert_id = history.only()["id"]
    history.execute(
        "INSERT INTO alert_acknowledgements (alert_id, acknowledged_by, silenced_until) VALUES (%s, 'bert', now())",
        alert_id,
    )
    turns: list[float] = []
    with pytest.raises(SetupError, match=rf"^alert {alert_id} is being acknowledged by somebody else; try again"):
        ack(history.database, alert_id, between.url, wait=turns.append)
    assert sum(turns) > 30
