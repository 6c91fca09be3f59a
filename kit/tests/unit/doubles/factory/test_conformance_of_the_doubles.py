"""The conformance suites on the doubles: they do what the real things do, or the suite fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
import redis.asyncio
import starlette.websockets
from sqlalchemy.ext.asyncio import AsyncSession

from goldenpath.doubles import SSotMockFactory, answer_with, client_of
from goldenpath.doubles.conformance import (
    DatabaseSessionConformance,
    LLMClientConformance,
    RedisClientConformance,
    WebSocketConformance,
)
from goldenpath.doubles.kinds.websocket import ScriptedClient


class PatientClient:
    """The scripted client, as the suite speaks to it."""

    def __init__(self, client: ScriptedClient) -> None:
        self._client = client
        self._heard = 0

    async def say(self, data: str | bytes) -> None:
        self._client.say(data)

    async def hear(self) -> str | bytes:
        frames = [message for message in self._client.heard if message["type"] == "websocket.send"]
        self._heard += 1
        frame = frames[self._heard - 1]
        data: str | bytes = frame.get("text", frame.get("bytes"))
        return data

    async def hang_up(self, code: int, reason: str) -> None:
        self._client.hang_up(code, reason)

    async def goodbye(self) -> tuple[int, str]:
        last = self._client.heard[-1]
        assert last["type"] == "websocket.close"
        return last["code"], last["reason"]


BOUND = SSotMockFactory(
    interfaces={
        "websocket": starlette.websockets.WebSocket,
        "database_session": AsyncSession,
        "redis_client": redis.asyncio.Redis,
        "llm_client": openai.AsyncOpenAI,
    }
)
"""A factory whose kinds are compiled from the real classes."""


@pytest.fixture(params=["built in", "bound"], autouse=True)
def maker(request: pytest.FixtureRequest) -> None:
    if request.instance is not None:
        request.instance.factory = SSotMockFactory(interfaces={}) if request.param == "built in" else BOUND


class OnBothInterfaces:
    """Every body runs on the built-in interface and on the one compiled from the real class."""

    factory: SSotMockFactory


@pytest.mark.asyncio
class TestWebSocketDouble(OnBothInterfaces, WebSocketConformance):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[Any, PatientClient]]:
        socket = self.factory.create_websocket_mock()
        yield socket, PatientClient(client_of(socket))


@pytest.mark.asyncio
class TestDatabaseSessionDouble(OnBothInterfaces, DatabaseSessionConformance):
    @asynccontextmanager
    async def open(
        self, rows: Sequence[tuple[Any, ...]] = ((1, "ada"), (2, "bob")), columns: Sequence[str] = ("id", "name")
    ) -> AsyncIterator[tuple[Any, Any]]:
        session = self.factory.create_database_session_mock()
        answer_with(session, rows, columns)
        yield session, "SELECT id, name FROM people"


@pytest.mark.asyncio
class TestRedisClientDouble(OnBothInterfaces, RedisClientConformance):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[Any]:
        yield self.factory.create_redis_client_mock()


@pytest.mark.asyncio
class TestLLMClientDouble(OnBothInterfaces, LLMClientConformance):
    @asynccontextmanager
    async def open(self, answer: str) -> AsyncIterator[Any]:
        yield self.factory.create_llm_client_mock(answer)


def bodies(suite: type) -> list[tuple[type, str]]:
    return [(suite, name) for name in dir(suite) if name.startswith("test_")]


BODIES = [
    *bodies(TestWebSocketDouble),
    *bodies(TestDatabaseSessionDouble),
    *bodies(TestRedisClientDouble),
    *bodies(TestLLMClientDouble),
]


class Mute:
    """Something that answers None to everything, awaited or not: it conforms to nothing."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: self

    def __await__(self) -> Any:
        yield from ()

    def __aiter__(self) -> Mute:
        return self

    async def __anext__(self) -> None:
        raise StopAsyncIteration

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *error: object) -> None:
        return None

    def __iter__(self) -> Any:
        return iter(())


@pytest.mark.asyncio
@pytest.mark.parametrize(("suite", "body"), BODIES)
async def test_every_body_of_every_suite_can_fail(suite: type, body: str) -> None:
    class OnNothing(suite):  # type: ignore[misc]
        @asynccontextmanager
        async def open(self, *args: Any) -> AsyncIterator[Any]:
            yield (Mute(), Mute()) if suite in (TestWebSocketDouble, TestDatabaseSessionDouble) else Mute()

    with pytest.raises(Exception):  # noqa: B017
        await getattr(OnNothing(), body)()
