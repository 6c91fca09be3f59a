"""What whoever runs the service sees of it: logs with the ids of the work, metrics, and spans."""

from __future__ import annotations

from agent_backend.observability.correlation import correlated, correlation
from agent_backend.observability.logs import configure_logging
from agent_backend.observability.metrics import CONTENT_TYPE, Metrics
from agent_backend.observability.tracing import Span, Tracing, configure_tracing

__all__ = [
    "CONTENT_TYPE",
    "Metrics",
    "Span",
    "Tracing",
    "configure_logging",
    "configure_tracing",
    "correlated",
    "correlation",
]
