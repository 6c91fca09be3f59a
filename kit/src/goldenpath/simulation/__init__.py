"""Deterministic simulation: virtual time, seeded scheduling, and networks that are bad in a way that replays."""

from __future__ import annotations

from goldenpath.simulation.channel import Channel, ChannelClosedError
from goldenpath.simulation.hunt import Failure, Hunt, Hunter, explained, simulate
from goldenpath.simulation.loop import VirtualLoop
from goldenpath.simulation.message import Direction, Message
from goldenpath.simulation.network import Fault, Network, Partition
from goldenpath.simulation.properties import PropertyError, always, eventually, require, sometimes
from goldenpath.simulation.refusal import RealIORefusedError
from goldenpath.simulation.rule import GilbertElliott, Rule
from goldenpath.simulation.simulation import Simulation, UnhandledError
from goldenpath.simulation.stall import DeadlockError, LivelockError, StallError
from goldenpath.simulation.timeline import Timeline
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
    "Channel",
    "ChannelClosedError",
    "DeadlockError",
    "Direction",
    "Event",
    "Failure",
    "Fault",
    "GilbertElliott",
    "Hunt",
    "Hunter",
    "LivelockError",
    "Message",
    "Network",
    "Partition",
    "PropertyError",
    "RealIORefusedError",
    "Rule",
    "Simulation",
    "StallError",
    "Timeline",
    "Trace",
    "UnhandledError",
    "Verdict",
    "VirtualLoop",
    "always",
    "close",
    "corrupted",
    "delay",
    "duplicate",
    "eventually",
    "explained",
    "reorder",
    "require",
    "simulate",
    "sometimes",
]
