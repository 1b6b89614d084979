"""Around every HTTP exchange, errors and unknown routes included: id, headers, access log."""

import logging
import time
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from litestar.types.asgi_types import HTTPScope

from paymux.platform.http.request_ids import HEADER, choose_request_id, remember_request_id
from paymux.platform.http.security_headers import sealed
from paymux.platform.telemetry.logging import bound_log_context

logger = logging.getLogger("paymux.access")

_QUIET: Final = ("/webhooks/", "/healthz", "/readyz", "/metrics")
_FIRST_ERROR: Final = 400


class Envelope:
    """A thin ASGI layer outside Litestar's router.

    Never logs the raw path: it may hold a link's token.
    """

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = choose_request_id(scope["headers"])
        remember_request_id(scope["state"], request_id)
        with bound_log_context(request_id=request_id):
            await self._serve(scope, receive, _Reply(send, request_id, https=self._https))

    async def _serve(self, scope: HTTPScope, receive: Receive, reply: "_Reply") -> None:
        started = time.perf_counter()
        inner = _as_get(scope) if scope["method"] == "HEAD" else scope
        reply.drops_body = inner is not scope
        try:
            await self._app(inner, receive, reply)
        finally:
            _log(scope["method"], inner, reply.status, time.perf_counter() - started)


class _Reply:
    """The `send` of one exchange: adds the headers and remembers the status."""

    __slots__ = ("_https", "_request_id", "_send", "drops_body", "status")

    def __init__(self, send: Send, request_id: str, *, https: bool) -> None:
        self._send = send
        self._request_id = request_id
        self._https = https
        self.status = 0
        self.drops_body = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            headers = sealed(list(message["headers"]), https=self._https)
            headers.append((HEADER, self._request_id.encode("ascii")))
            message["headers"] = headers
        elif self.drops_body and message["type"] == "http.response.body":
            message["body"] = b""
        await self._send(message)


def _as_get(scope: HTTPScope) -> HTTPScope:
    # RFC 9110, 9.3.2: HEAD is GET without the content. The server keeps its own scope.
    inner = scope.copy()
    inner["method"] = "GET"
    return inner


def _log(method: str, scope: HTTPScope, status: int, seconds: float) -> None:
    quiet = scope["path"].startswith(_QUIET) and 0 < status < _FIRST_ERROR
    level = logging.DEBUG if quiet else logging.INFO
    if logger.isEnabledFor(level):
        logger.log(
            level,
            "request",
            extra={
                "method": method,
                "route": scope.get("path_template"),
                "status": status,
                "ms": round(seconds * 1000, 2),
            },
        )
