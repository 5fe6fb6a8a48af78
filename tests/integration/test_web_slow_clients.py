"""Clients that are slow, silent or many: a scrape still gets through, and every one of them is let go."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from driftgauge.exposition.samples import Sample
from driftgauge.exposition.snapshot import Renderer
from driftgauge.web.protocol import EXCHANGE_SECONDS, KEEP_ALIVE_SECONDS, MOST_CONNECTIONS
from driftgauge.web.published import Published
from driftgauge.web.server import MetricsServer

DEADLINE = 1.5  # instead of 5 s, so that the suite does not wait
PATIENCE = DEADLINE + 4  # for a machine that is busy with other tests
Connect = Callable[[], socket.socket]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    published = Published()
    samples = [Sample("ml_drift_window_rows", ("m" * 100, str(number), "prod"), 1.0) for number in range(50_000)]
    published.snapshot = Renderer().render(samples, max_series=50_000, created_at=0.0)
    server = MetricsServer(published, listen="127.0.0.1:0", exchange_seconds=DEADLINE)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def connect(url: str) -> Iterator[Connect]:
    host, port = url.removeprefix("http://").split(":")
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(socket.create_connection((host, int(port)), timeout=PATIENCE))


def test_the_limits_are_those_that_the_documents_promise() -> None:
    assert EXCHANGE_SECONDS <= 5
    assert KEEP_ALIVE_SECONDS <= 5
    assert MOST_CONNECTIONS <= 32


def scrape_takes(url: str) -> float:
    began = time.monotonic()
    headers = {"Accept-Encoding": "gzip"}
    assert httpx.get(f"{url}/metrics", headers=headers, timeout=PATIENCE, trust_env=False).status_code == 200
    return time.monotonic() - began


def is_let_go(client: socket.socket) -> bool:
    """Read to the end; False where the server still holds the connection after its deadline."""
    try:
        while client.recv(1 << 20):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("beginning", [b"", b"GET /metrics HTTP/1.1\r\nHost: x\r\n"])
def test_a_hundred_half_open_clients_block_no_scrape_and_are_let_go(
    url: str, connect: Connect, beginning: bytes
) -> None:
    clients = [connect() for _ in range(100)]
    for client in clients:
        with contextlib.suppress(ConnectionError):  # one too many has been closed by now
            client.sendall(beginning)
    assert scrape_takes(url) < DEADLINE
    deadline = time.monotonic() + PATIENCE
    assert all(is_let_go(client) for client in clients)
    assert time.monotonic() < deadline


def test_trickling_a_request_does_not_extend_its_deadline(connect: Connect) -> None:
    client = connect()
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < began + PATIENCE:
            client.sendall(b"G")
            time.sleep(0.2)
    assert time.monotonic() - began < PATIENCE


@pytest.mark.parametrize("framing", [b"Content-Length: 1000000000", b"Transfer-Encoding: chunked"])
def test_trickling_a_body_does_not_hold_the_connection(connect: Connect, framing: bytes) -> None:
    client = connect()
    client.sendall(b"POST /metrics HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n")
    assert b"405" in client.recv(4096)
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < began + PATIENCE:
            client.sendall(b"1\r\nx\r\n")
            time.sleep(0.2)
    assert time.monotonic() - began < PATIENCE


def test_clients_that_never_read_their_answer_block_no_scrape_and_are_let_go(url: str, connect: Connect) -> None:
    clients = [connect() for _ in range(40)]
    for client in clients:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with contextlib.suppress(ConnectionError):
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(DEADLINE / 3)  # all at once, the last of them would get 503
    assert scrape_takes(url) < DEADLINE
    time.sleep(DEADLINE + 0.5)  # nobody reads meanwhile
    assert all(is_let_go(client) for client in clients)


def test_a_quiet_kept_connection_is_closed(connect: Connect) -> None:
    client = connect()
    client.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200 OK" in client.recv(4096)
    assert is_let_go(client)


def test_endless_headers_are_refused(connect: Connect) -> None:
    client = connect()
    with contextlib.suppress(ConnectionError):
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 1_000_000)
    assert is_let_go(client)


@pytest.mark.parametrize(
    "nonsense", [b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"]
)
def test_nonsense_is_refused(url: str, connect: Connect, nonsense: bytes) -> None:
    client = connect()
    client.sendall(nonsense)
    assert is_let_go(client)
    assert scrape_takes(url) < DEADLINE


def test_a_client_that_does_not_read_cannot_hold_up_the_stop() -> None:
    published = Published()
    samples = [Sample("ml_drift_window_rows", ("m" * 100, str(number), "prod"), 1.0) for number in range(50_000)]
    published.snapshot = Renderer().render(samples, max_series=50_000, created_at=0.0)
    server = MetricsServer(published, listen="127.0.0.1:0", exchange_seconds=60)
    server.start()
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(100)
        began = time.monotonic()
        server.stop(timeout=PATIENCE)
        assert time.monotonic() - began < PATIENCE
        assert is_let_go(client)
