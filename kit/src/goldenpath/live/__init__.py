"""Real WebSockets for tests: nothing hangs, nothing fails silently."""

from __future__ import annotations

from goldenpath.live.client import WebSocketTestClient
from goldenpath.live.errors import (
    ConnectionEnded,
    ConnectionRejected,
    ContractBroken,
    HandshakeFailed,
    LiveError,
    MalformedFrame,
    ReceiveTimeout,
)
from goldenpath.live.utility import WebSocketTestUtility

__all__ = [
    "ConnectionEnded",
    "ConnectionRejected",
    "ContractBroken",
    "HandshakeFailed",
    "LiveError",
    "MalformedFrame",
    "ReceiveTimeout",
    "WebSocketTestClient",
    "WebSocketTestUtility",
]
