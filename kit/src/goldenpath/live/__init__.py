"""Real WebSockets for tests: nothing hangs, nothing fails silently."""

from __future__ import annotations

from goldenpath.live.client import WebSocketTestClient
from goldenpath.live.errors import (
    CloseUnanswered,
    ConnectionEnded,
    ConnectionRejected,
    ContractBroken,
    HandshakeFailed,
    LiveError,
    MalformedFrame,
    ReaderFailed,
    ReceiveTimeout,
    ResumeBroken,
    SendTimeout,
    ServerFailed,
    ServerHung,
    UnexpectedFrame,
)
from goldenpath.live.lifespan import LifespanFailed
from goldenpath.live.resume import Resume, RunCursors
from goldenpath.live.utility import WebSocketTestUtility
from goldenpath.live.wire import Ending

__all__ = [
    "CloseUnanswered",
    "ConnectionEnded",
    "ConnectionRejected",
    "ContractBroken",
    "Ending",
    "HandshakeFailed",
    "LifespanFailed",
    "LiveError",
    "MalformedFrame",
    "ReaderFailed",
    "ReceiveTimeout",
    "ResumeBroken",
    "Resume",
    "RunCursors",
    "SendTimeout",
    "ServerFailed",
    "ServerHung",
    "UnexpectedFrame",
    "WebSocketTestClient",
    "WebSocketTestUtility",
]
