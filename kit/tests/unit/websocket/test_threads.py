from __future__ import annotations

import asyncio
from threading import Barrier, Thread
from typing import Any

import pytest

from goldenpath.websocket import MockConfiguration, MockWebSocketManager

THREADS = 100
EACH = 50


def send_from_threads(manager: MockWebSocketManager, target: str = "shared") -> list[bool]:
    """A hundred threads, each with a loop of its own, send over one manager at once."""
    ready, results = Barrier(THREADS), list[bool]()

    async def send(number: int) -> None:
        for place in range(EACH):
            name = target or f"thread-{number}"
            results.append(await manager.send_to_thread(name, {"type": "note", "from": number, "place": place}))

    def run(number: int) -> None:
        ready.wait()
        asyncio.run(send(number))

    threads = [Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def places(events: list[Any]) -> dict[int, list[int]]:
    by_sender: dict[int, list[int]] = {}
    for event in events:
        by_sender.setdefault(event["from"], []).append(event["place"])
    return by_sender


@pytest.mark.parametrize("fields", [{}, {"latency_ms": 1}, {"jitter_ms": 1}, {"memory_limit": 10**9}], ids=str)
def test_a_hundred_threads_lose_nothing_and_each_keeps_its_order(fields: dict[str, Any]) -> None:
    manager = MockWebSocketManager(MockConfiguration(strict_threading=True, **fields))
    assert send_from_threads(manager) == [True] * THREADS * EACH
    events = manager.get_events_for_thread("shared")
    assert places(events) == {number: list(range(EACH)) for number in range(THREADS)}
    metrics = manager.get_performance_metrics()
    assert metrics["messages_sent"] == metrics["messages_delivered"] == THREADS * EACH
    assert manager.get_failure_analysis()["total_failures"] == 0


def test_threads_that_open_conversations_at_once_lose_none() -> None:
    manager = MockWebSocketManager.create_for_scenario("concurrency")
    assert all(send_from_threads(manager, target=""))
    assert len(manager.threads) == THREADS
    assert all(len(manager.get_events_for_thread(name)) == EACH for name in manager.threads)


def test_counts_add_up_when_messages_are_lost() -> None:
    manager = MockWebSocketManager.create_for_scenario("concurrency", failure_rate=0.3)
    results = send_from_threads(manager)
    metrics = manager.get_performance_metrics()
    assert sum(results) == metrics["messages_delivered"] == len(manager.get_events_for_thread("shared"))
    assert metrics["messages_sent"] == THREADS * EACH
    assert manager.get_failure_analysis()["total_failures"] == THREADS * EACH - sum(results)
