"""The conformance suites on the real things: what they demand of the doubles is what these do."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
import redis.asyncio
import uvicorn
from sqlalchemy import Integer, String, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect

from goldenpath import ServiceStack
from goldenpath.doubles.conformance import (
    DatabaseSessionConformance,
    LLMClientConformance,
    RedisClientConformance,
    WebSocketConformance,
)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application over a real socket of this loop, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, ws="websockets-sansio"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        host, port = listener.getsockname()
        try:
            yield f"{host}:{port}"
        finally:
            server.should_exit = True
            await serving


class RemoteClient:
    """The websockets library at the other end, as the suite speaks to it."""

    def __init__(self, connecting: asyncio.Task[ClientConnection]) -> None:
        self._connecting = connecting

    async def say(self, data: str | bytes) -> None:
        await (await self._connecting).send(data)

    async def hear(self) -> str | bytes:
        return await (await self._connecting).recv()

    async def hang_up(self, code: int, reason: str) -> None:
        await (await self._connecting).close(code, reason)

    async def goodbye(self) -> tuple[int, str]:
        connection = await self._connecting
        await connection.wait_closed()
        assert connection.close_code is not None
        return connection.close_code, connection.close_reason or ""


@pytest.mark.asyncio
class TestStarletteWebSocket(WebSocketConformance):
    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[WebSocket, RemoteClient]]:
        sockets: asyncio.Queue[WebSocket] = asyncio.Queue()
        done = asyncio.Event()

        async def handler(websocket: WebSocket) -> None:
            await sockets.put(websocket)
            await done.wait()

        async with served(Starlette(routes=[WebSocketRoute("/", handler)])) as address:

            async def knock() -> ClientConnection:
                return await connect(f"ws://{address}/", compression=None)

            connecting = asyncio.create_task(knock())
            try:
                yield await sockets.get(), RemoteClient(connecting)
            finally:
                done.set()
                (connection,) = await asyncio.gather(connecting, return_exceptions=True)
                if isinstance(connection, ClientConnection):
                    await connection.close()


@pytest.mark.asyncio
class TestSqlAlchemySession(DatabaseSessionConformance):
    @pytest.fixture(autouse=True)
    def _server(self, services: ServiceStack) -> None:
        self.url = services["postgres"].url.replace("postgresql://", "postgresql+asyncpg://", 1)

    @asynccontextmanager
    async def open(
        self, rows: Sequence[tuple[Any, ...]] = ((1, "ada"), (2, "bob")), columns: Sequence[str] = ("id", "name")
    ) -> AsyncIterator[tuple[AsyncSession, Any]]:
        engine = create_async_engine(self.url)
        try:
            async with AsyncSession(engine) as session:
                yield session, answering(rows, columns)
        finally:
            await engine.dispose()


def answering(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> Any:
    """A statement that PostgreSQL answers with these rows, in this order."""
    if not rows:
        return select(*(literal(None).label(name) for name in columns)).where(literal(1) == literal(2))
    types = {int: Integer, str: String}
    selects = [
        select(*(literal(value, types[type(value)]).label(name) for name, value in zip(columns, row, strict=True)))
        for row in rows
    ]
    return union_all(*selects).order_by(columns[0]) if len(selects) > 1 else selects[0]


@pytest.mark.asyncio
class TestRedisPy(RedisClientConformance):
    @pytest.fixture(autouse=True)
    def _server(self, services: ServiceStack) -> None:
        self.url = services["redis"].url

    @asynccontextmanager
    async def open(self) -> AsyncIterator[redis.asyncio.Redis]:
        async with redis.asyncio.Redis.from_url(self.url) as client:
            await client.flushdb()
            yield client


@pytest.mark.asyncio
class TestOpenAiClient(LLMClientConformance):
    @asynccontextmanager
    async def open(self, answer: str) -> AsyncIterator[openai.AsyncOpenAI]:
        async with served(Starlette(routes=[Route("/v1/chat/completions", endpoint(answer), methods=["POST"])])) as at:
            async with openai.AsyncOpenAI(base_url=f"http://{at}/v1", api_key="none", max_retries=0) as client:
                yield client


def endpoint(answer: str) -> Any:
    """An OpenAI-compatible endpoint whose model says one thing."""

    async def complete(request: Request) -> Response:
        asked = await request.json()
        head = {"id": "chatcmpl-1", "created": 1, "model": asked["model"]}
        if asked.get("stream"):
            return StreamingResponse(stream(head), media_type="text/event-stream")
        words = sum(len(message["content"].split()) for message in asked["messages"])
        count = len(answer.split())
        return JSONResponse(
            {
                **head,
                "object": "chat.completion",
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": answer}}],
                "usage": {"prompt_tokens": words, "completion_tokens": count, "total_tokens": words + count},
            }
        )

    async def stream(head: dict[str, Any]) -> AsyncIterator[str]:
        deltas = [({"content": f"{word} "}, None) for word in answer.split(" ")]
        deltas[-1] = ({"content": answer.split(" ")[-1]}, None)
        for delta, reason in [*deltas, ({}, "stop")]:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            yield f"data: {json.dumps({**head, 'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"
        yield "data: [DONE]\n\n"

    return complete
