"""HTTP basic authentication against bcrypt hashes, as an ASGI wrapper."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from functools import partial

import bcrypt
from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_BCRYPT_READS = 72  # bytes of a password; the library refuses longer ones where others cut them


class BasicAuth:
    """Checks passwords, and remembers a digest of the last right one of each user, as bcrypt takes ~0.1 s."""

    def __init__(self, users: Mapping[str, str]) -> None:
        """Take bcrypt hashes by user name; at least one."""
        self._hashes = {user: password_hash.encode() for user, password_hash in users.items()}
        self._anyone = next(iter(self._hashes.values()))
        self._verified: dict[str, bytes] = {}
        self._key = secrets.token_bytes(32)

    def guard(self, app: ASGIApp, *, unguarded: frozenset[str]) -> ASGIApp:
        """Return `app` behind the password, but for the paths of `unguarded`."""
        one_at_a_time: list[CapacityLimiter] = []  # made inside the event loop

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] not in unguarded:
                if not one_at_a_time:
                    one_at_a_time.append(CapacityLimiter(1))
                if not await self._allows(Headers(scope=scope).get("authorization", ""), one_at_a_time[0]):
                    refusal = PlainTextResponse(
                        "Unauthorized\n", 401, {"WWW-Authenticate": 'Basic realm="driftgauge", charset="UTF-8"'}
                    )
                    await refusal(scope, receive, send)
                    return
            await app(scope, receive, send)

        return guarded

    async def _allows(self, authorization: str, limiter: CapacityLimiter) -> bool:
        credentials = _credentials(authorization)
        if credentials is None:
            return False
        user, password = credentials
        digest = hmac.digest(self._key, password, "sha256")
        known = self._verified.get(user)
        if known is not None and hmac.compare_digest(digest, known):
            return True
        return await to_thread.run_sync(partial(self._verify, user, password, digest), limiter=limiter)

    def _verify(self, user: str, password: bytes, digest: bytes) -> bool:
        """Ask bcrypt; an unknown user takes as long as a wrong password."""
        right = bcrypt.checkpw(password[:_BCRYPT_READS], self._hashes.get(user, self._anyone))
        if right and user in self._hashes:
            self._verified[user] = digest
            return True
        return False


def _credentials(authorization: str) -> tuple[str, bytes] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        return (user.decode(), password) if colon and b"\0" not in password else None
    except (binascii.Error, ValueError):
        return None
