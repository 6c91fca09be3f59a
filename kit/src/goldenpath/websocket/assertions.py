"""What a test can demand of what a manager delivered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from goldenpath.websocket.manager import MockWebSocketManager
from goldenpath.websocket.wire import type_of


class WebSocketAssertions:
    """Assertions about one manager; each failure shows what was delivered instead."""

    def __init__(self, manager: MockWebSocketManager) -> None:
        self.manager: Final = manager

    def assert_event_sent(self, thread_id: str, event_type: str, payload: dict[str, Any] | None = None) -> None:
        """An event of this type was delivered in the thread, with at least these entries in its payload."""
        events = [event for event in self.manager.get_events_for_thread(thread_id) if type_of(event) == event_type]
        if not events:
            self._fail(thread_id, f"no {event_type!r} was delivered")
        if payload is not None and not any(has(event.get("payload"), payload) for event in events):
            found = [event.get("payload") for event in events]
            raise AssertionError(f"no {event_type!r} in thread {thread_id!r} has {payload!r}; payloads: {found!r}")

    def assert_required_events_sent(self, thread_id: str) -> None:
        """Every event that the contract requires was delivered in the thread."""
        missing = [name for name, seen in self.manager.get_required_event_compliance(thread_id).items() if not seen]
        if missing:
            self._fail(thread_id, f"required and not delivered: {', '.join(missing)}")

    def assert_compliance_score(self, minimum: float = 1.0, thread_id: str | None = None) -> None:
        """The compliance score is at least this."""
        score = self.manager.get_compliance_score(thread_id)
        if score < minimum:
            told = "" if thread_id is None else f"\n{self.manager.get_report(thread_id).explain()}"
            raise AssertionError(f"the compliance score is {score:.3f}, less than {minimum:.3f}{told}")

    def assert_event_order(self, thread_id: str, expected: Sequence[str]) -> None:
        """These types were delivered in the thread in this order; others may lie between."""
        types = [type_of(event) for event in self.manager.get_events_for_thread(thread_id)]
        rest = iter(types)
        for place, wanted in enumerate(expected):
            if wanted not in rest:
                before = f" after {', '.join(expected[:place])}" if place else ""
                self._fail(thread_id, f"no {wanted!r} was delivered{before}")

    def assert_no_failures(self) -> None:
        """Everything that was sent was delivered, and everybody who connected could."""
        analysis = self.manager.get_failure_analysis()
        if analysis["total_failures"]:
            raise AssertionError(f"{analysis['total_failures']} failed: {analysis['by_reason']}")

    def assert_performance_threshold(
        self, max_latency: float | None = None, min_throughput: float | None = None
    ) -> None:
        """95 % of the messages took at most so many milliseconds, and so many were delivered in a second."""
        metrics = self.manager.get_performance_metrics()
        if not metrics["messages_delivered"]:
            raise AssertionError("nothing was delivered, so nothing can be said of performance")
        if max_latency is not None and metrics["latency_p95_ms"] > max_latency:
            raise AssertionError(
                f"the 95th percentile of latency is {metrics['latency_p95_ms']:.1f} ms, not {max_latency}"
            )
        if min_throughput is not None and metrics["messages_per_second"] < min_throughput:
            raise AssertionError(f"{metrics['messages_per_second']:.1f} messages a second, fewer than {min_throughput}")

    def assert_connection_established(self, user_id: str) -> None:
        """The user is connected."""
        if not self.manager.is_connected(user_id):
            reasons = self.manager.get_failure_analysis()["by_reason"]
            raise AssertionError(f"user {user_id!r} is not connected; failures so far: {reasons or 'none'}")

    def assert_message_count(self, expected: int, thread_id: str | None = None) -> None:
        """So many messages were delivered, in the thread or in all."""
        manager = self.manager
        events = manager.get_all_events() if thread_id is None else manager.get_events_for_thread(thread_id)
        if len(events) != expected:
            counts = dict(Counter(type_of(event) or "(no type)" for event in events))
            raise AssertionError(f"{len(events)} messages were delivered, not {expected}: {counts}")

    def assert_no_race_conditions(self) -> None:
        """No message arrived twice, or after one that was sent later."""
        stats = self.manager.get_network_simulation_stats()
        races = {name: stats[name] for name in ("duplicated", "reordered") if stats[name]}
        if races:
            raise AssertionError(f"messages raced: {', '.join(f'{count} {name}' for name, count in races.items())}")

    def _fail(self, thread_id: str, message: str) -> None:
        types = [type_of(event) or "(no type)" for event in self.manager.get_events_for_thread(thread_id)]
        raise AssertionError(f"thread {thread_id!r}: {message}; delivered: {', '.join(types) or 'nothing'}")


def has(payload: Any, wanted: dict[str, Any]) -> bool:
    """Whether a payload has at least these entries."""
    return isinstance(payload, dict) and all(
        name in payload and payload[name] == value for name, value in wanted.items()
    )
