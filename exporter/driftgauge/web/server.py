"""The HTTP server: uvicorn in a thread of its own, on a socket that is bound before the thread starts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from pathlib import Path
from typing import cast

import uvicorn

from driftgauge.errors import ConfigError, SetupError
from driftgauge.web.basic_auth import BasicAuth
from driftgauge.web.protocol import EXCHANGE_SECONDS, KEEP_ALIVE_SECONDS, MOST_CONNECTIONS, LimitedProtocol
from driftgauge.web.published import Published
from driftgauge.web.routes import SECURITY_HEADERS, create_app
from driftgauge.web.web_config import WebConfig, load_web_config
from driftgauge.web.webhook import Webhook

_BACKLOG = 128
_HEADER_BYTES = 16_384
_START_SECONDS = 10.0


class MetricsServer:
    """Serves what is published, until it is stopped."""

    def __init__(
        self,
        published: Published,
        *,
        listen: str,
        web_config: Path | None = None,
        webhook: Webhook | None = None,
        exchange_seconds: float = EXCHANGE_SECONDS,
    ) -> None:
        """Check everything that can be checked without the port.

        A client has `exchange_seconds` to send a request, and as long to read the answer.

        Raises
        ------
        ConfigError
            Where `listen` is not HOST:PORT, or the web config or a file that it names cannot be used.
        """
        self._host, self._port = _split_address(listen)
        self._listen = listen
        web = load_web_config(web_config) if web_config is not None else WebConfig()
        tls = web.tls_context()
        self._scheme = "http" if tls is None else "https"
        auth = BasicAuth(web.basic_auth_users) if web.basic_auth_users else None
        config = uvicorn.Config(
            create_app(published, auth, webhook),
            http=LimitedProtocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            log_level="error",  # what clients send wrong is no news
            access_log=False,
            proxy_headers=False,
            server_header=False,
            headers=list(SECURITY_HEADERS.items()),
            backlog=_BACKLOG,
            limit_concurrency=MOST_CONNECTIONS + 1,
            h11_max_incomplete_event_size=_HEADER_BYTES,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=1,
            ssl_context_factory=None if tls is None else lambda _config, _default: tls,
        )
        self._server = _ThreadedServer(config, exchange_seconds)
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Bind the address and serve in the background.

        Raises
        ------
        SetupError
            Where the address cannot be bound.
        """
        try:
            listener = socket.create_server(
                (self._host, self._port),
                family=socket.AF_INET6 if ":" in self._host else socket.AF_INET,
                backlog=_BACKLOG,
            )
        except OSError as error:
            why = (error.strerror or str(error)).partition(" (while")[0]
            raise SetupError(
                f"http.listen: cannot listen on {self._listen}: {why}; give another address with --listen or "
                "DRIFTGAUGE_LISTEN (port 0 takes any free one)"
            ) from error
        self._port = int(listener.getsockname()[1])
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="http", daemon=True)
        self._thread.start()
        if not self._server.serving.wait(_START_SECONDS):
            raise SetupError(f"http.listen: the server on {self._listen} did not start in {_START_SECONDS:g} s")

    @property
    def url(self) -> str:
        """Where the server can be reached from this machine, with the port that it has really taken."""
        local = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not bound
        host = local.get(self._host, self._host)
        return f"{self._scheme}://{f'[{host}]' if ':' in host else host}:{self._port}"

    def stop(self, timeout: float = 5.0) -> None:
        """Answer what is being asked, close every connection and end the thread; safe to call twice."""
        self._server.should_exit = True
        if self._thread is not None and self._thread.is_alive():  # an interrupted start leaves none to wait for
            self._thread.join(timeout)


class _ThreadedServer(uvicorn.Server):
    """uvicorn's server with a deadline for TLS handshakes, a signal when it serves, and no connection left behind."""

    def __init__(self, config: uvicorn.Config, exchange_seconds: float) -> None:
        super().__init__(config)
        self._exchange_seconds = exchange_seconds
        self.serving = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.servers: list[asyncio.Server] = [
            await loop.create_server(
                self._protocol,
                sock=listener,
                ssl=self.config.ssl,
                ssl_handshake_timeout=None if self.config.ssl is None else self._exchange_seconds,
                ssl_shutdown_timeout=None if self.config.ssl is None else 1.0,
                backlog=_BACKLOG,
            )
            for listener in sockets or ()
        ]
        self.started = True
        self.serving.set()

    def _protocol(self) -> LimitedProtocol:
        protocol = LimitedProtocol(self.config, self.server_state, self.lifespan.state)
        protocol.exchange_seconds = self._exchange_seconds
        return protocol

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(cast("set[LimitedProtocol]", self.server_state.connections)):
            connection.drop()
        await asyncio.sleep(0)  # lets the transports see it


def _split_address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    with contextlib.suppress(ValueError):
        if colon and 0 <= int(port) <= 65_535:  # noqa: PLR2004  # the largest port
            return host.removeprefix("[").removesuffix("]"), int(port)
    raise ConfigError([f"http.listen: {listen!r} is not HOST:PORT; for example 127.0.0.1:9799, or :9799 for everyone"])
