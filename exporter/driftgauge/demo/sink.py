"""What takes the demonstration's notifications in compose, and prints each alert on a line: no pager, but seen."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import orjson

ADDRESS: Final = ("0.0.0.0", 8080)  # noqa: S104 - a container's own, which publishes no port
LARGEST: Final = 16 * 2**20
ABOUT: Final = ("severity", "model", "version", "feature")


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(200, b"ready\n")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if length > LARGEST:
            self._answer(413, b"too large\n")
            return
        try:
            told = list(lines(self.path.removeprefix("/"), orjson.loads(self.rfile.read(length)), datetime.now(UTC)))
        except (ValueError, KeyError, TypeError):
            self._answer(400, b"expected what Alertmanager sends\n")
            return
        print(*told, sep="\n", flush=True)  # noqa: T201 - that is what it is for
        self._answer(200, b"told\n")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        """Tell nothing of requests: the alerts are what is to be seen."""


def lines(receiver: str, notice: Mapping[str, Any], at: datetime) -> Iterator[str]:
    """Yield a line for each alert that a receiver was told of.

    Examples
    --------
    >>> labels = {"alertname": "ModelSilent", "severity": "critical", "model": "churn"}
    >>> alert = {"status": "firing", "labels": labels, "annotations": {"summary": "The model is silent"}}
    >>> list(lines("pager", {"alerts": [alert]}, datetime(2026, 1, 1, 12, tzinfo=UTC)))
    ['12:00:00 pager firing ModelSilent (critical, churn): The model is silent']
    """
    for alert in notice["alerts"]:
        labels: Mapping[str, str] = alert["labels"]
        about = ", ".join(labels[name] for name in ABOUT if labels.get(name))
        summary = alert.get("annotations", {}).get("summary", "")
        yield f"{at:%H:%M:%S} {receiver} {alert['status']} {labels['alertname']} ({about}): {summary}"


def serve(address: tuple[str, int]) -> ThreadingHTTPServer:
    """Return the server, which listens already."""
    return ThreadingHTTPServer(address, _Handler)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with serve(ADDRESS) as server, suppress(KeyboardInterrupt):
        server.serve_forever()
