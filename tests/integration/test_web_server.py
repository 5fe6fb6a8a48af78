"""The HTTP server by its answers: routes, formats, headers, start and stop."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from driftgauge.errors import ConfigError, SetupError
from driftgauge.exposition.samples import Sample
from driftgauge.exposition.snapshot import Renderer, Snapshot
from driftgauge.model.identity import ModelKey
from driftgauge.web.published import ModelLine, Page, Published, Readiness
from driftgauge.web.server import MetricsServer

OPENMETRICS = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}


def snapshot(series: int = 1) -> Snapshot:
    samples = [Sample("ml_drift_window_rows", ("fraud", str(number), "prod"), number) for number in range(series)]
    return Renderer().render(samples, max_series=series, created_at=0.0)


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
def server(published: Published) -> Iterator[MetricsServer]:
    server = MetricsServer(published, listen="127.0.0.1:0")
    server.start()
    yield server
    server.stop()
    assert not any(thread.name == "http" for thread in threading.enumerate())


@pytest.fixture
def client(server: MetricsServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers={"Accept-Encoding": "identity"}, trust_env=False) as client:
        yield client


def test_before_the_first_snapshot_metrics_answer_503(client: httpx.Client) -> None:
    answer = client.get("/metrics")
    assert (answer.status_code, answer.text) == (503, "no snapshot yet: the exporter is starting\n")


def test_each_format_and_encoding_holds_the_published_snapshot(client: httpx.Client, published: Published) -> None:
    published.snapshot = snapshot()
    text = client.get("/metrics")
    assert text.content == published.snapshot.text
    assert text.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert text.headers["vary"] == "Accept, Accept-Encoding"
    openmetrics = client.get("/metrics", headers=OPENMETRICS)
    assert openmetrics.content == published.snapshot.openmetrics
    assert openmetrics.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    for headers, body in (({}, text.content), (OPENMETRICS, openmetrics.content)):
        with client.stream("GET", "/metrics", headers={**headers, "Accept-Encoding": "gzip"}) as zipped:
            assert zipped.headers["content-encoding"] == "gzip"
            assert gzip.decompress(b"".join(zipped.iter_raw())) == body


def test_a_new_snapshot_is_served_from_the_next_scrape(client: httpx.Client, published: Published) -> None:
    published.snapshot = snapshot(1)
    assert "driftgauge_series 4.0" in client.get("/metrics").text
    published.snapshot = snapshot(2)
    assert "driftgauge_series 5.0" in client.get("/metrics").text


def test_a_large_snapshot_arrives_whole(client: httpx.Client, published: Published) -> None:
    published.snapshot = snapshot(50_000)
    assert client.get("/metrics").content == published.snapshot.text


def test_head_tells_the_length_without_the_body(client: httpx.Client, published: Published) -> None:
    published.snapshot = snapshot()
    answer = client.head("/metrics")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == len(published.snapshot.text)
    assert answer.content == b""


def test_healthy_does_not_depend_on_readiness(client: httpx.Client, published: Published) -> None:
    assert client.get("/-/healthy").status_code == 200
    assert client.get("/-/ready").status_code == 503
    published.readiness = Readiness(ready=False, reason="database: connection refused")
    answer = client.get("/-/ready")
    assert (answer.status_code, answer.text) == (503, "database: connection refused\n")
    published.readiness = Readiness(ready=True, reason="ready")
    assert (client.get("/-/ready").status_code, client.get("/-/ready").text) == (200, "ready\n")


def test_the_landing_page_shows_what_was_published(client: httpx.Client, published: Published) -> None:
    key = ModelKey(model="<b>fraud</b>", version="1", environment="prod")
    published.page = Page(at=datetime(2026, 3, 1, tzinfo=UTC), models=(ModelLine(key=key),))
    answer = client.get("/")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "&lt;b&gt;fraud&lt;/b&gt;" in answer.text


@pytest.mark.parametrize("path", ["/nope", "/metrics/", "/-/", "/../etc/passwd"])
def test_other_paths_are_not_found(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/metrics", content=b"x" * 100_000 if method == "POST" else None)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/", "/metrics", "/nope"])
def test_every_answer_carries_the_security_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_a_taken_port_is_one_clear_line(server: MetricsServer) -> None:
    address = server.url.removeprefix("http://")
    with pytest.raises(SetupError, match=rf"^http.listen: cannot listen on {address}: Address already in use; give"):
        MetricsServer(Published(), listen=address).start()


@pytest.mark.parametrize("listen", ["127.0.0.1", "127.0.0.1:http", ":99999", ""])
def test_an_address_that_is_none_is_one_clear_line(listen: str) -> None:
    with pytest.raises(ConfigError, match=r"^http.listen: .* is not HOST:PORT"):
        MetricsServer(Published(), listen=listen)


def test_an_unknown_host_is_one_clear_line() -> None:
    with pytest.raises(SetupError, match=r"^http.listen: cannot listen on no-such-host.invalid:0: "):
        MetricsServer(Published(), listen="no-such-host.invalid:0").start()


@pytest.mark.parametrize(("listen", "host"), [("[::1]:0", "[::1]"), (":0", "127.0.0.1")])
def test_other_addresses_are_served_and_named(listen: str, host: str) -> None:
    server = MetricsServer(Published(), listen=listen)
    try:
        server.start()
    except SetupError:
        pytest.skip("this machine has no IPv6")
    try:
        assert server.url.startswith(f"http://{host}:")
        assert httpx.get(f"{server.url}/-/healthy", trust_env=False).status_code == 200
    finally:
        server.stop()


def test_stop_ends_open_connections_and_frees_the_port(published: Published) -> None:
    server = MetricsServer(published, listen="127.0.0.1:0")
    server.start()
    address = server.url.removeprefix("http://")
    idle = socket.create_connection((address.split(":")[0], int(address.split(":")[1])))
    kept = http.client.HTTPConnection(address)
    kept.request("GET", "/-/healthy")
    kept.getresponse().read()
    server.stop()
    server.stop()
    assert idle.recv(1) == b""
    idle.close()
    kept.close()
    again = MetricsServer(published, listen=address)
    again.start()
    again.stop()


def test_stopping_a_server_that_never_started_is_harmless(published: Published) -> None:
    before = set(threading.enumerate())
    server = MetricsServer(published, listen="127.0.0.1:0")
    server.stop()
    server.stop()
    assert set(threading.enumerate()) <= before


class Interrupted(threading.Thread):
    """One that runs already, while whoever starts it is interrupted before it could say so."""

    def __init__(self, *, args: tuple[list[socket.socket]], **_: object) -> None:
        super().__init__()
        self._listeners = args[0]

    @property
    def ident(self) -> int:
        return 1

    def start(self) -> None:
        for listener in self._listeners:
            listener.close()
        raise KeyboardInterrupt


def test_a_start_that_is_interrupted_can_be_stopped(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    server = MetricsServer(published, listen="127.0.0.1:0")
    with monkeypatch.context() as patched:
        patched.setattr("driftgauge.web.server.threading.Thread", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            server.start()
    server.stop()
