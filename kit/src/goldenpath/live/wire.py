"""The seam of this room: what a client needs of whatever carries its frames, over a real socket or inside the loop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from goldenpath.live.inbox import Inbox

Frame = str | bytes
"""A text frame or a binary one."""

SERVER: Final = "the server"
CLIENT: Final = "this client"
BROKEN: Final = "a broken connection"
READER: Final = "the reader of this client"

LOST: Final = 1006
NORMAL: Final = frozenset({1000, 1001, 1005})
"""The close codes with which a conversation ends as it should."""


@dataclass(frozen=True)
class Handshake:
    """What a client asks for when it opens a socket; its query and headers may be secret and are never shown."""

    path: str
    query: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    subprotocols: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Ending:
    """How an accepted socket came to its end, and through whom."""

    who: str
    code: int
    reason: str = ""
    cause: BaseException | None = None

    @property
    def as_it_should(self) -> bool:
        """Whether nobody needs to hear of it: the test ended it itself, or the server did in the normal way."""
        return self.who == CLIENT or (self.who == SERVER and self.code in NORMAL)


class Gone(Exception):
    """Nothing can be sent any more."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


class Wire(Protocol):
    """One open socket. What arrives on it goes to the inbox it was opened with, and so does its ending."""

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose."""

    @property
    def headers(self) -> Mapping[str, str]:
        """What the server answered the handshake with, names in lower case."""

    async def send(self, frame: Frame, seconds: float) -> None:
        """Send one frame, waiting while the server does not keep up; raises Gone or TimeoutError."""

    async def close(self, code: int, reason: str, seconds: float) -> None:
        """Close in the orderly way, within the time given; raises the LiveError that came to light by it."""

    async def drop(self) -> None:
        """End it without a word, as a cut cable does."""


class Transport(Protocol):
    """Opens sockets to one server."""

    @property
    def address(self) -> str:
        """Where the server is, fit to be shown."""

    def at(self, base_url: str) -> Transport:
        """The same way to another instance of the server; raises ValueError where there is none."""

    async def start(self, seconds: float) -> None:
        """Make the server ready, where that is for the test to do."""

    async def stop(self, seconds: float) -> None:
        """Undo `start`."""

    async def open(self, handshake: Handshake, inbox: Inbox, seconds: float) -> Wire:
        """Open a socket within the time given; raises ConnectionRejected or HandshakeFailed."""
