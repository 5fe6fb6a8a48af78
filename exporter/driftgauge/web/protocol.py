"""uvicorn's HTTP protocol with what it lacks: a deadline for every exchange and a bound on connections."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

MOST_CONNECTIONS = 32
EXCHANGE_SECONDS = 5.0
KEEP_ALIVE_SECONDS = 4  # below the above, so that a quiet connection ends politely
_RESET = struct.pack("ii", 1, 0)  # linger for 0 s: unsent bytes are thrown away


class LimitedProtocol(H11Protocol):
    """One connection: five seconds to send a whole request, as many to read the answer, the next request likewise.

    The deadlines are absolute, so trickling bytes does not extend them. A connection too many closes the one that
    has been idle longest, or else the slowest reader, so that neither keeps a scrape out; where all are being worked
    on, uvicorn's `limit_concurrency` answers 503.
    """

    exchange_seconds = EXCHANGE_SECONDS
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the first deadline, and make room."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._restart_deadline()
        if len(self.connections) > MOST_CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadline."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Give a request that has just begun its own time to be answered."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._restart_deadline()

    def on_response_complete(self) -> None:
        """Give the client time to read the answer and to ask again."""
        self._restart_deadline()
        super().on_response_complete()

    def _restart_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(self.exchange_seconds, self.drop)

    def _make_room(self) -> None:
        everyone = cast("set[LimitedProtocol]", self.connections)
        idle = [one for one in everyone if one is not self and (one.is_being_read() or not one.is_answering())]
        if idle:
            oldest = min(idle, key=lambda one: (one.is_being_read(), one.expires_at()))
            oldest.drop()

    def drop(self) -> None:
        """End the connection at once, with what the kernel still holds for a client that does not read."""
        connection = cast("socket.socket | None", self.transport.get_extra_info("socket"))
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()
        self.connections.discard(self)  # the transport tells only in the loop's next round

    def is_answering(self) -> bool:
        """Tell whether a request has yet to be answered in full."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def is_being_read(self) -> bool:
        """Tell whether the client has yet to take some of its answer."""
        return self.transport.get_write_buffer_size() > 0

    def expires_at(self) -> float:
        """When the deadline ends, in the loop's time."""
        return 0.0 if self._deadline is None else self._deadline.when()
