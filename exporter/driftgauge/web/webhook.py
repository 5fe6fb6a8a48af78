"""The webhook by which Alertmanager hands over its alerts: authenticated, bounded, and answered once they are kept."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Sequence
from typing import Final

from anyio import move_on_after, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from driftgauge.alertmanager.notice import BadNotice, TooManyAlerts, read_notice
from driftgauge.model.alert import Alert

LARGEST_BODY: Final = 4 << 20
"""Bytes: 250 alerts, as the shipped route sends at once, with labels as long as they can be have half of that."""

AT_ONCE: Final = 4
"""As many notices are kept side by side, so that connections are left for scrapes; what is refused comes again."""

KEEPING_SECONDS: Final = 3.5  # below what an exchange may take, so that the answer still gets through
RETRY_SECONDS: Final = 5
KEPT, BAD, UNAUTHENTICATED, CLOSED, TOO_LARGE, WRONG_TYPE, TRY_AGAIN = 200, 400, 401, 403, 413, 415, 503
CODES: Final = (KEPT, BAD, UNAUTHENTICATED, CLOSED, TOO_LARGE, WRONG_TYPE, TRY_AGAIN)
HOW_TO_OPEN: Final = "set http.webhook_token_file or DRIFTGAUGE_WEBHOOK_TOKEN, and the same token in Alertmanager"

Answer = tuple[int, str]
"""A code, and what is said beside it."""

Keep = Callable[[Sequence[Alert]], None]


class Webhook:
    """Takes notices with the right token; without one, nobody may write and all are refused."""

    def __init__(self, token: str | None, keep: Keep, *, keeping_seconds: float = KEEPING_SECONDS) -> None:
        """Take what keeps alerts: it returns once they are stored for good, and raises if they are not."""
        self._token = None if token is None else token.encode()
        self._keep = keep
        self._keeping_seconds = keeping_seconds
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self.answers: dict[int, int] = dict.fromkeys(CODES, 0)
        """How many requests were answered with each code."""

    async def answer(self, request: Request) -> Response:
        """Answer one request.

        Alertmanager drops what is answered with 4xx and sends again what is answered with 5xx.
        """
        code, said = await self._judge(request)
        self.answers[code] += 1
        headers: dict[str, str] = {}
        if code == UNAUTHENTICATED:
            headers["WWW-Authenticate"] = 'Bearer realm="driftgauge"'
        if code == TRY_AGAIN:
            headers["Retry-After"] = str(RETRY_SECONDS)
        return PlainTextResponse(f"{said}\n", code, headers)

    async def _judge(self, request: Request) -> Answer:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        try:
            body = await _body(request)
        except ClientDisconnect:
            return BAD, "the body has not arrived in full"
        if body is None:
            return TOO_LARGE, f"the body is larger than {LARGEST_BODY >> 20} MiB"
        if not self._room.acquire(blocking=False):
            return TRY_AGAIN, "too many notices at once: try again"
        answer = None
        with move_on_after(self._keeping_seconds):
            answer = await to_thread.run_sync(self._take, body, abandon_on_cancel=True)
        return answer or (TRY_AGAIN, "the database takes too long: try again")

    def _refusal(self, request: Request) -> Answer | None:
        """Return why a request is refused by its headers alone, before its body is read."""
        if self._token is None:
            return CLOSED, f"the webhook is closed: {HOW_TO_OPEN}"
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if not hmac.compare_digest(given.strip().encode("latin-1"), self._token) or scheme.lower() != "bearer":
            return UNAUTHENTICATED, "the bearer token is missing or wrong"
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
            return WRONG_TYPE, "application/json is expected, not compressed"
        return None

    def _take(self, body: bytes) -> Answer:
        """Read and keep a notice, in a thread of its own; a slow one holds its place until it has ended."""
        try:
            alerts = read_notice(body)
            if alerts:
                self._keep(alerts)
        except TooManyAlerts as error:
            return TOO_LARGE, str(error)
        except BadNotice as error:
            return BAD, f"not a notice of Alertmanager's webhook, version 4: {error}"
        except Exception:  # noqa: BLE001 - told by what keeps alerts; here it only means that they are to be sent again
            return TRY_AGAIN, "the database cannot be written to: try again"
        finally:
            self._room.release()
        return KEPT, f"{len(alerts)} alerts are kept"


async def _body(request: Request) -> bytes | None:
    """Return the whole body; None once it is too large, whatever its length was said to be."""
    if int(request.headers.get("content-length", "0")) > LARGEST_BODY:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
