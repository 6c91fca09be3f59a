"""Every request is counted, timed, traced, and given an id that its lines in the log carry and its answer names."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_backend.context import Clock, Kind, UnifiedIDManager
from agent_backend.observability import Metrics, Tracing, correlated

HEADER = b"x-request-id"


class Observation:
    """The outermost layer around the routes."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, tracing: Tracing, clock: Clock, ids: UnifiedIDManager
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._tracing = tracing
        self._clock = clock
        self._ids = ids

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = self._ids.new(Kind.REQUEST)
        with correlated(request_id=request_id):
            if scope["type"] == "http":
                await self._observe(scope, receive, send, request_id)
            else:
                await self._app(scope, receive, send)

    async def _observe(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        began, status = self._clock.monotonic(), 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, request_id.encode())]
            await send(message)

        method = scope["method"] if scope["method"] in _METHODS else "other"
        try:
            with self._tracing.span(f"{method} request", {"http.request.method": method}) as span:
                await self._app(scope, receive, answer)
                span.set_attribute("http.route", _route(scope))
                span.set_attribute("http.response.status_code", status)
        finally:
            route = _route(scope)
            self._metrics.requests.labels(method, route, str(status)).inc()
            self._metrics.request_seconds.labels(method, route).observe(self._clock.monotonic() - began)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _route(scope: Scope) -> str:
    """The pattern that matched, never the path: that has ids in it, and strangers invent others."""
    route = scope.get("route")
    return str(getattr(route, "path", "none"))
