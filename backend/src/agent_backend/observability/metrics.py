"""Metrics in the text format of Prometheus; each instance counts for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
RUN_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """What the service counts. No label ever holds what a user wrote, nor a user or a tenant: their number is open."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "agent_backend_http_requests", "HTTP requests", ["method", "route", "status"], registry=self._registry
        )
        self.request_seconds = Histogram(
            "agent_backend_http_request_seconds",
            "How long an HTTP request took",
            ["method", "route"],
            buckets=REQUEST_SECONDS,
            registry=self._registry,
        )
        self.events = Counter(
            "agent_backend_run_events", "Events of runs that were delivered here", ["type"], registry=self._registry
        )
        self.run_seconds = Histogram(
            "agent_backend_run_seconds",
            "How long a run took",
            ["outcome"],
            buckets=RUN_SECONDS,
            registry=self._registry,
        )
        self.tool_seconds = Histogram(
            "agent_backend_tool_seconds",
            "How long a tool took",
            ["tool", "ok"],
            buckets=REQUEST_SECONDS,
            registry=self._registry,
        )
        self.config_reloads = Counter(
            "agent_backend_config_reloads", "Configuration reloads", ["outcome"], registry=self._registry
        )

    def observe(self, name: str, help_text: str, read: Callable[[], dict[str, float]], label: str) -> None:
        """A gauge whose values are read when they are asked for, as the size of a pool: `read` gives them by label."""
        self._registry.register(_Read(f"agent_backend_{name}", help_text, read, label))

    def gauge(self, name: str, help_text: str, read: Callable[[], float]) -> None:
        """The same for one value."""
        gauge = Gauge(f"agent_backend_{name}", help_text, registry=self._registry)
        gauge.set_function(read)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)


class _Read(Collector):
    def __init__(self, name: str, help_text: str, read: Callable[[], dict[str, float]], label: str) -> None:
        self._name = name
        self._help = help_text
        self._read = read
        self._label = label

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(self._name, self._help, labels=[self._label])
        for label, value in self._read().items():
            family.add_metric([label], value)
        yield family
