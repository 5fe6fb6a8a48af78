"""A real Alertmanager beside the demonstration, with the shipped routes and a receiver on this machine."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ClassVar, Final

import orjson
import yaml

from driftgauge.demo.programs import READY_SECONDS, find_program, running_program
from driftgauge.resources import bundled

FETCHED: Final = Path(".stack", "alertmanager", "alertmanager")
ABSENT: Final = f"no Alertmanager: there is no {FETCHED} (`make stack` fetches it), and no `alertmanager` on the PATH"
GROUP_WAIT, GROUP_INTERVAL, REPEAT_INTERVAL = "500ms", "1s", "1h"
ESCALATION: Final = "escalation"
ESCALATION_SECONDS: Final = 15
PEOPLE: Final = ("pager", "team", ESCALATION)

Notice = tuple[str, Mapping[str, Any]]
"""Which receiver was told, and what."""


def find_alertmanager(directory: Path) -> Path | None:
    """Return the binary that `make stack` put below `directory`, else the one on the PATH; `ABSENT` words None."""
    return find_program(directory / FETCHED, "alertmanager")


def configuration(
    *,
    exporter: str,
    token_file: Path,
    people: str,
    told: tuple[str, ...] = PEOPLE,
    escalation: str = f"{ESCALATION_SECONDS}s",
    templates: str | None = None,
) -> str:
    """Return the shipped routes with seconds for hours, at any hour of the day.

    The history is the exporter's at its URL; those who are `told` of alerts are each at a path of the URL `people`.
    """
    shipped = bundled("prometheus")
    document = yaml.safe_load((shipped / "alertmanager.yml").read_text(encoding="utf-8"))
    document["templates"] = [templates or str(shipped / "templates" / "*.tmpl")]
    root = document["route"]
    for route in (root, *root["routes"]):
        waits = route["receiver"] == ESCALATION and "group_wait" in route
        route["group_wait"] = escalation if waits else GROUP_WAIT
        route["group_interval"], route["repeat_interval"] = GROUP_INTERVAL, REPEAT_INTERVAL
        route.pop("mute_time_intervals", None)
    for receiver in document["receivers"]:
        if receiver["name"] == "history":
            [webhook] = receiver["webhook_configs"]
            webhook["url"] = f"{exporter}/api/v1/alerts"
            webhook["http_config"]["authorization"]["credentials_file"] = str(token_file)
        elif receiver["name"] in told:
            receiver["webhook_configs"] = [{"url": f"{people}/{receiver['name']}"}]
    return yaml.safe_dump(document, sort_keys=False)


@contextmanager
def running_alertmanager(
    binary: Path, *, directory: Path, address: str, config: str, patience: float = READY_SECONDS
) -> Generator[str]:
    """Run Alertmanager at `host:port` with its files in `directory`; yield its URL once it is ready.

    Raises
    ------
    SetupError
        If it ends or is not ready within `patience` seconds; the message has its last words.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "alertmanager.yml"
    path.write_text(config, encoding="utf-8")
    command = [
        str(binary),
        f"--config.file={path}",
        f"--storage.path={directory / 'data'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    log = directory / "alertmanager.log"
    with running_program("Alertmanager", command, address=address, log=log, patience=patience) as url:
        yield url


class _Handler(BaseHTTPRequestHandler):
    notices: ClassVar[SimpleQueue[Notice]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.notices.put((self.path.removeprefix("/"), orjson.loads(body)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        """Tell nothing: what arrives is shown by whoever takes it out of the queue."""


@contextmanager
def receiving(notices: SimpleQueue[Notice]) -> Generator[str]:
    """Take what people are told on a free port of 127.0.0.1, and put it into a queue; yield the URL."""
    handler = type("Handler", (_Handler,), {"notices": notices})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, name="people", daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
