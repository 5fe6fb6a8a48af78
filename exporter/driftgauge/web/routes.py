"""The routes: metrics, health, readiness, the landing page, and the webhook of alerts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from driftgauge.web.basic_auth import BasicAuth
from driftgauge.web.landing import STYLE_HASH, landing_page
from driftgauge.web.negotiation import OPENMETRICS, TEXT, accepts_gzip, prefers_openmetrics
from driftgauge.web.published import Published
from driftgauge.web.webhook import Webhook

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
HEALTHY = "/-/healthy"
ALERTS = "/api/v1/alerts"
_PIECE = 1 << 18  # bytes

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(published: Published, auth: BasicAuth | None = None, webhook: Webhook | None = None) -> ASGIApp:
    """Return the ASGI app over `published`.

    With `auth`, everything asks for a password but the health check and the webhook, which has a token of its own.
    """

    async def metrics(request: Request) -> Response:
        snapshot = published.snapshot
        if snapshot is None:
            return _plain("no snapshot yet: the exporter is starting\n", 503)
        openmetrics = prefers_openmetrics(request.headers.get("accept", ""))
        gzipped = accepts_gzip(request.headers.get("accept-encoding", ""))
        headers = {"Content-Type": OPENMETRICS if openmetrics else TEXT, "Vary": "Accept, Accept-Encoding"}
        if gzipped:
            headers["Content-Encoding"] = "gzip"
            body = snapshot.openmetrics_gzip if openmetrics else snapshot.text_gzip
        else:
            body = await run_in_threadpool(lambda: snapshot.openmetrics if openmetrics else snapshot.text)
        return _PiecewiseResponse(body, headers=headers)

    async def healthy(_: Request) -> Response:
        return _plain("healthy\n", 200)

    async def ready(_: Request) -> Response:
        readiness = published.readiness
        return _plain(f"{readiness.reason}\n", 200 if readiness.ready else 503)

    async def landing(_: Request) -> Response:
        return HTMLResponse(landing_page(published.page, published.readiness))

    endpoints: dict[str, Endpoint] = {"/": landing, "/metrics": metrics, HEALTHY: healthy, "/-/ready": ready}
    routes = [Route(path, endpoint, methods=["GET"]) for path, endpoint in endpoints.items()]
    if webhook is not None:
        routes.append(Route(ALERTS, webhook.answer, methods=["POST"]))
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    return app if auth is None else auth.guard(app, unguarded=frozenset({HEALTHY, ALERTS}))


class _PiecewiseResponse(Response):
    """A response that waits for its reader, as handing over all at once copies the whole body for each client."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for start in range(0, len(self.body), _PIECE):
            await send({"type": "http.response.body", "body": self.body[start : start + _PIECE], "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _plain(text: str, code: int) -> Response:
    return PlainTextResponse(text.encode("utf-8", "backslashreplace"), code)
