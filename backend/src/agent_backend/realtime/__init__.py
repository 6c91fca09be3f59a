"""Sockets: a handshake by ticket, one frame per event, and no reader slow enough to hold up another."""

from __future__ import annotations

from agent_backend.realtime.allowance import SocketLimits
from agent_backend.realtime.bridge import AgentWebSocketBridge, ForeignRun
from agent_backend.realtime.client_socket import ClientSocket, Offer
from agent_backend.realtime.connection import Connection, IllegalMove, State
from agent_backend.realtime.disconnects import Disconnect
from agent_backend.realtime.emitter import UnifiedWebSocketEmitter
from agent_backend.realtime.endpoint import SocketEndpoint
from agent_backend.realtime.following import RunFollower
from agent_backend.realtime.manager import (
    Delivery,
    ForeignSocket,
    Quiet,
    TooManySockets,
    UnifiedWebSocketManager,
    UserSockets,
)
from agent_backend.realtime.origins import Origins
from agent_backend.realtime.sessions import SessionChecks, SessionNews

__all__ = [
    "AgentWebSocketBridge",
    "ClientSocket",
    "Connection",
    "Delivery",
    "Disconnect",
    "ForeignRun",
    "ForeignSocket",
    "IllegalMove",
    "Offer",
    "Origins",
    "Quiet",
    "RunFollower",
    "SessionChecks",
    "SessionNews",
    "SocketEndpoint",
    "SocketLimits",
    "State",
    "TooManySockets",
    "UnifiedWebSocketEmitter",
    "UnifiedWebSocketManager",
    "UserSockets",
]
