"""Routes of what was asked and answered."""

from __future__ import annotations

from dataclasses import asdict

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.context import Kind, is_id
from agent_backend.storage import Message, Thread
from agent_backend.web.requests import caller, services


async def threads(request: Request) -> Response:
    """The caller's threads, newest first."""
    found = await services(request).threads.recent(caller(request))
    return JSONResponse({"threads": [_plain(thread) for thread in found]})


async def messages(request: Request) -> Response:
    """The messages of one of the caller's threads; any other thread does not exist."""
    owner, thread_id = caller(request), request.path_params["thread_id"]
    found = await services(request).threads.messages(owner, thread_id) if is_id(thread_id, Kind.THREAD) else None
    if found is None:
        raise HTTPException(404)
    return JSONResponse({"messages": [_plain(message) for message in found]})


def _plain(row: Thread | Message) -> dict[str, object]:
    return asdict(row) | {"created_at": row.created_at.isoformat()}
