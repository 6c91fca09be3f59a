"""What all lines of a manager share: the network, the numbers, the books and the lock."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any

from goldenpath.simulation import Network
from goldenpath.websocket.faults import rules
from goldenpath.websocket.ledger import Ledger
from goldenpath.websocket.settings import Settings

if TYPE_CHECKING:
    from goldenpath.websocket.lane import Lane

Sink = Callable[[Any], object]


class Stopwatch:
    """Seconds since the first thing happened, on the clock that shows then: in a simulation, the virtual one."""

    def __init__(self) -> None:
        self._began: float | None = None

    def start(self) -> None:
        """Something happens; in a world where the clock shows less than before, the watch starts over."""
        now = time.monotonic()
        if self._began is None or now < self._began:
            self._began = now

    def at(self, moment: float) -> float:
        """What it showed at a moment of `time.monotonic`."""
        return 0.0 if self._began is None else moment - self._began

    def __call__(self) -> float:
        return self.at(time.monotonic())


@dataclass(slots=True)
class Wire:
    """One network with its books, and what to call when a fault partitions it or closes a line."""

    settings: Settings
    network: Network
    fall_apart: Callable[[], None]
    close: Callable[[Lane, int], None]
    watch: Stopwatch
    ledger: Ledger = field(default_factory=Ledger)
    lock: RLock = field(default_factory=RLock)


def network_of(settings: Settings, seed: int, watch: Stopwatch, given: Network | None = None) -> Network:
    """The network that the settings describe: a new one, or the given one with their rules."""
    if given is None:
        return Network(*rules(settings), seed=f"{seed} websocket", clock=watch)
    taken = {rule.name for rule in given.rules}
    for rule in rules(settings):
        if rule.name not in taken:
            given.add(rule)
    return given


def size_of(message: Any) -> int:
    """The bytes of a message on the wire; of what is not JSON, those of its text."""
    try:
        return len(json.dumps(message, default=repr, skipkeys=True, separators=(",", ":")))
    except (ValueError, RecursionError):
        return len(object.__repr__(message))


def type_of(message: Any) -> str:
    """The type of a message, where it has one."""
    type_ = message.get("type") if isinstance(message, dict) else None
    return type_ if isinstance(type_, str) else ""
