"""What an ASGI application is, and what its errors mean."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

DISCONNECTS: Final = (
    ("starlette.websockets", "WebSocketDisconnect"),
    ("uvicorn.protocols.utils", "ClientDisconnected"),
)
"""What frameworks raise when the client has left, and let out of the application where nobody caught it."""


class ClientGone(OSError):
    """What an application is told that sends to a client that left, as ASGI has it."""


def tells_of_the_client_leaving(error: BaseException) -> bool:
    """Whether an application ended with this because of nothing but its client's leaving."""
    if isinstance(error, BaseExceptionGroup):
        return all(tells_of_the_client_leaving(each) for each in error.exceptions)
    known = (getattr(sys.modules.get(module), name, None) for module, name in DISCONNECTS)
    return isinstance(error, (ClientGone, *(kind for kind in known if isinstance(kind, type))))
