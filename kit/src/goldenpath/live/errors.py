"""How a live conversation can fail, each failure with what did arrive before it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from goldenpath.live.wire import Ending

if TYPE_CHECKING:
    from goldenpath.contracts import Violation

SHOWN: Final = 5
WIDTH: Final = 160
Events = Sequence[Mapping[str, Any]]


class LiveError(Exception):
    """A conversation over a WebSocket went wrong."""


class ConnectionRejected(LiveError):
    """The server answered the handshake with a refusal: the socket was never accepted."""

    def __init__(
        self, url: str, status: int, *, headers: Mapping[str, str] | None = None, body: bytes = b"", why: str = ""
    ) -> None:
        because = f" ({why})" if why else ""
        super().__init__(f"{url} refused the WebSocket before accepting it: HTTP {status}{because}")
        self.status = status
        self.headers = dict(headers or {})
        self.body = body


class HandshakeFailed(LiveError):
    """The socket was neither accepted nor refused: nobody answered, or nobody who speaks WebSocket."""

    def __init__(self, url: str, cause: BaseException | str) -> None:
        super().__init__(f"{url} did not answer the WebSocket handshake: {cause or type(cause).__name__}")


class ConnectionEnded(LiveError):
    """An accepted socket ended while it was still needed."""

    def __init__(self, ending: Ending, doing: str, received: Events) -> None:
        because = f" ({ending.reason})" if ending.reason else ""
        super().__init__(f"{ending.who} closed with code {ending.code}{because} {doing}; {arrived(received)}")
        self.ending = ending
        self.code = ending.code
        self.reason = ending.reason
        self.__cause__ = ending.cause


class CloseUnanswered(LiveError):
    """The server did not take part in closing the socket."""

    def __init__(self, url: str, seconds: float) -> None:
        super().__init__(f"{url} did not answer the close of this client within {seconds:g} s; the socket was cut")


class ReceiveTimeout(LiveError):
    """What was waited for did not arrive in time."""

    def __init__(self, waiting_for: str, seconds: float, received: Events) -> None:
        super().__init__(f"{waiting_for} did not arrive within {seconds:g} s; {arrived(received)}")


class SendTimeout(LiveError):
    """The server did not take what was sent: it reads too slowly, or not at all."""

    def __init__(self, what: str, seconds: float, received: Events) -> None:
        super().__init__(
            f"{what} could not be sent within {seconds:g} s, the server does not read; {arrived(received)}"
        )


class UnexpectedFrame(LiveError):
    """Something arrived where there should have been silence."""

    def __init__(self, frame: str | bytes, seconds: float) -> None:
        super().__init__(f"expected silence for {seconds:g} s, received {frame[:WIDTH]!r}")


class MalformedFrame(LiveError):
    """A frame that is no JSON object, or not of the kind that was asked for."""

    def __init__(self, frame: str | bytes, expected: str = "a JSON object in a text frame") -> None:
        super().__init__(f"expected {expected}, received {frame[:WIDTH]!r}")


class ContractBroken(LiveError):
    """An event arrived that the contract does not allow in that form or at that place."""

    def __init__(self, violations: Sequence[Violation], received: Events) -> None:
        told = "".join(f"\n{violation}\n{violation.diff()}" for violation in violations)
        super().__init__(f"the stream broke its contract; {arrived(received)}{told}")
        self.violations = tuple(violations)


class ResumeBroken(LiveError):
    """What the server sent is not what follows on what it had sent: something is missing, or came again."""

    def __init__(self, complaint: str, received: Events) -> None:
        super().__init__(f"{complaint}; {arrived(received)}")


class ReaderFailed(LiveError):
    """What reads the socket for the test failed itself, so that nothing more can be said about what arrives."""

    def __init__(self, cause: BaseException, received: Events) -> None:
        super().__init__(f"the reader of this client failed with {cause!r}; {arrived(received)}")
        self.__cause__ = cause


class ServerFailed(LiveError):
    """The application under test, run inside the loop, raised where no client could hear of it."""

    def __init__(self, doing: str, cause: BaseException) -> None:
        super().__init__(f"the application failed {doing}: {cause!r}")
        self.__cause__ = cause


class ServerHung(LiveError):
    """The application under test, run inside the loop, did not return and had to be cancelled."""

    def __init__(self, doing: str, seconds: float) -> None:
        super().__init__(f"the application did not return within {seconds:g} s {doing} and was cancelled")


def arrived(received: Events) -> str:
    """What did arrive, the latest last, for an error message."""
    if not received:
        return "nothing had arrived"
    last = [json.dumps(frame, default=repr) for frame in received[-SHOWN:]]
    lines = "".join(f"\n  {line[:WIDTH]}{'…' if len(line) > WIDTH else ''}" for line in last)
    return f"arrived so far: {len(received)}, the last of them:{lines}"
