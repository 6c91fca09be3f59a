"""A small agent service on real WebSockets, and every way in which it can fail to keep its promises."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Request, Response, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

SIZE = 65_536
RATE = 50
HOSTILE = "\x1b]0;owned\x07<script>alert(1)</script>"
SCENARIO = """
name = "ours"
[connect]
query = {user = "{user}-of-{tenant}"}
ready = "connection_established"
[ask]
message = {type = "ask", text = "about {canary}"}
[resume]
message = {type = "resume", run = "{run}", after = "{seq}"}
[load]
rate = 20.0
ramp = 0.0
duration = 0.5
[faults]
cut_after = 2
garbage = true
oversize = 100_000
flood = 200
flood_message = {type = "heartbeat"}
slow_reader = 2
[limits]
connect_seconds = 60.0
answer_seconds = 60.0
budget = 300.0
rate = 60.0
"""


@dataclass
class Service:
    """Keeps every promise but those that `faults` names."""

    faults: frozenset[str] = frozenset()
    logs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    sockets: set[ServerConnection] = field(default_factory=set)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    guests: set[str] = field(default_factory=set)
    entered: asyncio.Event = field(default_factory=asyncio.Event)

    def knock(self, connection: ServerConnection, request: Request) -> Response | None:
        if "open door" in self.faults or self.user(request.path):
            return None
        return connection.respond(HTTPStatus.UNAUTHORIZED, "who are you?\n")

    @staticmethod
    def user(path: str) -> str:
        return "".join(parse_qs(urlsplit(path).query).get("user", [""]))

    async def talk(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        user = self.user(socket.request.path)
        self.sockets.add(socket)
        self.guests.add(user)
        self.entered.set()
        try:
            await socket.send(json.dumps({"type": "connection_established"}))
            for count in range(1_000_000):
                frame = await socket.recv()
                if count > RATE and "no rate limit" not in self.faults:
                    await socket.close(3501, "too many messages")
                    return
                await self.answer(socket, user, frame)
        except ConnectionClosed:
            pass
        finally:
            self.sockets.discard(socket)

    async def answer(self, socket: ServerConnection, user: str, frame: str | bytes) -> None:
        match message_in(frame):
            case {"type": "ask", "text": str(text)}:
                self.asked.set()
                await self.run(socket, user, text)
            case {"type": "resume", "run": str(run), "after": int(after)}:
                await self.resume(socket, user, run, after)
            case {"type": "heartbeat"}:
                pass
            case _:
                if "falls over" in self.faults:
                    raise RuntimeError(frame)
                if "swallows" not in self.faults:
                    await socket.send(json.dumps({"type": "error", "message": "that is no message"}))

    async def run(self, socket: ServerConnection, user: str, text: str) -> None:
        if "mute" in self.faults or ("mute to the second process" in self.faults and user.endswith(("-3", "-4"))):
            return
        if "slow" in self.faults:
            await asyncio.sleep(0.05)
        run = f"run-{len(self.logs):06}"
        self.owners[run] = user
        self.logs[run] = [
            {"type": type_, "run_id": run, "seq": seq, "payload": payload}
            for seq, (type_, payload) in enumerate(self.events(text), 1)
        ]
        for event in self.logs[run]:
            everybody = [*self.sockets] if "leaks" in self.faults else [socket]
            for each in everybody:
                await each.send("%%%" if "garbage" in self.faults else json.dumps(event))

    def events(self, text: str) -> list[tuple[str, dict[str, Any]]]:
        call = {"tool_call_id": "call-1", "tool_name": "sum"}
        told = [
            ("agent_started", {"task": text}),
            ("agent_thinking", {"reasoning": "", "step": 1, "progress": 0.5}),
            ("tool_executing", {**call, "parameters": {}}),
            ("tool_completed", {**call, "result": 2, "duration_ms": 1, "ok": True}),
            ("agent_completed", {"status": "completed", "result": "", "duration_ms": 2}),
        ]
        if "lies" in self.faults:
            told[2], told[3] = told[3], told[2]
        if "hostile" in self.faults:
            told.insert(1, (HOSTILE, {}))
        if "stops" in self.faults:
            told.pop()
        return told

    async def resume(self, socket: ServerConnection, user: str, run: str, after: int) -> None:
        if self.owners.get(run) != user and "resumes anything" not in self.faults:
            await socket.send(json.dumps({"type": "reset", "run_id": run}))
            return
        if "resets" in self.faults:
            await socket.send(json.dumps({"type": "reset", "run_id": run}))
            return
        after += ("loses" in self.faults) - ("repeats" in self.faults)
        for event in self.logs[run][after:]:
            await socket.send(json.dumps(event))


def message_in(frame: str | bytes) -> Any:
    try:
        return json.loads(frame)
    except (ValueError, RecursionError):
        return None


@asynccontextmanager
async def service(*faults: str) -> AsyncIterator[tuple[str, Service]]:
    """The service on a free port."""
    agents = Service(frozenset(faults))
    size = None if "no size limit" in faults else SIZE
    options: dict[str, Any] = {"process_request": agents.knock, "max_size": size, "max_queue": None}
    async with serve(agents.talk, "127.0.0.1", 0, **options) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/ws", agents


@asynccontextmanager
async def silence() -> AsyncIterator[str]:
    """Something that listens, and never says a word."""
    over = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    try:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws"
    finally:
        over.set()
        server.close()
