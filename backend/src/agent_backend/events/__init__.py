"""Every event that reaches a client is produced here and nowhere else."""

from __future__ import annotations

from agent_backend.events.ag_ui import AgUiExporter
from agent_backend.events.event import (
    CANCELLED,
    FIRST_EPOCH,
    TERMINAL,
    ConnectionEvents,
    Event,
    EventType,
    RunEvents,
)

__all__ = [
    "CANCELLED",
    "FIRST_EPOCH",
    "TERMINAL",
    "AgUiExporter",
    "ConnectionEvents",
    "Event",
    "EventType",
    "RunEvents",
]
