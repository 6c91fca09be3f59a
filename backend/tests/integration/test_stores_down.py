from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from goldenpath import ServiceStack


@pytest.fixture
def stack() -> Iterator[ServiceStack]:
    """Stores that a test may stop."""
    with ServiceStack("postgres", "redis") as stack:
        yield stack


@pytest.fixture
def backend(stack: ServiceStack, start_backend: Callable[..., Any]) -> Any:
    return start_backend(stack)


def until_ready(backend: Any) -> None:
    while httpx2.get(f"{backend.url}/readyz").status_code != 200:
        pass


def test_without_redis_nothing_pretends_to_work_and_with_it_all_works_again(backend: Any, stack: ServiceStack) -> None:
    visitor = backend.visitor()
    ticket = visitor.ticket()
    with visitor.connected() as tab:
        stack["redis"].stop()
        ready = httpx2.get(f"{backend.url}/readyz")
        assert (ready.status_code, ready.json()["postgres"], ready.json()["redis"]) == (503, "ok", "unavailable")
        assert httpx2.get(f"{backend.url}/healthz").status_code == 200
        refused = visitor.request("POST", "/api/tickets")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "store_unavailable")
        with pytest.raises(InvalidStatus) as handshake, visitor.open(ticket):
            pass
        assert handshake.value.response.status_code == 503
        tab.ask()
        assert tab.receive_run()[-1]["type"] == "agent_completed"
    stack["redis"].restart()
    until_ready(backend)
    with visitor.connected() as tab:
        tab.ask()
        assert tab.receive_run()[-1]["type"] == "agent_completed"


def test_without_postgresql_a_question_is_refused_and_can_be_asked_again(backend: Any, stack: ServiceStack) -> None:
    visitor = backend.visitor()
    with visitor.connected() as tab:
        stack["postgres"].stop()
        ready = httpx2.get(f"{backend.url}/readyz", timeout=30)
        assert (ready.status_code, ready.json()["postgres"], ready.json()["redis"]) == (503, "unavailable", "ok")
        message_id = tab.ask()
        refused = tab.receive()
        assert (refused["type"], refused["payload"]["code"]) == ("error", "store_unavailable")
        assert (refused["payload"]["client_message_id"], refused["payload"]["retryable"]) == (message_id, True)
        assert visitor.request("GET", "/api/threads").status_code == 503
        stack["postgres"].restart()
        until_ready(backend)
        tab.ask(message_id=message_id)
        assert tab.receive_run()[-1]["type"] == "agent_completed"
    assert len(visitor.must("GET", "/api/threads")["threads"]) == 1
