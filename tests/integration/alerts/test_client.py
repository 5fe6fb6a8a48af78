"""What is told of an Alertmanager that does not answer as one, by servers that really answer so."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from driftgauge.alertmanager import client
from driftgauge.alertmanager.client import Alertmanager, basic
from driftgauge.app.alerting import alertmanager as configured
from driftgauge.config import load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.errors import AlertmanagerUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fixtures.alertmanager import RunningAlertmanager


class Impostor(BaseHTTPRequestHandler):
    """Answers all alike, and remembers what it was asked with."""

    code = 200
    body = b""
    seen: tuple[str, str | None] = ("", None)

    def do_GET(self) -> None:
        type(self).seen = (self.path, self.headers["Authorization"])
        self.send_response(self.code)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def impostor() -> Iterator[Callable[[int, bytes], tuple[type[Impostor], str]]]:
    servers: list[ThreadingHTTPServer] = []

    def start(code: int, body: bytes) -> tuple[type[Impostor], str]:
        handler = type("Handler", (Impostor,), {"code": code, "body": body})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return handler, f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("code", "body", "said"),
    [
        (200, b"<html>", "does not answer as Alertmanager does: mend alertmanager.url"),
        (200, b'{"uptime": "yesterday"}', "does not answer as Alertmanager does"),
        (401, b"", "refuses with 401: mend alertmanager.token_file, or alertmanager.username and password_file"),
        (403, b"", "refuses with 403"),
        (404, b"", "answers GET /api/v2/status with 404 Not Found; see its log"),
        (302, b"", "answers GET /api/v2/status with 302 Found"),
        (200, b" " * 101, "answers GET /api/v2/status with too much"),
    ],
)
def test_what_is_no_answer_of_alertmanagers_is_told(
    impostor: Callable[[int, bytes], tuple[type[Impostor], str]],
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    body: bytes,
    said: str,
) -> None:
    monkeypatch.setattr(client, "LARGEST_ANSWER", 100)
    _, url = impostor(code, body)
    with pytest.raises(AlertmanagerUnreachable) as told:
        Alertmanager(url).started_at()
    assert said in str(told.value)
    assert url in str(told.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1", "Connection refused"),
        ("https://127.0.0.1:1", "Connection refused"),
        ("http://no-such-host.invalid", "cannot reach Alertmanager at http://no-such-host.invalid"),
    ],
)
def test_who_is_not_there_is_told(url: str, said: str) -> None:
    with pytest.raises(AlertmanagerUnreachable, match=said):
        Alertmanager(url).alerts()


@pytest.mark.parametrize(
    ("settings", "files", "authorization"),
    [
        ("", {}, None),
        ("token_file: token", {"token": "a-token-of-the-proxy\n"}, "Bearer a-token-of-the-proxy"),
        ("username: anna\n  password_file: password", {"password": "sécret"}, basic("anna", "sécret")),
    ],
)
def test_it_is_asked_below_its_prefix_with_what_the_files_hold_now(
    impostor: Callable[[int, bytes], tuple[type[Impostor], str]],
    tmp_path: Path,
    settings: str,
    files: dict[str, str],
    authorization: str | None,
) -> None:
    seen, url = impostor(200, b'{"uptime": "2026-11-28T01:38:43.096Z"}')
    for name in files:
        (tmp_path / name).write_text("what is there at the start")
    path = tmp_path / "driftgauge.yml"
    path.write_text(f"alertmanager:\n  url: {url}/below/\n  {settings}\n")
    for name in files:
        (tmp_path / name).write_text("x" * 20)
    server = configured(load_config(path, environ={}, known_tests=DEFAULT_TESTS))
    assert server is not None
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    assert server.started_at().year == 2026
    assert seen.seen == ("/below/api/v2/status", authorization)


def test_nothing_is_asked_where_nothing_is_configured() -> None:
    assert configured(load_config(None, environ={}, known_tests=DEFAULT_TESTS)) is None


def test_the_real_one_is_understood(alertmanager: RunningAlertmanager) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    alertmanager.fire({"alertname": "a", "hostile": '"\\\n'})
    server = Alertmanager(alertmanager.url)
    (alert,) = server.alerts()
    (shown,) = alertmanager.alerts()
    assert (alert.fingerprint, alert.starts_at.isoformat(timespec="milliseconds")) == (
        shown["fingerprint"],
        shown["startsAt"].replace("Z", "+00:00"),
    )
    assert server.silences() == {}
