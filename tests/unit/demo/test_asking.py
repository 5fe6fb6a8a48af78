from __future__ import annotations

import http.server
import threading
from typing import TYPE_CHECKING

import pytest

from driftgauge.demo.asking import ask_once, ask_readiness, held_between, scrape

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWERS = {
    "/metrics": (200, b'# TYPE ml_x gauge\nml_x{feature="temp"} 0.5\n'),
    "/-/ready": (503, b"rollup: the database is away\n"),
    "/api/v1/query?query=sum%28x%29": (200, b'{"data": {"result": [{"metric": {}, "value": [1.5, "42"]}]}}'),
    "/api/v1/query?query=nothing": (200, b'{"data": {"result": []}}'),
    "/api/v1/query_range?query=x+%3E+1&start=1.0&end=2.0&step=1": (200, b'{"data": {"result": [{"values": [1]}]}}'),
}


class Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        code, body = ANSWERS.get(self.path, (404, b""))
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_scrape_is_parsed(url: str) -> None:
    (series,) = scrape(url)
    assert (series.name, series.labels, series.value) == ("ml_x", {"feature": "temp"}, 0.5)


def test_an_exporter_that_is_not_ready_tells_why(url: str) -> None:
    assert ask_readiness(url) == "rollup: the database is away"


def test_prometheus_is_asked_for_a_value_and_over_time(url: str) -> None:
    assert ask_once(url, "sum(x)") == 42
    assert ask_once(url, "nothing") is None
    assert held_between(url, "x > 1", start=1.0, end=2.0, step=1)


def test_no_answer_is_an_os_error(url: str) -> None:
    with pytest.raises(OSError, match="404"):
        ask_once(url, "unknown")
