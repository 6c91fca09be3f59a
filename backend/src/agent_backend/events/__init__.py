"""Every event that reaches a client is produced here and nowhere else."""

from __future__ import annotations

from agent_backend.events.event import FIRST_EPOCH, TERMINAL, ConnectionEvents, Event, EventType, RunEvents

__all__ = ["FIRST_EPOCH", "TERMINAL", "ConnectionEvents", "Event", "EventType", "RunEvents"]
