"""The four counters of a test case, by their names."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from goldenpath.testcase.metrics import Tracked

if TYPE_CHECKING:
    from goldenpath.testcase.metrics import Metrics


class Counting:
    """What a test case measures and counts."""

    if TYPE_CHECKING:

        @property
        def _metrics(self) -> Metrics: ...

    def record_metric(self, name: str, value: Any) -> None:
        """Keep a figure; it goes into the JUnit properties of the test."""
        self._metrics.record(name, value)

    def get_metric(self, name: str, default: Any = None) -> Any:
        """A figure, a counter or `execution_time`."""
        return self._metrics.get(name, default)

    def get_all_metrics(self) -> dict[str, Any]:
        """Every figure, the counters and the execution time so far."""
        return self._metrics.all()

    def assert_metrics_recorded(self, *names: str) -> None:
        """Each of these figures was recorded, or counted; without names, at least one was."""
        self._metrics.require(names)

    def increment_db_query_count(self, count: int = 1) -> None:
        """Count database queries."""
        self._metrics.add("db_queries", count)

    def get_db_query_count(self) -> int:
        """How many database queries were counted."""
        return self._metrics.count("db_queries")

    def track_db_queries(self) -> AbstractContextManager[Tracked]:
        """Tell the database queries of one block."""
        return self._metrics.track("db_queries")

    def increment_redis_ops_count(self, count: int = 1) -> None:
        """Count Redis operations."""
        self._metrics.add("redis_operations", count)

    def get_redis_ops_count(self) -> int:
        """How many Redis operations were counted."""
        return self._metrics.count("redis_operations")

    def track_redis_operations(self) -> AbstractContextManager[Tracked]:
        """Tell the Redis operations of one block."""
        return self._metrics.track("redis_operations")

    def increment_websocket_events(self, count: int = 1) -> None:
        """Count WebSocket events."""
        self._metrics.add("websocket_events", count)

    def get_websocket_events_count(self) -> int:
        """How many WebSocket events were counted."""
        return self._metrics.count("websocket_events")

    def track_websocket_events(self) -> AbstractContextManager[Tracked]:
        """Tell the WebSocket events of one block."""
        return self._metrics.track("websocket_events")

    def increment_llm_requests(self, count: int = 1) -> None:
        """Count requests to language models."""
        self._metrics.add("llm_requests", count)

    def get_llm_requests_count(self) -> int:
        """How many requests to language models were counted."""
        return self._metrics.count("llm_requests")

    def track_llm_requests(self) -> AbstractContextManager[Tracked]:
        """Tell the requests to language models of one block."""
        return self._metrics.track("llm_requests")
