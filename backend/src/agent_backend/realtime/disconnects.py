"""The table of codes by which a socket is closed; the range tells a client what to do.

1000-1999 are the protocol's own. 3000-3499: come back, with a fresh ticket. 3500-3999: do not come back.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class _Close(NamedTuple):
    code: int
    reason: str


class Disconnect(Enum):
    """Why the service closes a socket."""

    GOING_AWAY = _Close(1001, "the service is stopping; come back")
    SLOW = _Close(3008, "the client reads too slowly; come back")

    @property
    def code(self) -> int:
        return self.value.code

    @property
    def reason(self) -> str:
        return self.value.reason
