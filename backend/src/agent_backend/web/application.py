"""The table of routes."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route, WebSocketRoute

from agent_backend.web import accounts, analytics, conversations, health, operator, pages, usage, usage_import
from agent_backend.web.authentication import Authentication
from agent_backend.web.failures import HANDLERS
from agent_backend.web.observation import Observation
from agent_backend.web.services import Services


def create_app(services: Services) -> Starlette:
    """The ASGI application of one instance."""
    app = Starlette(
        routes=[
            WebSocketRoute("/ws", services.running.endpoint),
            Route("/", pages.index),
            Route("/page/{name}", pages.asset),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            Route("/metrics", health.metrics),
            Route("/api/register", accounts.register, methods=["POST"]),
            Route("/api/login", accounts.login, methods=["POST"]),
            Route("/api/refresh", accounts.refresh, methods=["POST"]),
            Route("/api/logout", accounts.logout, methods=["POST"]),
            Route("/api/me", accounts.whoami),
            Route("/api/users", accounts.add_colleague, methods=["POST"]),
            Route("/api/tickets", accounts.create_ticket, methods=["POST"]),
            Route("/api/tickets", accounts.revoke_ticket, methods=["DELETE"]),
            Route("/api/tickets/status", accounts.ticket_status),
            Route("/api/usage", usage.add, methods=["POST"]),
            Route("/api/usage/imports", usage_import.add, methods=["POST"]),
            Route("/api/usage/imports/{import_id}", usage_import.progress),
            Route("/api/operator", operator.overview),
            Route("/api/analytics/cost", analytics.cost),
            Route("/api/analytics/work", analytics.work),
            Route("/api/threads", conversations.threads),
            Route("/api/threads/{thread_id}/messages", conversations.messages),
        ],
        middleware=[
            Middleware(
                Observation,
                metrics=services.metrics,
                tracing=services.tracing,
                clock=services.clock,
                ids=services.ids,
            ),
            Middleware(Authentication, services=services),
        ],
        exception_handlers=HANDLERS,
    )
    app.state.services = services
    return app
