"""The protocol of one socket without its I/O: what comes in moves the state, what comes back is to be done.

connecting → accepted → authenticated → ready → closing → closed. Nothing a client sends is handled before ready, so no
message can overtake the check of who sent it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from agent_backend.context import Principal
from agent_backend.events import ConnectionEvents, Event
from agent_backend.realtime.allowance import Allowance, SocketLimits
from agent_backend.realtime.disconnects import Disconnect
from agent_backend.realtime.messages import InvalidMessage, Message, read_message


class State(Enum):
    """How far a socket has come."""

    CONNECTING = "connecting"
    ACCEPTED = "accepted"
    AUTHENTICATED = "authenticated"
    READY = "ready"
    CLOSING = "closing"
    CLOSED = "closed"


MOVES: Final[dict[State, frozenset[State]]] = {
    State.CONNECTING: frozenset({State.ACCEPTED, State.CLOSED}),
    State.ACCEPTED: frozenset({State.AUTHENTICATED, State.CLOSING, State.CLOSED}),
    State.AUTHENTICATED: frozenset({State.READY, State.CLOSING, State.CLOSED}),
    State.READY: frozenset({State.CLOSING, State.CLOSED}),
    State.CLOSING: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
}


class IllegalMove(RuntimeError):
    """The shell asked for a step that the protocol does not allow from here: a defect of ours, not of the client."""


@dataclass(frozen=True, slots=True)
class Handle:
    """Do what the client asks for."""

    message: Message


@dataclass(frozen=True, slots=True)
class Send:
    """Send a frame to the client."""

    event: Event


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket."""

    why: Disconnect


class Connection:
    """The state of one socket."""

    __slots__ = ("_allowance", "_events", "_garbage", "_limits", "_refusals", "heard_at", "id", "state")

    def __init__(self, connection_id: str, events: ConnectionEvents, now: float, limits: SocketLimits) -> None:
        self.id = connection_id
        self.state = State.CONNECTING
        self.heard_at = now
        self._events = events
        self._limits = limits
        self._allowance = Allowance(limits.messages_per_second, limits.burst, now)
        self._refusals = 0
        self._garbage = 0

    def accepted(self) -> None:
        """The handshake was answered with yes."""
        self._move(State.ACCEPTED)

    def authenticated(self, principal: Principal) -> Send:
        """The socket is bound to a user, which makes it ready; the first frame tells the client so."""
        self._move(State.AUTHENTICATED)
        self._move(State.READY)
        return Send(self._events.connection_established(self.id, principal.user_id))

    def received(self, frame: str | bytes, now: float) -> Handle | Send | Close | None:
        """A frame came in: something to do, an answer, or the end; None once the socket is closing."""
        if self.state in {State.CLOSING, State.CLOSED}:
            return None
        self.heard_at = now
        if self.state is not State.READY:
            return self._refuse("not_ready", "Wait for connection_established.", retryable=True)
        if not self._allowance.take(now):
            self._refusals += 1
            if self._refusals > self._limits.refusals:
                return Close(Disconnect.FLOOD)
            return self._refuse("rate_limited", "Too many messages; wait a moment.", retryable=True)
        self._refusals = 0
        try:
            message = read_message(frame)
        except InvalidMessage as invalid:
            self._garbage += 1
            if self._garbage > self._limits.garbage:
                return Close(Disconnect.GARBAGE)
            return self._refuse("invalid_message", str(invalid), retryable=False)
        self._garbage = 0
        return Handle(message)

    def may_send(self) -> bool:
        """Events of runs go out only after connection_established and before the close."""
        return self.state is State.READY

    def close(self) -> bool:
        """Begin to close from our side; False when that has begun before."""
        if self.state in {State.CLOSING, State.CLOSED}:
            return False
        self._move(State.CLOSING)
        return True

    def closed(self) -> None:
        """The socket is gone, whoever closed it."""
        if self.state is not State.CLOSED:
            self._move(State.CLOSED)

    def _refuse(self, code: str, message: str, *, retryable: bool) -> Send:
        return Send(self._events.error(code, message, retryable=retryable))

    def _move(self, to: State) -> None:
        if to not in MOVES[self.state]:
            allowed = ", ".join(sorted(state.value for state in MOVES[self.state])) or "nothing"
            raise IllegalMove(f"{self.id} is {self.state.value} and cannot become {to.value}, only {allowed}")
        self.state = to
