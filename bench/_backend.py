"""The reference backend and its peers as processes to be measured: pinned to one core, their clients to another."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psutil
from websockets.asyncio.client import ClientConnection, connect

from agent_backend.context import Account, Kind, Principal, SystemClock, UnifiedIDManager
from agent_backend.identity import AuthTicketManager
from agent_backend.identity.sessions import Sessions
from agent_backend.identity.tokens import SignedTokens, SigningKeys
from agent_backend.storage import AccountStore, DatabaseManager, RedisStore, SessionStore

SECRET = "a secret key for benchmarks only, 0123456789 abc"
SERVER_CORE, CLIENT_CORE = 0, 1

ECHO = """
import asyncio, socket, sys, uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
async def echo(websocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)
app = Starlette(routes=[WebSocketRoute("/ws", echo)])
listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
print('{"url": "http://127.0.0.1:%d"}' % listener.getsockname()[1], flush=True)
config = uvicorn.Config(app, http="h11", ws="websockets-sansio", ws_per_message_deflate=False, lifespan="off",
                        log_level="warning", access_log=False, loop="uvloop")
uvicorn.Server(config).run([listener])
"""
SOCKETIO = """
import socket, sys, socketio, uvicorn
server = socketio.AsyncServer(async_mode="asgi", client_manager=socketio.AsyncRedisManager(sys.argv[1]))
@server.event
async def connect(sid, environ):
    await server.enter_room(sid, environ["QUERY_STRING"].split("user=")[1].split("&")[0])
app = socketio.ASGIApp(server)
listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
print('{"url": "http://127.0.0.1:%d"}' % listener.getsockname()[1], flush=True)
config = uvicorn.Config(app, ws="websockets-sansio", ws_per_message_deflate=False, lifespan="off",
                        log_level="warning", access_log=False, loop="uvloop")
uvicorn.Server(config).run([listener])
"""

SOCKETIO_EMIT = SOCKETIO.replace(
    "app = socketio",
    """
@server.event
async def go(sid, data):
    for number in range(data["events"]):
        await server.emit("event", data["event"] | {"seq": number + 1}, room="ada")
app = socketio""",
    1,
)
OUR_EMIT = """
import asyncio, contextlib, json, socket, sys, uvicorn
from agent_backend.context import Kind, Principal, SystemClock, UnifiedIDManager
from agent_backend.events import ConnectionEvents, RunEvents
from agent_backend.realtime import ClientSocket, Connection, RunFollower, SocketLimits, UnifiedWebSocketManager
from agent_backend.storage import Announcements
clock = SystemClock(); ids = UnifiedIDManager(clock); limits = SocketLimits()
ada = Principal(ids.new(Kind.TENANT), ids.new(Kind.USER))
manager = UnifiedWebSocketManager(clock)
async def produce(follower, count):
    run = ids.new(Kind.RUN)
    events = RunEvents(run_id=run, thread_id=ids.new(Kind.THREAD), epoch=1, now=clock.now)
    for number in range(count):
        event = events.agent_thinking("a", f"thought {number}", 1, 0.5).numbered(number + 1)
        assert follower.publish(ada, event).queued == 1
        await asyncio.sleep(0)
        for one in manager.sockets():
            if one.backlog > 100:
                await one.drained(10)
async def app(scope, receive, send):
    await receive()
    connection = Connection(ids.new(Kind.CONNECTION), ConnectionEvents(clock.now), clock.monotonic(), limits)
    one = ClientSocket(ada, connection, receive, send, clock, limits)
    manager.add(ada, one)
    try:
        await one.accept()
        async def answer(_, message):
            await produce(app.follower, message.after)
        await one.run(answer)
    finally:
        manager.remove(ada, one)
async def main():
    async with Announcements.open(sys.argv[1], "bench") as announcements:
        app.follower = RunFollower(None, manager, announcements, clock)
        listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        print('{"url": "http://127.0.0.1:%d"}' % listener.getsockname()[1], flush=True)
        config = uvicorn.Config(app, ws="websockets-sansio", ws_per_message_deflate=False, lifespan="off",
                                log_level="warning", access_log=False)
        await uvicorn.Server(config).serve([listener])
import uvloop
uvloop.run(main())
"""


@dataclass(frozen=True)
class Server:
    """A process that serves sockets."""

    url: str
    process: psutil.Process

    @property
    def address(self) -> str:
        return f"ws://{urlsplit(self.url).netloc}"

    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> int:
        return int(self.process.memory_info().rss)


@contextlib.contextmanager
def serving(*command: str, **variables: str) -> Iterator[Server]:
    """A server on its own core, until the block is left."""
    process = subprocess.Popen(
        [sys.executable, *command], env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        served = psutil.Process(process.pid)
        served.cpu_affinity([SERVER_CORE])
        yield Server(url, served)
    finally:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def backend(database_url: str, redis_url: str) -> contextlib.AbstractContextManager[Server]:
    """An instance of the reference backend."""
    return serving(
        *("-m", "agent_backend", "serve", "--port", "0"),
        AGENT_BACKEND_DATABASE_URL=database_url,
        AGENT_BACKEND_REDIS_URL=redis_url,
        AGENT_BACKEND_SECRET_KEY=SECRET,
        AGENT_BACKEND_LOG_LEVEL="WARNING",
    )


class Visitors:
    """Users of the backend, made and let in without its help, so that it is only measured at its work."""

    def __init__(self, database: DatabaseManager, redis: RedisStore) -> None:
        self._clock = SystemClock()
        self._ids = UnifiedIDManager(self._clock)
        tokens = SignedTokens(lambda: SigningKeys(SECRET, None), self._clock, self._ids)
        self._accounts = AccountStore(database)
        self._sessions = Sessions(SessionStore(database), tokens, _Nobody(), self._clock, self._ids)
        self._tickets = AuthTicketManager(redis, self._clock)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, database_url: str, redis_url: str) -> AsyncIterator[Visitors]:
        database = await DatabaseManager.open(database_url, max_size=4)
        redis = await RedisStore.open(redis_url)
        try:
            yield cls(database, redis)
        finally:
            await redis.close()
            await database.close()

    async def new(self) -> Principal:
        """A user of a tenant of his own, logged in."""
        account = Account(self._ids.new(Kind.TENANT), self._ids.new(Kind.USER), "ada@example.test", "no password")
        assert await self._accounts.add_tenant(account.tenant_id, account)
        pair = await self._sessions.open(account)
        return await self._sessions.authenticate(pair.access.text)

    async def path(self, principal: Principal) -> str:
        """Where this user connects, once."""
        ticket = await self._tickets.generate_ticket(principal, timedelta(hours=1))
        return f"/ws?ticket={ticket.text}"


class _Nobody:
    async def session_ended(self, _: Any) -> None:
        return


async def connected(server: Server, path: str, greetings: int = 1) -> ClientConnection:
    """A socket that has been greeted."""
    socket = await connect(server.address + path, compression=None, ping_interval=None, max_queue=None)
    for _ in range(greetings):
        await socket.recv()
    return socket


async def closed(sockets: list[ClientConnection]) -> None:
    await asyncio.gather(*(socket.close() for socket in sockets))
