"""Deterministic simulation: virtual time, seeded scheduling, and networks that are bad in a way that replays."""

from __future__ import annotations

from goldenpath.simulation.loop import VirtualLoop
from goldenpath.simulation.message import Direction, Message
from goldenpath.simulation.network import Fault, Network, Partition
from goldenpath.simulation.refusal import RealIORefusedError
from goldenpath.simulation.rule import GilbertElliott, Rule
from goldenpath.simulation.stall import DeadlockError, LivelockError, StallError
from goldenpath.simulation.trace import Event, Trace
from goldenpath.simulation.verdict import (
    CORRUPT,
    DROP,
    HOLD,
    PASS,
    Verdict,
    close,
    corrupted,
    delay,
    duplicate,
    reorder,
)

__all__ = [
    "CORRUPT",
    "DROP",
    "HOLD",
    "PASS",
    "DeadlockError",
    "Direction",
    "Event",
    "Fault",
    "GilbertElliott",
    "LivelockError",
    "Message",
    "Network",
    "Partition",
    "RealIORefusedError",
    "Rule",
    "StallError",
    "Trace",
    "Verdict",
    "VirtualLoop",
    "close",
    "corrupted",
    "delay",
    "duplicate",
    "reorder",
]
