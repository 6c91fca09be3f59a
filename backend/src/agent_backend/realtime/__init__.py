"""Sockets: a handshake by ticket, one frame per event, and no reader slow enough to hold up another."""

from __future__ import annotations

from agent_backend.realtime.connection import Connection, IllegalMove, State
from agent_backend.realtime.disconnects import Disconnect
from agent_backend.realtime.endpoint import SocketEndpoint
from agent_backend.realtime.manager import UnifiedWebSocketManager

__all__ = ["Connection", "Disconnect", "IllegalMove", "SocketEndpoint", "State", "UnifiedWebSocketManager"]
