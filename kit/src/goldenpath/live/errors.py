"""How a live conversation can fail, each failure with what did arrive before it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from goldenpath.contracts import Violation

SHOWN: Final = 5
WIDTH: Final = 160


class LiveError(Exception):
    """A conversation over a real socket went wrong."""


class ConnectionRejected(LiveError):
    """The server answered the handshake with a refusal: the socket was never accepted."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"{url} refused the WebSocket before accepting it: HTTP {status}")
        self.status = status


class ConnectionEnded(LiveError):
    """An accepted socket ended while it was still needed."""

    def __init__(self, who: str, doing: str, code: int, reason: str, received: Sequence[Mapping[str, Any]]) -> None:
        because = f" ({reason})" if reason else ""
        super().__init__(f"{who} closed with code {code}{because} while {doing}; {arrived(received)}")
        self.code = code
        self.reason = reason


class HandshakeFailed(LiveError):
    """The socket was neither accepted nor refused: nobody answered, or nobody who speaks WebSocket."""

    def __init__(self, url: str, cause: BaseException) -> None:
        super().__init__(f"{url} did not answer the WebSocket handshake: {cause or type(cause).__name__}")


class ReceiveTimeout(LiveError):
    """What was waited for did not arrive in time."""

    def __init__(self, waiting_for: str, seconds: float, received: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(f"{waiting_for} did not arrive within {seconds:g} s; {arrived(received)}")


class MalformedFrame(LiveError):
    """A frame that is no JSON object."""

    def __init__(self, frame: str | bytes) -> None:
        super().__init__(f"expected a JSON object in a text frame, received {frame[:WIDTH]!r}")


class ContractBroken(LiveError):
    """An event arrived that the contract does not allow in that form or at that place."""

    def __init__(self, violations: Sequence[Violation], received: Sequence[Mapping[str, Any]]) -> None:
        told = "".join(f"\n{violation}\n{violation.diff()}" for violation in violations)
        super().__init__(f"the stream broke its contract; {arrived(received)}{told}")
        self.violations = tuple(violations)


def arrived(received: Sequence[Mapping[str, Any]]) -> str:
    """What did arrive, the latest last, for an error message."""
    if not received:
        return "nothing had arrived"
    last = [json.dumps(frame, default=repr) for frame in received[-SHOWN:]]
    lines = "".join(f"\n  {line[:WIDTH]}{'…' if len(line) > WIDTH else ''}" for line in last)
    return f"arrived so far: {len(received)}, the last of them:{lines}"
