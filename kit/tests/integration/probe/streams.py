"""A small AG-UI server on the published models: POST RunAgentInput, server-sent events back; and ways to fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ag_ui.core import RunAgentInput


def events_of(asked: RunAgentInput, faults: frozenset[str]) -> list[dict[str, Any]]:
    run = {"threadId": asked.thread_id, "runId": asked.run_id}
    told = [
        {"type": "RUN_STARTED", **run},
        {"type": "TEXT_MESSAGE_START", "messageId": "m1"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m1", "delta": str(asked.messages[0].content)},
        {"type": "TEXT_MESSAGE_END", "messageId": "m1"},
        {"type": "RUN_FINISHED", **run},
    ]
    if "lies" in faults:
        told[1], told[2] = told[2], told[1]
    return told


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, faults: frozenset[str]) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:"))
    body = await reader.readexactly(length)
    try:
        told = events_of(RunAgentInput.model_validate_json(body), faults)
    except ValueError:
        status = b"500 Internal Server Error" if "falls over" in faults else b"422 Unprocessable Content"
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        return
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    for event in told[: 3 if "cuts off" in faults else None]:
        data = b"data: " + json.dumps(event).encode() + b"\n\n"
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await writer.drain()
    if "cuts off" not in faults:
        writer.write(b"0\r\n\r\n")


@asynccontextmanager
async def ag_ui(*faults: str) -> AsyncIterator[str]:
    """The server on a free port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer, frozenset(faults))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/run"
    finally:
        server.close()
