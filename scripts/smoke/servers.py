"""The servers of the stack, and how each is asked over HTTP."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]
POLL_SECONDS: Final = 1.0
REQUEST_SECONDS: Final = 20.0


class Unreachable(Exception):
    """A service does not answer as it should; the message is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """One service's address, and how it is asked."""

    name: str
    url: str
    authorization: str | None = None

    def ask(self, path: str, body: Json | None = None) -> bytes:
        """Return the answer's body.

        Raises
        ------
        Unreachable
            If there is none, or one of an error.
        """
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": self.authorization} if self.authorization else {}
        )
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=data, headers=headers)  # noqa: S310 - http, see main
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=REQUEST_SECONDS) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            said = error.read(300).decode(errors="replace").strip()
            raise Unreachable(f"{self.name}: {path} answers {error.code}: {said}") from error
        except OSError as error:
            raise Unreachable(f"{self.name}: {self.url} does not answer: {error}") from error

    def json(self, path: str, body: Json | None = None) -> Any:  # noqa: ANN401 - JSON
        """Return the answer, parsed."""
        try:
            return json.loads(self.ask(path, body))
        except ValueError as error:
            raise Unreachable(f"{self.name}: {path} answers what is no JSON") from error


def server(name: str, url: str, password_file: Path | None = None) -> Server:
    """Return the service at a URL; with a password, as Grafana's administrator.

    Raises
    ------
    Unreachable
        If the URL is none of HTTP, or the file cannot be read.
    """
    if not url.startswith(("http://", "https://")):
        raise Unreachable(f"{name}: {url!r} is no http address")
    if password_file is None:
        return Server(name=name, url=url.rstrip("/"))
    try:
        password = password_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Unreachable(f"{name}: cannot read {password_file}: {error.strerror}; run: make secrets") from error
    basic = base64.b64encode(f"admin:{password}".encode()).decode()
    return Server(name=name, url=url.rstrip("/"), authorization=f"Basic {basic}")


def ready(servers: Mapping[Server, str], deadline: float) -> None:
    """Wait until each server answers at its path.

    Raises
    ------
    Unreachable
        If one does not in time.
    """
    for server, path in servers.items():
        while True:
            try:
                server.ask(path)
                break
            except Unreachable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
