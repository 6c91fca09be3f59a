"""The table of codes by which a socket is closed; the range tells a client what to do.

1000-1999 are the protocol's own. 3000-3499: come back, with a fresh ticket, and resume. 3500-3999: do not come back
without doing something about it first.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple


class _Close(NamedTuple):
    code: int
    reason: str


class Disconnect(Enum):
    """Why the service closes a socket."""

    GOING_AWAY = _Close(1001, "the service is stopping; come back")
    SLOW = _Close(3008, "the client reads too slowly; come back and resume")
    IDLE = _Close(3009, "nothing was heard for too long; come back when there is something to say")
    SESSION_ENDED = _Close(3500, "the session has ended; log in again")
    FLOOD = _Close(3501, "too many messages in too short a time")
    GARBAGE = _Close(3502, "too many frames that are no messages")

    @property
    def code(self) -> int:
        return self.value.code

    @property
    def reason(self) -> str:
        return self.value.reason

    @property
    def come_back(self) -> bool:
        """Whether a client should connect again by itself."""
        return self.code in _COME_BACK


_COME_BACK: Final = {1001, *range(3000, 3500)}
