"""A server of a few lines, as many are: python-socketio, instances joined by Redis, work in a background task.

It keeps its own log, a list in Redis for each run, so that there is a truth to hold its clients' stories against.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys

import socketio
import uvicorn
from redis.asyncio import Redis

from agent_backend.cli.output import write_event

EVENTS = 16
PACE = 0.06

url = os.environ["AGENT_BACKEND_REDIS_URL"]
log = Redis.from_url(url)
server = socketio.AsyncServer(async_mode="asgi", client_manager=socketio.AsyncRedisManager(url))


@server.event
async def connect(sid, environ):
    await server.enter_room(sid, environ["QUERY_STRING"].split("user=")[1].split("&")[0])


@server.event
async def ask(sid, run):
    if await log.hsetnx("runs", run["run"], run["user"]):
        server.start_background_task(work, run["run"], run["user"])


async def work(run_id, user):
    for seq in range(1, EVENTS + 1):
        kind = "agent_completed" if seq == EVENTS else "agent_thinking"
        event = {"type": kind, "run_id": run_id, "seq": seq, "payload": {"progress": seq / EVENTS}}
        await log.rpush(f"log:{run_id}", json.dumps(event))
        await server.emit("event", event, room=user)
        await asyncio.sleep(PACE)


async def main():
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        write_event("ready", url=f"http://127.0.0.1:{listener.getsockname()[1]}", pid=os.getpid())
        config = uvicorn.Config(socketio.ASGIApp(server), log_level="warning", lifespan="off", ws="websockets-sansio")
        await uvicorn.Server(config).serve([listener])


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
