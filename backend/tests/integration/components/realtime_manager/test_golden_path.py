"""The way through the manager from the first handshake to the stored answer, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from starlette.routing import WebSocketRoute

from agent_backend.context import Kind
from agent_backend.realtime import UnifiedWebSocketManager
from agent_backend.storage import StoreUnavailable
from agent_backend.web import create_app
from goldenpath import ServiceStack
from goldenpath.live import ConnectionRejected

pytestmark = pytest.mark.asyncio

PATIENCE = 60.0
QUESTION = {"type": "ask", "thread_id": None, "text": "What do we spend?", "client_message_id": "message-1"}


@pytest.fixture(scope="module")
def own_redis() -> Iterator[ServiceStack]:
    """A Redis that a test may stop."""
    with ServiceStack("redis") as stack:
        yield stack


async def test_the_whole_journey_from_registering_to_the_stored_answer(instance: Any) -> None:
    async with httpx2.AsyncClient(base_url=instance.url, timeout=PATIENCE) as http:
        someone = {
            "tenant": instance.services.ids.new(Kind.TENANT),
            "email": "a@b.test",
            "password": "correct horse",
        }
        assert (await http.post("/api/register", json=someone)).is_success
        token = (await http.post("/api/login", json=someone)).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        call = {"occurred_at": "2026-11-01T10:00:00Z", "team": "search", "model": "large", "prompt_tokens": 1}
        call |= {"completion_tokens": 1, "latency_ms": 1, "cost": "12.5"}
        assert (await http.post("/api/usage", json={"records": [call]})).is_success
        ticket = (await http.post("/api/tickets", json={})).json()["ticket"]
        async with instance.utility().client("a@b.test", ticket=ticket) as client:
            await client.wait_for_event("connection_established")
            assert instance.sockets.report()["sockets"] >= 1
            await client.send(QUESTION)
            answer = await client.wait_for_event("agent_completed")
            report = client.report()
        assert report.ok, report.explain()
        (thread,) = (await http.get("/api/threads")).json()["threads"]
        messages = (await http.get(f"/api/threads/{thread['id']}/messages")).json()["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert messages[1]["data"] == answer["payload"]["result"]
    assert messages[1]["data"]["cost"] == "12.500000000"


async def test_a_message_that_races_the_handshake_is_handled_after_it_and_once(instance: Any) -> None:
    owner = await instance.found()
    async with instance.utility().client("racer", ticket=instance.ticket(owner)) as client:
        await client.send(QUESTION)
        await client.wait_for_event("agent_completed")
        kinds = [event["type"] for event in client.received]
        assert kinds[0] == "connection_established"
        assert kinds.count("agent_started") == 1
    assert len(await instance.services.threads.recent(owner)) == 1


async def test_without_redis_no_socket_is_opened_and_those_that_are_open_are_still_served(
    start_instance: Any, own_redis: ServiceStack, story: Any, ssot_case: Any
) -> None:
    async with start_instance(REDIS_URL=own_redis["redis"].url) as instance:
        owner = await instance.found()
        spare = (await instance.services.tickets.generate_ticket(owner)).text
        async with instance.client(owner) as client:
            own_redis["redis"].stop()
            with pytest.raises(StoreUnavailable, match="Redis"):
                await instance.services.tickets.generate_ticket(owner)
            with pytest.raises(ConnectionRejected) as refused:
                await instance.utility().connected_client("late", ticket=spare)
            assert refused.value.status == 503
            for event in story(instance):
                instance.sockets.deliver(owner, event)
            await client.wait_for_event("agent_completed")
        own_redis["redis"].restart()

        async def works_again() -> bool:
            try:
                await instance.services.redis.ping()
            except StoreUnavailable:
                return False
            return True

        await ssot_case.wait_for_condition(works_again, timeout=PATIENCE)
        async with instance.client(owner) as client:
            await client.send(QUESTION)
            assert (await client.wait_for_event("agent_completed"))["payload"]["status"] == "completed"


async def test_every_socket_of_an_instance_comes_to_the_one_manager_that_the_application_was_built_with(
    instance: Any, start_instance: Any
) -> None:
    owner, services = await instance.found(), instance.services
    application = create_app(services)
    (route,) = [route for route in application.routes if isinstance(route, WebSocketRoute)]
    assert route.endpoint is services.running.endpoint
    assert application.state.services.sockets is services.running.sockets
    assert isinstance(services.sockets, UnifiedWebSocketManager)
    async with start_instance(beside=instance) as other:
        assert other.sockets is not services.sockets
        async with instance.client(owner), instance.client(owner), other.client(owner):
            assert len(services.sockets.of(owner).sockets) == 2
            assert len(other.sockets.of(owner).sockets) == 1
