"""The points at which a crash matters, by name, and the seam through which whoever studies crashes reaches them."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class FaultPoint(StrEnum):
    """Between two of these nothing changes outside of the process."""

    ADMITTED = "admitted"
    """The question is stored and queued; its socket has not been told."""
    FETCHED = "fetched"
    """The run is out of the queue and has not been claimed."""
    CLAIMED = "claimed"
    """The run is claimed; nothing was written under the claim."""
    EVENT_COMMITTED = "event_committed"
    """An event is in the log and nobody has been told; the detail is its type."""
    EVENT_TOLD = "event_told"
    """An event has been handed to the sockets; the detail is its type."""
    STEP_BEGUN = "step_begun"
    """A step is about to be carried out; the detail is its name."""
    STEP_WORKED = "step_worked"
    """A step has its result, which is not stored."""
    STEP_STORED = "step_stored"
    """A step is stored; the workflow has not seen its result."""
    ENDED = "ended"
    """The run has ended and its user knows; it is not yet out of the queue."""


class Faults(Protocol):
    """Told of every point as it is reached."""

    async def reached(self, point: FaultPoint, detail: str = "") -> None:
        """Return to let the service go on."""


class NoFaults:
    """Lets the service go on."""

    async def reached(self, point: FaultPoint, detail: str = "") -> None:
        return
