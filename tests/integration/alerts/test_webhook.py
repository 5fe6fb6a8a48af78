"""The webhook over HTTP, in front of a real Postgres: who is let in, what is refused, what a slow database does."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import bcrypt
import httpx
import psycopg
import pytest

from driftgauge.app.alerting import AlertIntake
from driftgauge.config import load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.exposition.snapshot import Renderer
from driftgauge.web.published import Published
from driftgauge.web.server import MetricsServer
from driftgauge.web.webhook import AT_ONCE, CODES, LARGEST_BODY, Webhook
from fixtures.alertmanager import TOKEN
from fixtures.exporter import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from driftgauge.model.alert import Alert
    from integration.alerts.conftest import History

PATH = "/api/v1/alerts"
Serve = Callable[..., httpx.Client]


def told(count: int = 1, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """A notice as Alertmanager sends it."""
    return {
        "version": "4",
        "status": "firing",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "FeatureDrift", "severity": "warning", "model": "churn"} | (labels or {}),
                "annotations": {"summary": "s"},
                "startsAt": "2026-11-28T01:00:00.123456789Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "",
                "fingerprint": f"{number:016x}",
            }
            for number in range(count)
        ],
    }


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[MetricsServer] = []
    clients: list[httpx.Client] = []

    def start(webhook: Webhook, web_config: Path | None = None) -> httpx.Client:
        published = Published()
        published.snapshot = Renderer().render([], max_series=10, created_at=0.0)
        servers.append(MetricsServer(published, listen="127.0.0.1:0", webhook=webhook, web_config=web_config))
        servers[-1].start()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        clients.append(httpx.Client(base_url=servers[-1].url, headers=headers, trust_env=False, timeout=10))
        return clients[-1]

    yield start
    for client in clients:
        client.close()
    for server in servers:
        server.stop()


@pytest.fixture
def intake(exporter_dsn: str) -> Iterator[AlertIntake]:
    """What the exporter has of the webhook."""
    environ = {"DRIFTGAUGE_DSN": exporter_dsn, "DRIFTGAUGE_WEBHOOK_TOKEN": TOKEN}
    intake = AlertIntake(load_config(None, environ=environ, known_tests=DEFAULT_TESTS))
    yield intake
    intake.stop()


class Shelf:
    """Keeps alerts, when it is let."""

    def __init__(self) -> None:
        self.kept: list[Alert] = []
        self.entered = threading.Semaphore(0)
        self.gate = threading.Event()

    def keep(self, alerts: Sequence[Alert]) -> None:
        self.entered.release()
        assert self.gate.wait(20)
        self.kept += alerts


def test_what_is_answered_with_200_is_committed(serve: Serve, intake: AlertIntake, history: History) -> None:
    answer = serve(intake.webhook).post(PATH, json=told(3))
    assert (answer.status_code, answer.text) == (200, "3 alerts are kept\n")
    assert len(history.rows()) == 3


def test_a_notice_of_a_thousand_alerts_is_kept(serve: Serve, intake: AlertIntake, history: History) -> None:
    client = serve(intake.webhook)
    assert client.post(PATH, json=told(1_000)).status_code == 200
    assert client.post(PATH, json=told(1_001)).status_code == 413
    assert len(history.rows()) == 1_000


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Basic {TOKEN}", TOKEN, "Bearer \xff"],
)
def test_a_forged_notice_is_refused_before_it_is_read(
    serve: Serve, intake: AlertIntake, history: History, authorization: str
) -> None:
    headers = {"Authorization": authorization.encode("latin-1")}
    answer = serve(intake.webhook).post(PATH, json=told(), headers=headers)  # pyright: ignore[reportArgumentType] - bytes
    assert (answer.status_code, answer.text) == (401, "the bearer token is missing or wrong\n")
    assert answer.headers["www-authenticate"] == 'Bearer realm="driftgauge"'
    assert TOKEN not in answer.text
    assert history.rows() == []


def test_a_password_for_scrapes_neither_helps_nor_hinders(serve: Serve, intake: AlertIntake, tmp_path: Path) -> None:
    web_config = tmp_path / "web.yml"
    web_config.write_text(f"basic_auth_users:\n  anna: {bcrypt.hashpw(b'secret', bcrypt.gensalt(4)).decode()}\n")
    client = serve(intake.webhook, web_config)
    assert client.post(PATH, json=told()).status_code == 200
    assert client.get("/metrics").status_code == 401, "the token is for notices alone"
    assert client.post(PATH, json=told(), auth=("anna", "secret")).status_code == 401


def test_without_a_token_nobody_may_write(serve: Serve) -> None:
    shelf = Shelf()
    answer = serve(Webhook(None, shelf.keep)).post(PATH, json=told())
    assert answer.status_code == 403
    assert "set http.webhook_token_file or DRIFTGAUGE_WEBHOOK_TOKEN" in answer.text
    assert shelf.kept == []


def test_a_large_body_is_refused_whether_or_not_it_says_so(serve: Serve, intake: AlertIntake) -> None:
    client, body = serve(intake.webhook), b" " * (LARGEST_BODY + 1)
    headers = {"Content-Type": "application/json"}
    assert client.post(PATH, content=body, headers=headers).status_code == 413
    pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    assert client.post(PATH, content=pieces, headers=headers).status_code == 413
    assert client.post(PATH, json=told()).status_code == 200, "the connection is of use"
    padded = json.dumps(told()).encode().ljust(LARGEST_BODY)
    assert client.post(PATH, content=padded, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "body: "),
        (b"{", "body: "),
        (b'{"version": "4", "alerts": [{}]}', "alerts.0.status: Field required"),
        (json.dumps(told()).replace("2026-11-28", "0026-11-28").encode(), "alerts.0.startsAt: "),
    ],
)
def test_what_is_no_notice_is_told_so_in_one_line(serve: Serve, intake: AlertIntake, body: bytes, said: str) -> None:
    answer = serve(intake.webhook).post(PATH, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.text.startswith(f"not a notice of Alertmanager's webhook, version 4: {said}")
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize(
    "headers", [{"Content-Type": "text/plain"}, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, {}]
)
def test_another_kind_of_body_is_refused(serve: Serve, intake: AlertIntake, headers: dict[str, str]) -> None:
    answer = serve(intake.webhook).post(PATH, content=json.dumps(told()), headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_alerts_are_only_posted(serve: Serve, intake: AlertIntake, method: str) -> None:
    assert serve(intake.webhook).request(method, PATH).status_code == 405


def test_a_heartbeat_is_no_alert(serve: Serve, intake: AlertIntake, history: History) -> None:
    answer = serve(intake.webhook).post(PATH, json=told(labels={"severity": "none", "alertname": "Watchdog"}))
    assert (answer.status_code, answer.text) == (200, "0 alerts are kept\n")
    assert history.rows() == []


def test_hostile_labels_are_kept_and_nothing_else_happens(serve: Serve, intake: AlertIntake, history: History) -> None:
    hostile = {"model": "'; DROP TABLE model_alerts; --", "feature": "%(x)s {0} \u202e\0", "x" * 300: "y" * 3_000}
    assert serve(intake.webhook).post(PATH, json=told(labels=hostile)).status_code == 200
    row = history.only()
    assert row["model_name"] == hostile["model"]
    assert row["labels"]["feature"] == "%(x)s {0} \u202e\N{REPLACEMENT CHARACTER}"
    assert row["labels"]["x" * 300] == "y" * 3_000


def test_a_held_table_is_answered_with_503_and_scrapes_go_on(
    serve: Serve, intake: AlertIntake, history: History
) -> None:
    client = serve(intake.webhook)
    with psycopg.connect(history.administrator) as holder, ThreadPoolExecutor() as pool:
        holder.execute("LOCK TABLE driftgauge.model_alerts IN ACCESS EXCLUSIVE MODE")
        waiting = pool.submit(client.post, PATH, json=told())
        scraped = client.get("/metrics")
        answer = waiting.result()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert scraped.status_code == 200
        holder.rollback()
    wait_until(lambda: client.post(PATH, json=told()).status_code == 200, "the table again")
    assert len(history.rows()) == 1


def test_a_schema_that_is_not_there_is_answered_with_503(serve: Serve, empty_database: str) -> None:
    environ = {"DRIFTGAUGE_DSN": empty_database, "DRIFTGAUGE_WEBHOOK_TOKEN": TOKEN}
    intake = AlertIntake(load_config(None, environ=environ, known_tests=DEFAULT_TESTS))
    client = serve(intake.webhook)
    assert [client.post(PATH, json=told()).status_code for _ in range(2)] == [503, 503]
    intake.stop()


def test_what_comes_while_enough_are_being_kept_is_to_come_again(serve: Serve) -> None:
    shelf = Shelf()
    client = serve(Webhook(TOKEN, shelf.keep, keeping_seconds=20))
    with ThreadPoolExecutor() as pool:
        kept = [pool.submit(client.post, PATH, json=told()) for _ in range(AT_ONCE)]
        for _ in range(AT_ONCE):
            assert shelf.entered.acquire(timeout=20)
        answer = client.post(PATH, json=told())
        assert (answer.status_code, answer.text) == (503, "too many notices at once: try again\n")
        shelf.gate.set()
        assert [one.result().status_code for one in kept] == [200] * AT_ONCE


def test_a_slow_one_is_answered_in_time_and_keeps_its_place(serve: Serve) -> None:
    shelf = Shelf()
    webhook = Webhook(TOKEN, shelf.keep, keeping_seconds=0.2)
    client = serve(webhook)
    for _ in range(AT_ONCE):
        answer = client.post(PATH, json=told())
        assert (answer.status_code, answer.text) == (503, "the database takes too long: try again\n")
    assert client.post(PATH, json=told()).text == "too many notices at once: try again\n"
    shelf.gate.set()
    wait_until(lambda: len(shelf.kept) == AT_ONCE, "the slow ones")
    wait_until(lambda: client.post(PATH, json=told()).status_code == 200, "room again")
    assert webhook.answers[503] >= AT_ONCE + 1


def test_a_client_that_goes_away_leaves_nothing(serve: Serve, intake: AlertIntake, history: History) -> None:
    client = serve(intake.webhook)

    def half() -> Iterator[bytes]:
        yield b'{"version": "4", "alerts": ['
        raise ConnectionError

    with pytest.raises(ConnectionError):
        client.post(PATH, content=half(), headers={"Content-Type": "application/json"})
    wait_until(lambda: intake.webhook.answers[400] == 1, "the end of the client")
    assert history.rows() == []


def test_every_answer_is_counted(serve: Serve, intake: AlertIntake) -> None:
    client = serve(intake.webhook)
    client.post(PATH, json=told())
    client.post(PATH, json=told(), headers={"Authorization": "Bearer forged"})
    counted = {sample.labels[0]: sample.value for sample in intake.samples()}
    assert counted == {str(code): float(code in {200, 401}) for code in CODES}
