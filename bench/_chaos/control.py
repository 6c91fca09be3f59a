"""The same clients, faults and ledger over a server that promises nothing: who sees no loss here is blind."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import redis
from websockets.asyncio.client import ClientConnection

from _chaos.clients import Heard, opened
from _chaos.faults import Fault
from _chaos.fleet import Fleet, Instance
from _chaos.ledger import LoggedRun, Story, judge
from _chaos.storm import Storm, Weather

COMMAND = (str(Path(__file__).with_name("socketio_instance.py")),)
BOUND = 10.0
"""Seconds to wait for the rest of a run: nobody goes on with it, so more would only take longer."""


class SocketIo:
    """Implements `Dialect`: Socket.IO over Engine.IO 4."""

    async def enter(self, instance: Instance, user: str) -> ClientConnection:
        path = f"/socket.io/?EIO=4&transport=websocket&user={user}"
        socket = await opened(f"ws://{urlsplit(instance.url).netloc}{path}")
        await socket.recv()
        await socket.send("40")
        await socket.recv()
        return socket

    async def open(self, socket: ClientConnection, story: Story) -> None:
        run = {"run": f"{story.user} {story.message_id}", "user": story.user}
        await socket.send("42" + json.dumps(["ask", run]))

    def hear(self, frame: str) -> Heard | str | None:
        if frame == "2":
            return "3"
        if not frame.startswith("42"):
            return None
        event = json.loads(frame[2:])[1]
        return Heard(event["type"], event["run_id"], event["seq"], event["payload"])


def log(url: str) -> list[LoggedRun]:
    """What the server says it has sent."""
    runs = []
    with redis.Redis.from_url(url) as store:
        for run_id, user in store.hgetall("runs").items():
            events = [json.loads(each) for each in store.lrange(b"log:" + run_id, 0, -1)]
            by_number = {event["seq"]: (event["type"], event["payload"]) for event in events}
            ended = bool(events) and events[-1]["type"] == "agent_completed"
            message = run_id.decode().partition(" ")[2]
            runs.append(LoggedRun(run_id.decode(), user.decode(), message, ended, by_number))
    return runs


async def _nothing(_: Instance) -> None:
    return


async def control(weather: Weather, stores: tuple[str, str]) -> dict[str, object]:
    """What the same storm does to it."""
    with tempfile.TemporaryDirectory() as folder:
        async with Fleet.open(weather.instances, COMMAND, stores, Path(folder), _nothing, _nothing) as fleet:
            storm = Storm(weather, fleet)
            users = [f"user-{number}" for number in range(weather.tenants * weather.users)]
            await storm.rage(SocketIo(), users, BOUND)
            verdict = judge([*storm.stories, *storm.tabs], await asyncio.to_thread(log, stores[1]))
    return {
        "control": "python-socketio with Redis",
        "control_runs": verdict.runs,
        "control_kills": storm.fleet.done[Fault.KILL],
        "control_lost": verdict.lost,
        "control_duplicated": verdict.duplicated,
        "control_out_of_order": verdict.out_of_order,
        "control_unfinished": verdict.unfinished,
    }
