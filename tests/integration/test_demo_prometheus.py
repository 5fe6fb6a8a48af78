from __future__ import annotations

import http.server
import json
import threading
import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from driftgauge.demo.prometheus import running_prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.stack import Prometheus


class OneGauge(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"answer 42\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        pass


@pytest.fixture
def exporter() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), OneGauge) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def ask(url: str, query: str) -> list[dict[str, list[object]]]:
    with urllib.request.urlopen(f"{url}/api/v1/query?query={query}", timeout=5) as response:  # noqa: S310 - http on 127.0.0.1
        return json.load(response)["data"]["result"]


def test_prometheus_scrapes_the_exporter_and_stops(prometheus: Prometheus, exporter: str, tmp_path: Path) -> None:
    with running_prometheus(prometheus.prometheus, directory=tmp_path, exporter=exporter) as url:
        for _ in range(200):
            if found := ask(url, "answer"):
                assert found[0]["value"][1] == "42"
                break
            time.sleep(0.1)
        else:
            pytest.fail("nothing was scraped within 20 seconds")
    with pytest.raises(OSError, match="refused"):
        ask(url, "answer")
